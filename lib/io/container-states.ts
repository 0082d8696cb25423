/** Containers looked at: what docker's inspection says is the truth, not what a command's exit code says. */
import {containerStates, labelledContainers, projectContainers} from '../commands/docker.ts';
import type {Command} from '../model/command.ts';
import type {ContainerState} from '../model/deploy/container-state.ts';
import {askDocker, dockerProgram, steadily} from './containers.ts';
import type {Shell} from './shell.ts';

type Inspected = Omit<
  ContainerState,
  'status' | 'health' | 'exitCode' | 'startedAt' | 'addresses' | 'restartPolicy'
> & {
  readonly state: {
    readonly Status: string;
    readonly ExitCode: number;
    readonly StartedAt: string;
    readonly Health?: {readonly Status: string} | null;
  };
  readonly restartPolicy: {readonly Name: string; readonly MaximumRetryCount: number};
  readonly networks: Readonly<Record<string, {readonly IPAddress: string}>> | null;
};

/** Every container of a project, one-off ones too. Errors: unavailable where docker does not answer. */
export const statesOfProject = (
  shell: Shell,
  project: string,
): Promise<readonly ContainerState[]> =>
  statesListed(shell, projectContainers(dockerProgram(shell), project));

/** Every container with a label: `name` or `name=value`. Errors: as above. */
export const statesLabelled = (shell: Shell, label: string): Promise<readonly ContainerState[]> =>
  statesListed(shell, labelledContainers(dockerProgram(shell), label));

/** Of these, those that are still there. Errors: as above. */
export const statesOf = async (
  shell: Shell,
  ids: readonly string[],
): Promise<readonly ContainerState[]> => {
  const docker = dockerProgram(shell);
  const found = await Promise.all(
    ids.map((id) =>
      askDocker<Inspected>(shell, containerStates(docker, [id])).catch((error: unknown) => {
        shell.signal.throwIfAborted();
        const said =
          error instanceof Error && error.cause instanceof Error ? error.cause.message : '';
        if (/no such (container|object)/i.test(said)) return [];
        throw error;
      }),
    ),
  );
  return found.flat().map(stateIn);
};

const statesListed = async (shell: Shell, list: Command): Promise<readonly ContainerState[]> => {
  const {stdout} = await steadily(shell, list);
  // One that goes between the two questions is gone, and no fault.
  return statesOf(shell, stdout.split('\n').filter(Boolean));
};

/** What docker's inspection says, as `ContainerState` has it. */
const stateIn = ({state, networks, restartPolicy, ...container}: Inspected): ContainerState => ({
  ...container,
  name: container.name.replace(/^\//, ''),
  status: state.Status,
  health: state.Health?.Status === 'none' ? '' : (state.Health?.Status ?? ''),
  exitCode: state.ExitCode,
  startedAt: state.StartedAt,
  restartPolicy: policyIn(restartPolicy),
  addresses: Object.fromEntries(
    Object.entries(networks ?? {}).map(([name, {IPAddress}]) => [name, IPAddress]),
  ),
});

/** `docker update --restart=on-failure` alone would start it again for ever. */
const policyIn = ({Name, MaximumRetryCount: most}: Inspected['restartPolicy']): string =>
  Name === 'on-failure' && most > 0 ? `${Name}:${most}` : Name;
