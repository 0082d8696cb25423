/**
 * A container of its own for one command, in the background and under a name that tells whose it is: it is
 * found again after anything, and its exit code is read from itself.
 */
import {setTimeout as pause} from 'node:timers/promises';
import {type ComposePlace, runDetached} from '../../commands/compose.ts';
import {
  containerLogs,
  deployLabel,
  phaseLabel,
  removeContainer,
  stopContainers,
} from '../../commands/docker.ts';
import {statesLabelled, statesOf} from '../../io/container-states.ts';
import {keepLog} from '../../io/deploy-folder.ts';
import type {ContainerState} from '../../model/deploy/container-state.ts';
import {pinnedDefinition} from '../../model/deploy/definition.ts';
import {OpsError} from '../../model/errors.ts';
import type {Context} from '../context.ts';
import type {Deployment} from './deployment.ts';

export type Run = {
  readonly service: string;
  readonly words: readonly string[];
  /** What the container is told besides its definition. */
  readonly env: Readonly<Record<string, string>>;
};

/**
 * Starts it by the definition and the image of the plan, not by the files and a name: a tag that was moved meanwhile
 * would bring what nobody has read or rehearsed. Errors: toolFailed.
 */
export const startOneOff = async (
  {shell}: Context,
  {id, project, plan}: Pick<Deployment, 'id' | 'project' | 'plan'>,
  {service, words, env}: Run,
): Promise<string> => {
  const place: ComposePlace = {
    ...project.place,
    ...{files: ['-'], env: {...project.place.env, ...env}},
  };
  const image = plan.migration?.image;
  const input = pinnedDefinition(project.rendered, image ? {[service]: image} : {});
  const name = `${project.name}-migrate-${id.toLowerCase()}-${Math.round(performance.now())}`;
  const command = runDetached(place, {
    ...{service, name, words, variables: Object.keys(env)},
    labels: {[deployLabel]: id, [phaseLabel]: 'migrations'},
  });
  await shell.run(command, {input, cwd: place.folder});
  const found = (await statesLabelled(shell, `${deployLabel}=${id}`)).find(
    (one) => one.name === name,
  );
  if (found) return found.id;
  throw new OpsError('toolFailed', `the container '${name}' was started and is not there`, {
    hint: 'somebody else works on this project: see docker ps --all',
  });
};

/** Those of this project that a deploy has left, running or not. */
export const oneOffsOf = async (
  {shell}: Context,
  project: string,
): Promise<readonly ContainerState[]> => {
  const found = await statesLabelled(shell, deployLabel);
  return found.filter((one) => one.project === project);
};

/** As it is now. Errors: toolFailed where it has gone. */
export const stateOf = async ({shell}: Context, id: string): Promise<ContainerState> => {
  const [state] = await statesOf(shell, [id]);
  if (state) return state;
  throw new OpsError('toolFailed', 'the container of the migration has gone', {
    hint: 'somebody has removed it: compare the revision with what is expected',
  });
};

export const hasEnded = ({status}: ContainerState): boolean =>
  status === 'exited' || status === 'dead';

/** Waits for its end, with something to do at every look. Ends with the context's signal. */
export const untilEnded = async (
  context: Context,
  id: string,
  atEachLook: (state: ContainerState) => Promise<void>,
): Promise<ContainerState> => {
  for (;;) {
    const state = await stateOf(context, id);
    if (hasEnded(state)) return state;
    await atEachLook(state);
    await pause(250, undefined, {signal: context.signal}).catch(() => {});
    context.signal.throwIfAborted();
  }
};

/** What it printed, both streams, secrets masked; the whole of it is kept beside the journal. */
export const logOf = async (
  {shell, redact}: Context,
  {id: deploy, folder, project}: Pick<Deployment, 'id' | 'folder' | 'project'>,
  container: string,
): Promise<{readonly path: string; readonly tail: string; readonly text: string}> => {
  const {stdout, stderr} = await shell.run(
    containerLogs(project.place.docker, container, {lines: 2_000}),
  );
  const text = redact(`${stdout}${stderr}`);
  const path = await keepLog(folder, {deploy, name: 'migrate', text});
  return {path, text, tail: text.trim().split('\n').slice(-20).join('\n')};
};

/** Ended and gone. Errors: toolFailed. */
export const removeOneOff = async (
  {shell}: Context,
  docker: string,
  state: Pick<ContainerState, 'id' | 'status'>,
): Promise<void> => {
  if (state.status === 'running') await shell.run(stopContainers(docker, [state.id]));
  await shell.run(removeContainer(docker, state.id));
};
