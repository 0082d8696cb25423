/** A network for containers that are thrown away: nothing of this host or of production is on it. */
import {projectContainers, removeContainer} from '../commands/docker.ts';
import {createNetwork, removeNetwork, scratchNetworks} from '../commands/network.ts';
import {OpsError} from '../model/errors.ts';
import {
  askDocker,
  dockerProgram,
  isDead,
  newWord,
  scratchOwner,
  sweepHelpers,
} from './containers.ts';
import type {Shell} from './shell.ts';

const patienceSeconds = 60;

/**
 * A network for as long as `use` runs, and with it a compose project of the same name: its containers and
 * their volumes go with it, whatever ends `use`. What a pgkeep that was killed left behind goes before.
 * Errors: unavailable where docker makes none; toolFailed where it could not be removed.
 */
export const withScratchNetwork = async <Value>(
  shell: Shell,
  use: (name: string) => Promise<Value>,
): Promise<Value> => {
  const docker = dockerProgram(shell);
  await sweepNetworks(shell, docker);
  const name = `pgkeep-rehearsal-${newWord()}`;
  const calm = () => shell.apart(AbortSignal.timeout(patienceSeconds * 1_000));
  try {
    await shell.run(createNetwork(docker, {name, owner: scratchOwner()}), {kind: 'unavailable'});
    const value = await use(name);
    await removeWhole(calm(), docker, name);
    return value;
  } catch (error) {
    // The error of the work counts; what is left is swept by the next run.
    await removeWhole(calm(), docker, name).catch(() => {});
    throw error;
  }
};

/** The containers of a compose project, running or not, with their anonymous volumes. Errors: toolFailed. */
export const removeProject = async (shell: Shell, project: string): Promise<void> => {
  const docker = dockerProgram(shell);
  const {stdout} = await shell.run(projectContainers(docker, project));
  const ids = stdout.split('\n').filter(Boolean);
  await Promise.all(ids.map((id) => shell.run(removeContainer(docker, id))));
};

const removeWhole = async (shell: Shell, docker: string, name: string): Promise<void> => {
  try {
    await removeProject(shell, name);
    await shell.run(removeNetwork(docker, name));
    // A client that was ended may have been about to make one more.
    await removeProject(shell, name);
  } catch (cause) {
    throw new OpsError('toolFailed', `the network '${name}' could not be removed`, {
      hint: `docker network rm ${name}, or the next rehearsal does it`,
      cause: cause instanceof OpsError ? cause.cause : cause,
    });
  }
};

const sweepNetworks = async (shell: Shell, docker: string): Promise<void> => {
  await sweepHelpers(shell, docker);
  const there = await askDocker<{id: string; owner: string}>(shell, scratchNetworks(docker));
  // A container of somebody else that joined it keeps it there.
  for (const {id} of there.filter(({owner}) => isDead(owner)))
    await removeWhole(shell, docker, id).catch(() => shell.signal.throwIfAborted());
};
