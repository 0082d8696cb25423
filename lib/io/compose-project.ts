/** A compose project as it is defined: read through `docker compose config` and in no other way. */
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {
  type ComposePlace,
  composeConfig,
  composeHashes,
  composeVariables,
} from '../commands/compose.ts';
import {
  type ComposeConfig,
  parseComposeConfig,
  profilesOf,
} from '../model/deploy/compose-config.ts';
import {OpsError} from '../model/errors.ts';
import {dockerProgram} from './containers.ts';
import type {Shell} from './shell.ts';

export type Project = {
  readonly place: ComposePlace;
  readonly name: string;
  readonly config: ComposeConfig;
  /** The definition as compose takes it back on its input. Holds secrets: never printed, never in a journal. */
  readonly rendered: string;
  /** What compose writes on containers made from this definition, by service. */
  readonly hashes: Readonly<Record<string, string>>;
  /** What compose reads on its input where the definition is not in files. */
  readonly input?: string;
  /** What compose warned of: variables that are not set, settings that are obsolete. */
  readonly warnings: readonly string[];
};

export type ProjectOptions = {
  readonly project: string;
  readonly composeFile: string | undefined;
  readonly composeProject: string | undefined;
  readonly envFile: string | undefined;
  readonly environment: Readonly<Record<string, string | undefined>>;
};

/** The file of production where no setting names one. */
const usualFile = 'docker-compose.prod.yml';

/** Errors: settings for a definition that compose refuses, and where none is found; unavailable without docker. */
export const openProject = async (shell: Shell, options: ProjectOptions): Promise<Project> => {
  const place = await placeFor(shell, options);
  const {stdout: rendered, stderr} = await ask(shell, place, () =>
    shell.run(composeConfig(place), {cwd: place.folder}),
  );
  const config = parseComposeConfig(rendered);
  const named = {...place, name: config.name};
  const whole = {...named, env: {...place.env, COMPOSE_PROFILES: profilesOf(config)}};
  const hashed = await shell.run(composeHashes(whole), {input: rendered, cwd: place.folder});
  return {
    place: named,
    name: config.name,
    config,
    rendered,
    hashes: hashesIn(hashed.stdout),
    warnings: warningsIn(stderr),
  };
};

/**
 * A project by a definition that was kept, as compose takes it on its input: no file is read, and no variable asked for.
 * Errors: toolFailed.
 */
export const projectFrom = async (
  shell: Shell,
  folder: string,
  definition: string,
): Promise<Project> => {
  const config = parseComposeConfig(definition);
  const own: ComposePlace = {
    ...{docker: dockerProgram(shell), folder, env: {COMPOSE_PROFILES: profilesOf(config)}},
    ...{files: ['-'], envFile: undefined, name: config.name},
  };
  const {stdout} = await shell.run(composeHashes(own), {input: definition, cwd: folder});
  const hashes = hashesIn(stdout);
  return {
    ...{place: own, name: config.name, config, hashes},
    ...{rendered: definition, input: definition, warnings: []},
  };
};

/** Where the project is, and the variables of the operator that its files ask for. */
const placeFor = async (
  shell: Shell,
  {project, composeFile, composeProject, envFile, environment}: ProjectOptions,
): Promise<ComposePlace> => {
  const usual = join(project, usualFile);
  const file = composeFile ?? (existsSync(usual) ? usual : undefined);
  if (file !== undefined && !existsSync(file))
    throw new OpsError('settings', `there is no compose file '${file}'`, {
      hint: 'see DEPLOY_COMPOSE_FILE',
    });
  const place: ComposePlace = {
    docker: dockerProgram(shell),
    folder: project,
    files: file === undefined ? [] : [file],
    envFile,
    name: composeProject,
    env: pick(environment, ['COMPOSE_PROFILES', 'COMPOSE_FILE']),
  };
  const {stdout} = await ask(shell, place, () =>
    shell.run(composeVariables(place), {cwd: project}),
  );
  const asked = stdout
    .split('\n')
    .slice(1)
    .map((line) => line.split(/\s/)[0] ?? '')
    .filter(Boolean);
  return {...place, env: {...place.env, ...pick(environment, asked)}};
};

const hashesIn = (answer: string): Readonly<Record<string, string>> =>
  Object.fromEntries(
    answer
      .split('\n')
      .filter(Boolean)
      .map((line) => line.split(' ') as [string, string]),
  );

const pick = (
  environment: Readonly<Record<string, string | undefined>>,
  names: readonly string[],
): Record<string, string> =>
  Object.fromEntries(
    names.flatMap((name) => {
      const value = environment[name];
      return value === undefined ? [] : [[name, value]];
    }),
  );

const ask = async <Value>(
  shell: Shell,
  {files}: ComposePlace,
  work: () => Promise<Value>,
): Promise<Value> =>
  work().catch((error: unknown) => {
    shell.signal.throwIfAborted();
    const cause = error instanceof OpsError ? error.cause : error;
    const said = cause instanceof Error ? cause.message : '';
    if (/is not a docker command|unknown (shorthand )?flag/.test(said))
      throw new OpsError('unavailable', 'docker has no compose plugin, or one that is too old', {
        hint: 'install compose 2.20 or newer: docker compose version has to answer',
        cause,
      });
    throw new OpsError(
      'settings',
      `docker compose refuses ${files[0] === undefined ? 'the project' : `'${files[0]}'`}`,
      {hint: 'correct what it names below: docker compose config shows it too', cause},
    );
  });

/** `time="…" level=warning msg="The \"TAG\" variable is not set. …"` */
const warningsIn = (stderr: string): readonly string[] =>
  [...stderr.matchAll(/level=warning msg="((?:[^"\\]|\\.)*)"/g)].map(([, text = '']) =>
    text.replaceAll(String.raw`\"`, "'"),
  );
