/** What is said to docker itself: which containers there are, one more, one less. */
import type {Command} from '../model/command.ts';

/** The label of everything that pgkeep starts; its value says whose it is. */
export const scratchLabel = 'pgkeep.scratch';

export const say = (docker: string, args: readonly string[]): Command => ({
  file: docker,
  args,
  env: {},
});

/** One JSON value a line, without anything of the environment. */
export const lineOf = (fields: Readonly<Record<string, string>>): string =>
  `{${Object.entries(fields)
    .map(([name, field]) => `"${name}":{{json ${field}}}`)
    .join(',')}}`;

/**
 * Every container that compose made, by its labels: neither the compose file nor what it resolves
 * to is read. https://docs.docker.com/reference/cli/docker/container/ls/
 */
export const composeContainers = (docker: string): Command =>
  say(docker, [
    ...['ps', '--all', '--no-trunc', '--filter=label=com.docker.compose.service'],
    `--format=${lineOf({
      id: '.ID',
      state: '.State',
      service: '(.Label "com.docker.compose.service")',
      project: '(.Label "com.docker.compose.project")',
      folder: '(.Label "com.docker.compose.project.working_dir")',
      oneOff: '(.Label "com.docker.compose.oneoff")',
      dependsOn: '(.Label "com.docker.compose.depends_on")',
    })}`,
  ]);

/** Image and network of one container. */
export const inspectContainer = (docker: string, id: string): Command =>
  say(docker, [
    ...['inspect', '--type=container'],
    `--format=${lineOf({
      image: '.Image',
      ports: '.NetworkSettings.Ports',
      networkMode: '.HostConfig.NetworkMode',
    })}`,
    id,
  ]);

/** Every container of a compose project, by its name; those that `compose run` made among them. */
export const projectContainers = (docker: string, project: string): Command =>
  say(docker, [
    ...['ps', '--all', '--no-trunc', '--quiet'],
    `--filter=label=com.docker.compose.project=${project}`,
  ]);

/** Containers of pgkeep's deploys, whatever project they are of. */
export const labelledContainers = (docker: string, label: string): Command =>
  say(docker, ['ps', '--all', '--no-trunc', '--quiet', `--filter=label=${label}`]);

const label = (name: string) => `(index .Config.Labels "${name}")`;

/** Containers as `ContainerState` has them, one JSON object a line. Nothing of their environment. */
export const containerStates = (docker: string, ids: readonly string[]): Command =>
  say(docker, [
    ...['inspect', '--type=container'],
    `--format=${lineOf({
      id: '.Id',
      name: '.Name',
      service: label('com.docker.compose.service'),
      project: label('com.docker.compose.project'),
      oneOff: label('com.docker.compose.oneoff'),
      image: '.Image',
      imageName: '.Config.Image',
      hash: label('com.docker.compose.config-hash'),
      number: label('com.docker.compose.container-number'),
      state: '.State',
      restarts: '.RestartCount',
      restartPolicy: '.HostConfig.RestartPolicy',
      networks: '.NetworkSettings.Networks',
      deploy: label(deployLabel),
      phase: label(phaseLabel),
    })}`,
    ...ids,
  ]);

/** On the containers that a deploy starts for its own work: whose they are, and what for. */
export const deployLabel = 'pgkeep.deploy';
export const phaseLabel = 'pgkeep.phase';

/** The end of what a container printed, both streams. https://docs.docker.com/reference/cli/docker/container/logs/ */
export const containerLogs = (
  docker: string,
  id: string,
  {lines}: {readonly lines: number | 'all'},
): Command => say(docker, ['logs', `--tail=${lines}`, id]);

/** What its health check says: `null`, or its state with the last outputs. */
export const containerHealth = (docker: string, id: string): Command =>
  say(docker, ['inspect', '--type=container', '--format={{json .State.Health}}', id]);

/** Waits for a container to end and prints its exit code. */
export const waitForContainer = (docker: string, id: string): Command => say(docker, ['wait', id]);

/** Whether the engine starts a container again by itself, and so after a reboot. */
export const setRestartPolicy = (
  docker: string,
  {id, policy}: {readonly id: string; readonly policy: string},
): Command => say(docker, ['update', `--restart=${policy}`, id]);

/** Addresses and published ports of containers. */
export const containerNetworks = (docker: string, ids: readonly string[]): Command =>
  say(docker, [
    ...['inspect', '--type=container'],
    `--format=${lineOf({id: '.Id', networks: '.NetworkSettings.Networks', ports: '.NetworkSettings.Ports'})}`,
    ...ids,
  ]);

/**
 * Containers and not services: `docker compose start` would run again what a service depends on, such as a
 * migration that has ended. https://docs.docker.com/reference/cli/docker/container/stop/
 */
export const stopContainers = (docker: string, ids: readonly string[]): Command =>
  say(docker, ['stop', ...ids]);

/** https://docs.docker.com/reference/cli/docker/container/start/ */
export const startContainers = (docker: string, ids: readonly string[]): Command =>
  say(docker, ['start', ...ids]);

export type Helper = {
  readonly name: string;
  readonly image: string;
  /** `host`: what this host reaches, by the same names; `none`: nothing; else a network, and its names there. */
  readonly network: 'host' | 'none' | {readonly name: string; readonly aliases: readonly string[]};
  /** Paths of this host that it sees under the same name. */
  readonly mounts: readonly {readonly path: string; readonly isReadOnly: boolean}[];
  readonly owner: string;
};

/** What a helper prints when tools can be run in it. */
export const helperReady = 'pgkeep: ready';

/**
 * A container that does nothing but wait for the end of its input, whose name no other has. It goes
 * when the docker client goes, whatever ended that, with all that runs in it. No image is pulled.
 * https://docs.docker.com/reference/cli/docker/container/run/
 */
export const runHelper = (docker: string, {name, image, network, mounts, owner}: Helper): Command =>
  say(docker, [
    ...['run', '--rm', '--interactive', '--pull=never', `--name=${name}`],
    ...[`--label=${scratchLabel}=${owner}`, ...networkFlags(network)],
    '--security-opt=no-new-privileges',
    ...mounts.map(
      ({path, isReadOnly}) =>
        `--mount=type=bind,${field(`source=${path}`)},${field(`target=${path}`)}${isReadOnly ? ',readonly' : ''}`,
    ),
    ...['--entrypoint=sh', image, '-c', `echo '${helperReady}'; exec cat >/dev/null`],
  ]);

const networkFlags = (network: Helper['network']): readonly string[] =>
  typeof network === 'string'
    ? [`--network=${network}`]
    : [`--network=${network.name}`, ...network.aliases.map((alias) => `--network-alias=${alias}`)];

/** Everything that pgkeep ever started and that is still there, with whose it is. */
export const scratchContainers = (docker: string): Command =>
  say(docker, [
    ...['ps', '--all', '--no-trunc', `--filter=label=${scratchLabel}`],
    `--format=${lineOf({id: '.ID', owner: `(.Label "${scratchLabel}")`})}`,
  ]);

/** A container with its anonymous volumes, running or not. */
export const removeContainer = (docker: string, id: string): Command =>
  say(docker, ['rm', '--force', '--volumes', id]);

/** The value of --mount is a line of CSV. */
const field = (text: string): string =>
  /[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
