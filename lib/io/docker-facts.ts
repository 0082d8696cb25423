/** What a deploy goes by besides its containers: docker's versions, images, ports, room, and the data of a volume. */
import {existsSync} from 'node:fs';
import {createServer} from 'node:net';
import {composeVersion} from '../commands/compose.ts';
import * as say from '../commands/docker-facts.ts';
import type {Command} from '../model/command.ts';
import {majorIn} from '../model/deploy/judge-major.ts';
import type {PublishedPorts, WantedPort} from '../model/deploy/judge-ports.ts';
import type {ImageFacts} from '../model/deploy/judge-services.ts';
import type {DockerVersions} from '../model/deploy/judge-versions.ts';
import {askDocker, dockerProgram} from './containers.ts';
import {freeBytes} from './folder-size.ts';
import type {Shell} from './shell.ts';

/** Errors: unavailable where docker, its engine or its compose plugin does not answer. */
export const dockerVersionsOf = async (shell: Shell): Promise<DockerVersions> => {
  const docker = dockerProgram(shell);
  const [versions] = await askDocker<Omit<DockerVersions, 'compose'>>(
    shell,
    say.dockerVersions(docker),
  );
  const {stdout} = await shell.run(composeVersion(docker), {kind: 'unavailable'});
  return {client: '', engine: '', ...versions, compose: stdout.trim()};
};

type Inspected = {
  readonly id: string;
  readonly bytes: number;
  readonly check: {readonly Test?: readonly string[] | null} | null;
};

/** By name; undefined: not on this host. */
export const imagesOnHost = async (
  shell: Shell,
  names: readonly string[],
): Promise<Readonly<Record<string, ImageFacts | undefined>>> => {
  const docker = dockerProgram(shell);
  const found = await Promise.all(
    names.map(async (name) => {
      const text = await answerOf(shell, say.imageFacts(docker, name));
      if (text === undefined) return [name, undefined] as const;
      const {id, bytes, check} = JSON.parse(text) as Inspected;
      const test = check?.Test?.[0];
      return [name, {id, bytes, hasCheck: test !== undefined && test !== 'NONE'}] as const;
    }),
  );
  return Object.fromEntries(found);
};

/** What containers of this host publish. Errors: unavailable. */
export const publishedOnHost = (shell: Shell): Promise<readonly PublishedPorts[]> =>
  askDocker<PublishedPorts>(shell, say.publishedPorts(dockerProgram(shell)));

/** Of these ports those that something listens on. What can't be tried, a low port by an ordinary user, counts as free. */
export const takenPorts = async (ports: readonly WantedPort[]): Promise<readonly WantedPort[]> => {
  const taken = await Promise.all(ports.map(isTaken));
  return ports.filter((_, index) => taken[index]);
};

const isTaken = ({port, address}: WantedPort): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer();
    server.on('error', ({code}: NodeJS.ErrnoException) => resolve(code === 'EADDRINUSE'));
    server.listen({port, ...(address === undefined ? {} : {host: address})}, () =>
      server.close(() => resolve(false)),
    );
  });

/** Where the engine keeps things and what is free there; undefined where that is no folder of this host. */
export const engineRoom = async (
  shell: Shell,
): Promise<{readonly root: string; readonly free: number} | undefined> => {
  const text = await answerOf(shell, say.dockerRoot(dockerProgram(shell)));
  const root = text === undefined ? undefined : (JSON.parse(text) as unknown);
  if (typeof root !== 'string' || !existsSync(root)) return undefined;
  return freeBytes(root).then(
    (free) => ({root, free}),
    () => undefined,
  );
};

/** The major of PostgreSQL that an image on this host brings. */
export const majorOfImage = async (shell: Shell, image: string): Promise<number | undefined> =>
  majorIn((await answerOf(shell, say.serverOfImage(dockerProgram(shell), image))) ?? '');

export type DataFacts = {
  readonly major: number | undefined;
  readonly bytes: number | undefined;
};

/** Of the data that a running container serves; undefined where it does not tell. */
export const dataInContainer = async (shell: Shell, id: string): Promise<DataFacts | undefined> => {
  const text = await answerOf(shell, say.dataOfContainer(dockerProgram(shell), id));
  if (text === undefined) return undefined;
  const [version = '', size = ''] = text.split('\n');
  const kilobytes = Number(/^\d+/.exec(size)?.[0]);
  return {major: majorIn(version), bytes: kilobytes > 0 ? kilobytes * 1_024 : undefined};
};

/** The major of the data that lie in a volume or a folder, read by means of an image on this host. */
export const majorOfData = async (
  shell: Shell,
  {image, place}: {readonly image: string; readonly place: say.DataPlace},
): Promise<number | undefined> =>
  majorIn((await answerOf(shell, say.versionOfData(dockerProgram(shell), {image, place}))) ?? '');

/** Whether a volume or a folder is there: to mount a volume that is not would make it. */
export const isPlaceThere = async (shell: Shell, place: say.DataPlace): Promise<boolean> =>
  place.type === 'bind'
    ? existsSync(place.source)
    : (await answerOf(shell, say.volumeName(dockerProgram(shell), place.source))) !== undefined;

/** Undefined where docker refuses: what is asked for is not there. */
const answerOf = (shell: Shell, command: Command): Promise<string | undefined> =>
  shell.run(command).then(
    ({stdout}) => stdout.trim(),
    () => {
      shell.signal.throwIfAborted();
      return undefined;
    },
  );
