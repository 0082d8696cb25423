/** Services of compose, stopped and started container by container, and looked at afterwards. */
import {
  composeContainers,
  containerNetworks,
  startContainers,
  stopContainers,
} from '../commands/docker.ts';
import type {ComposeContainer, ServiceNetwork} from '../model/compose-service.ts';
import {OpsError} from '../model/errors.ts';
import {askDocker, dockerProgram} from './containers.ts';
import type {Shell} from './shell.ts';

/** Every container that compose made on this host. Errors: unavailable where docker does not answer. */
export const listContainers = (shell: Shell): Promise<readonly ComposeContainer[]> =>
  askDocker<ComposeContainer>(shell, composeContainers(dockerProgram(shell)));

export type Network = Pick<ServiceNetwork, 'ports'> & {
  readonly id: string;
  readonly networks: Readonly<Record<string, {readonly IPAddress: string}>> | null;
};

/** Where containers are reached. Errors: as above. */
export const listNetworks = async (
  shell: Shell,
  ids: readonly string[],
): Promise<readonly Network[]> =>
  ids.length === 0 ? [] : askDocker<Network>(shell, containerNetworks(dockerProgram(shell), ids));

/**
 * Stopped as their own settings say: the signal, and how long they are waited for. Errors: toolFailed where
 * one still runs.
 */
export const stopAll = async (shell: Shell, ids: readonly string[]): Promise<void> => {
  await shell.run(stopContainers(dockerProgram(shell), ids));
  const running = (await statesOf(shell, ids)).filter(({state}) => state === 'running');
  if (running.length > 0) throw stillThere(running, 'still runs');
};

/** Errors: toolFailed where one does not run. */
export const startAll = async (shell: Shell, ids: readonly string[]): Promise<void> => {
  const known = await statesOf(shell, ids);
  const gone = ids.filter((id) => !known.some((one) => one.id === id));
  const down = known.filter(({state}) => state !== 'running');
  if (down.length > 0)
    await shell.run(
      startContainers(
        dockerProgram(shell),
        down.map(({id}) => id),
      ),
    );
  if (gone.length > 0)
    throw new OpsError('toolFailed', `the containers ${gone.map(short).join(', ')} are gone`, {
      hint: 'docker compose up -d starts the service anew',
    });
  const lame = (await statesOf(shell, ids)).filter(({state}) => state !== 'running');
  if (lame.length > 0) throw stillThere(lame, 'does not run');
};

const statesOf = async (shell: Shell, ids: readonly string[]) =>
  (await listContainers(shell)).filter(({id}) => ids.includes(id));

const stillThere = (containers: readonly ComposeContainer[], how: string) =>
  new OpsError(
    'toolFailed',
    containers.map(({service, state}) => `the service '${service}' ${how}: ${state}`).join('; '),
    {hint: `see docker logs ${containers.map(({id}) => short(id)).join(' ')}`},
  );

const short = (id: string): string => id.slice(0, 12);
