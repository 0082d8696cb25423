/** The revision that an image expects: asked of the image itself, away from every network. */
import {type ComposePlace, runDetached} from '../../commands/compose.ts';
import {
  containerLogs,
  removeContainer,
  scratchLabel,
  waitForContainer,
} from '../../commands/docker.ts';
import {newWord, scratchOwner, sweepHelpers} from '../../io/containers.ts';
import type {Shell} from '../../io/shell.ts';
import {apartProject} from '../../model/deploy/apart-project.ts';
import {imageOf, type ServiceConfig} from '../../model/deploy/compose-config.ts';
import {OpsError} from '../../model/errors.ts';
import {printable} from '../../model/redact.ts';
import type {Context} from '../context.ts';
import {apartFrom} from './apart.ts';
import type {Scene} from './look.ts';

const patienceSeconds = 120;
const removalSeconds = 30;
const longestCause = 2_000;

/** The first word of the last line that the command prints; null where no command is set. Errors: unavailable. */
export const headOf = async (
  context: Context,
  {project, images}: Pick<Scene, 'project' | 'images'>,
  service: string,
): Promise<string | null> => {
  const {headCommand} = context.settings;
  const image = images[imageOf(project.config, service)];
  if (headCommand === undefined || image === undefined) return null;
  const name = `${project.name}-pgkeep-head-${newWord()}`;
  const input = apartProject(project.config.services[service] as ServiceConfig, {name, image});
  const place = {...project.place, ...{name, files: ['-'], envFile: undefined}};
  const printed = await printedBy(context, {place, input, name, words: headCommand});
  const [word] = printed.trim().split('\n').at(-1)?.trim().split(/\s+/) ?? [];
  if (word) return word;
  throw new OpsError('unavailable', 'DEPLOY_HEAD_COMMAND prints nothing in the new image', {
    hint: 'it has to print the revision as the first word of its last line',
  });
};

type Asked = {
  readonly place: ComposePlace;
  readonly input: string;
  readonly name: string;
  readonly words: readonly string[];
};

/**
 * In the background, because the end of a client leaves its container running. The container goes whatever ends the
 * question; that of a pgkeep which was killed goes with the next. Errors: unavailable.
 */
const printedBy = async (context: Context, asked: Asked): Promise<string> => {
  const {shell, reporter} = context;
  const {docker} = asked.place;
  await sweepHelpers(shell, docker);
  const signal = AbortSignal.timeout(patienceSeconds * 1_000);
  try {
    return await answerOf(context.shell.under(signal), asked);
  } catch (cause) {
    shell.signal.throwIfAborted();
    throw new OpsError('unavailable', 'the new image does not tell which revision it expects', {
      hint: 'see what DEPLOY_HEAD_COMMAND says in a container of it that has no network',
      cause: cause instanceof OpsError ? cause.cause : cause,
    });
  } finally {
    await apartFrom(context, removalSeconds, async (calm) => {
      await calm.shell.run(removeContainer(docker, asked.name));
    }).catch((error: unknown) => {
      if (!isGone(error)) reporter.warn(`the container '${asked.name}' could not be removed`);
    });
  }
};

const answerOf = async (shell: Shell, {place, input, name, words}: Asked): Promise<string> => {
  const {docker, folder} = place;
  const labels = {[scratchLabel]: scratchOwner()};
  const oneOff = {service: 'apart', name, labels, variables: [], words};
  await shell.run(runDetached(place, oneOff), {input, cwd: folder});
  const ended = await shell.run(waitForContainer(docker, name));
  const {stdout, stderr} = await shell.run(containerLogs(docker, name, {lines: 'all'}));
  const exitCode = Number(ended.stdout.trim());
  if (exitCode === 0) return stdout;
  const said = printable(stderr.trim() || stdout.trim(), {keepLines: true}).slice(-longestCause);
  throw new Error(`it ended with exit code ${exitCode}\n${said}`.trim());
};

/** It was never made. */
const isGone = (error: unknown): boolean =>
  error instanceof OpsError &&
  error.cause instanceof Error &&
  /no such container/i.test(error.cause.message);
