/** Containers that tools run in: found among those of compose, or started for as long as a run lasts. */
import {randomBytes} from 'node:crypto';
import {lookup} from 'node:dns/promises';
import {existsSync, readFileSync, readlinkSync, realpathSync} from 'node:fs';
import {setTimeout as pause} from 'node:timers/promises';
import type {Container} from '../commands/container.ts';
import {
  composeContainers,
  type Helper,
  helperReady,
  inspectContainer,
  removeContainer,
  runHelper,
  scratchContainers,
} from '../commands/docker.ts';
import type {Command} from '../model/command.ts';
import {
  type ComposeContainer,
  type ServiceNetwork,
  serviceContainer,
} from '../model/compose-service.ts';
import {OpsError} from '../model/errors.ts';
import {untilSaid} from './guard.ts';
import type {Child, Output, Shell} from './shell.ts';
import {lookUp} from './tools.ts';

/** A running service of the project. */
export type Service = {
  readonly container: Container;
  readonly network: ServiceNetwork;
  /** The id of the image that it runs. */
  readonly image: string;
};

/** The docker client of this host. Errors: unavailable. */
export const dockerProgram = (shell: Shell): string => {
  const docker = lookUp(shell, 'docker');
  if (docker !== undefined) return docker;
  throw new OpsError('unavailable', 'the program docker was not found on this host', {
    hint: 'install it (Debian: apt-get install docker.io), or set PGKEEP_TOOLS=local',
  });
};

/** Errors: unavailable where docker does not answer, or the service is not there or not running. */
export const findService = async (
  shell: Shell,
  {service, project, name}: {service: string; project: string; name: string | undefined},
): Promise<Service> => {
  const docker = dockerProgram(shell);
  const listed = await askDocker<ComposeContainer>(shell, composeContainers(docker));
  const folders = foldersOf(project);
  const {id} = serviceContainer(listed, {service, project: {name, folders}});
  const [facts] = await askDocker<ServiceNetwork & {image: string}>(
    shell,
    inspectContainer(docker, id),
  );
  if (!facts) throw new OpsError('unavailable', `the container of '${service}' has just gone`);
  const container = {docker, id, user: undefined, image: undefined, mounts: [], run: newWord()};
  return {container, network: facts, image: facts.image};
};

/** A folder under every name that it goes by: links followed or not. */
export const foldersOf = (project: string): readonly string[] => [
  project,
  ...(existsSync(project) ? [realpathSync(project)] : []),
];

/** Whether this host does not know a name that could be a service's. */
export const isUnknownHost = async (host: string | undefined): Promise<boolean> => {
  if (host === undefined || !/^[a-z0-9][\w-]*$/i.test(host) || host === 'localhost') return false;
  return lookup(host).then(
    () => false,
    () => true,
  );
};

export type OpenHelper = {readonly container: Container; close(): Promise<void>};
export type HelperOptions = Omit<Helper, 'name' | 'owner'> & {readonly user: string | undefined};

/**
 * Start a container for tools; it ends with `close()`, and with pgkeep whatever ends that.
 * Errors: unavailable for an image that is not here, and whatever docker says.
 */
export const openHelper = async (shell: Shell, options: HelperOptions): Promise<OpenHelper> => {
  const docker = dockerProgram(shell);
  await sweepHelpers(shell, docker);
  const run = newWord();
  const name = `pgkeep-${run}`;
  const child = shell.start(runHelper(docker, {...options, name, owner: scratchOwner()}));
  child.stdin?.on('error', () => {});
  const close = () => closeHelper(shell, child, removeContainer(docker, name));
  const problem = await untilSaid(child, helperReady, shell.signal).catch(
    (error: unknown) => error,
  );
  if (problem !== undefined) {
    await close();
    shell.signal.throwIfAborted();
    throw notStarted(options.image, problem);
  }
  const {user, image, mounts} = options;
  const container = {docker, id: name, user, image, mounts: mounts.map(({path}) => path), run};
  return {container, close};
};

/** The account that pgkeep runs as, as docker takes it. */
export const ownUser = (): string | undefined =>
  process.getuid && process.getgid ? `${process.getuid()}:${process.getgid()}` : undefined;

/** A word that nothing else has. */
export const newWord = (): string => randomBytes(8).toString('hex');

/** The end of its input ends it; docker has to where that is not enough. No abort stops this. */
const closeHelper = async (shell: Shell, child: Child, remove: Command): Promise<void> => {
  child.stdin?.end();
  const isGone = await Promise.race([
    child.ended.then(() => true),
    pause(3_000, false, {ref: false}),
  ]);
  if (!isGone) await shell.start(remove, {stdin: 'ignore'}).ended;
  await child.ended;
};

const notStarted = (image: string, problem: unknown): OpsError => {
  const said = problem instanceof Error ? problem.message : String(problem);
  if (/no such image/i.test(said))
    return new OpsError('unavailable', `the image '${image}' is not on this host`, {
      hint: `pgkeep pulls nothing by itself: docker pull ${image}`,
    });
  return new OpsError('unavailable', `no container of '${image}' could be started`, {
    hint: 'see what docker says; it takes an image with a shell and PostgreSQL’s programs',
    cause: new Error(said),
  });
};

/** What docker answers, a value a line. Errors: unavailable where it does not. */
export const askDocker = async <Row>(shell: Shell, command: Command): Promise<readonly Row[]> => {
  const {stdout} = await steadily(shell, command).catch((error: unknown) => {
    shell.signal.throwIfAborted();
    throw new OpsError('unavailable', 'docker does not answer', {
      hint: 'start its engine, and let this account use it (`docker ps` has to work)',
      cause: error instanceof OpsError ? error.cause : error,
    });
  });
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Row);
};

/** Asks again where a container went while docker was listing: older engines fail then. Errors: unavailable. */
export const steadily = async (shell: Shell, command: Command, attempts = 4): Promise<Output> =>
  shell.run(command, {kind: 'unavailable'}).catch((error: unknown) => {
    const said =
      error instanceof OpsError && error.cause instanceof Error ? error.cause.message : '';
    const isTorn = command.args[0] === 'ps' && /no such container/i.test(said);
    if (isTorn && attempts > 1) return steadily(shell, command, attempts - 1);
    throw error;
  });

/** What runs on this host that ended left, should docker have lost its input without noticing. */
export const sweepHelpers = async (shell: Shell, docker: string): Promise<void> => {
  const there = await askDocker<{id: string; owner: string}>(shell, scratchContainers(docker));
  for (const {id, owner: whose} of there.filter((each) => isDead(each.owner)))
    if (whose) await shell.start(removeContainer(docker, id), {stdin: 'ignore'}).ended;
};

/** Whose a container or a network is that we start: a word for its label. */
export const scratchOwner = (): string => owner(process.pid);

/** A process of this boot and this view of processes; others are not ours to judge. */
const owner = (pid: number): string => `${hostId()}/${pid}`;

/** Whether whoever has that label has ended. */
export const isDead = (label: string): boolean => {
  const pid = Number(label.split('/').at(-1));
  return label === owner(pid) && pid !== process.pid && !existsSync(`/proc/${pid}`);
};

const hostId = (): string => {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    return `${boot}/${readlinkSync('/proc/self/ns/pid').replace(/\D/g, '')}`;
  } catch {
    return 'unknown';
  }
};
