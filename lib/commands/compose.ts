/** What is said to docker compose. Values ride in the environment, never in an argument. https://docs.docker.com/reference/cli/docker/compose/ */
import type {Command} from '../model/command.ts';

/** Which project, of which files, with which values for what its files ask for. */
export type ComposePlace = {
  readonly docker: string;
  /** The folder that relative paths of the files start from. */
  readonly folder: string;
  /** Absolute; none: compose looks for them itself. */
  readonly files: readonly string[];
  readonly envFile: string | undefined;
  /** Undefined: compose names the project itself. */
  readonly name: string | undefined;
  readonly env: Readonly<Record<string, string>>;
};

/** Any sentence to compose. No colours, no progress that rewrites lines. */
export const compose = (
  {docker, folder, files, envFile, name, env}: ComposePlace,
  args: readonly string[],
): Command => ({
  file: docker,
  args: [
    ...['compose', '--ansi=never', '--progress=plain', `--project-directory=${folder}`],
    ...files.map((file) => `--file=${file}`),
    ...(envFile === undefined ? [] : [`--env-file=${envFile}`]),
    ...(name === undefined ? [] : [`--project-name=${name}`]),
    ...args,
  ],
  env,
});

/** The same project by a definition on standard input, as `composeConfig` gave it. */
export const composeFromInput = (place: ComposePlace, args: readonly string[]): Command =>
  compose({...place, files: ['-'], envFile: undefined}, args);

/** `2.26.1` */
export const composeVersion = (docker: string): Command => ({
  file: docker,
  args: ['compose', 'version', '--short'],
  env: {},
});

/** A table; the first column names what the files ask the environment for. */
export const composeVariables = (place: ComposePlace): Command =>
  compose(place, ['config', '--variables']);

/** All of the project as one JSON document, secrets in clear. */
export const composeConfig = (place: ComposePlace): Command =>
  compose(place, ['config', '--format=json']);

/** `web 68f59…` a line: what compose writes on the containers that it makes from this definition. Reads it from its input. */
export const composeHashes = (place: ComposePlace): Command =>
  composeFromInput(place, ['config', '--hash=*']);

/** How many containers there are to be of a service, and of those that it depends on. Others compose refuses to be told. */
export type Scales = Readonly<Record<string, number>>;

/**
 * Not --no-deps: it takes `depends_on` out of what compose remembers of a container, and the next `up` of an operator would
 * make it anew. What a service depends on stays as it is by its scale.
 */
const only = (scales: Scales): readonly string[] => [
  ...['--no-recreate', '--no-build'],
  ...Object.entries(scales).map(([service, count]) => `--scale=${service}=${count}`),
];

/**
 * More containers of a service beside those that are there, made and not started: what the old ones hold,
 * a port of this host say, is not asked for yet. Nothing is pulled or built.
 */
export const createBeside = (
  place: ComposePlace,
  {service, scales}: {readonly service: string; readonly scales: Scales},
): Command => compose(place, ['up', '--no-start', '--pull=never', ...only(scales), service]);

/** A service that is not there yet, or was stopped; one that runs stays as it is. */
export const upAsItIs = (
  place: ComposePlace,
  {service, scales}: {readonly service: string; readonly scales: Scales},
): Command => compose(place, ['up', '--detach', '--pull=missing', ...only(scales), service]);

export type OneOff = {
  readonly service: string;
  readonly name: string;
  readonly labels: Readonly<Record<string, string>>;
  /** Names of variables; their values are in the environment of the place. */
  readonly variables: readonly string[];
  readonly words: readonly string[];
};

/**
 * A container of its own for one command, in the background: the client of one in the foreground ends at a
 * signal while the container goes on. It stays until it is removed, so that its exit code can be read.
 */
export const runDetached = (
  place: ComposePlace,
  {service, name, labels, variables, words}: OneOff,
): Command =>
  compose(place, [
    ...['run', '--detach', '--no-deps', '-T', `--name=${name}`],
    ...Object.entries(labels).map(([key, value]) => `--label=${key}=${value}`),
    ...variables.map((variable) => `--env=${variable}`),
    service,
    ...words,
  ]);
