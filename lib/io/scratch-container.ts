/**
 * A throw-away PostgreSQL in a container: for drills where this host has no server of a major. No
 * port, and no network unless one is asked for; its data in the container, which goes with all of it, whatever ends pgkeep.
 */
import {availableMemory} from 'node:process';
import {setTimeout as pause} from 'node:timers/promises';
import {type Container, inContainer} from '../commands/container.ts';
import {pgIsReady} from '../commands/postgres.ts';
import {scratchPort, scratchSettings} from '../commands/scratch-settings.ts';
import {
  initdb,
  isPlainRoleName,
  postgres,
  postgresVersion,
  singleUser,
} from '../commands/server.ts';
import type {Command} from '../model/command.ts';
import {OpsError} from '../model/errors.ts';
import {parseVersion} from '../model/version.ts';
import {openHelper, ownUser} from './containers.ts';
import {howItEnded, stopChild} from './scratch-process.ts';
import type {Child, Ended, Shell} from './shell.ts';
import {type Client, clientIn} from './tools.ts';

export type ScratchContainerOptions = {
  readonly image: string;
  /** Of the server; the image must have that one. */
  readonly major: number;
  readonly superuser: string;
  /** A folder that the tools read: of the set. */
  readonly folder: string;
  readonly settings: Readonly<Record<string, string>>;
  /** What the server is for, in an error; `a drill of this set` when absent. */
  readonly purpose?: string;
  /** A network that it answers on, by these names, to everybody and without a password; none when absent. */
  readonly network?: {readonly name: string; readonly aliases: readonly string[]};
};

export type ScratchInside = {
  readonly libpq: Readonly<Record<string, string>>;
  readonly client: Client;
};

/** In the container's own file system. */
const home = '/tmp/pgkeep';
const readySeconds = 60;

/**
 * A server for as long as `use` runs. Errors: unavailable where the image is not here, has no server
 * of that major, or its server does not start; toolFailed where it ended while in use.
 */
export const withScratchContainer = async <T>(
  shell: Shell,
  options: ScratchContainerOptions,
  use: (server: ScratchInside) => Promise<T>,
): Promise<T> => {
  const {image, folder, superuser} = options;
  const mounts = [{path: folder, isReadOnly: true}];
  const network = options.network ?? 'none';
  const helper = await openHelper(shell, {image, network, mounts, user: ownUser()});
  let server: Child | undefined;
  let ended: Ended | undefined;
  try {
    const {container} = helper;
    await makeCluster(shell, options, container);
    server = shell.start(serverCommand(options, container), {stdin: 'ignore'});
    void server.ended.then((end) => {
      ended = end;
    });
    const libpq = {PGHOST: home, PGPORT: scratchPort, PGUSER: superuser, PGDATABASE: 'postgres'};
    await untilReady(shell, {container, libpq, ended: () => ended});
    const client = await clientIn(shell, container);
    if (!client) throw new OpsError('unavailable', `there is no pg_dump in the image '${image}'`);
    return await use({libpq, client: {...client, where: `the image '${image}'`}});
  } catch (error) {
    shell.signal.throwIfAborted();
    if (ended && server) throw accident(ended, error);
    throw error;
  } finally {
    if (server) await stopChild(server, 'immediate');
    await helper.close();
  }
};

/** As the account that owns a server in every image of PostgreSQL. */
const asServer = (container: Container, command: Command, input: 'none' | 'data'): Command =>
  inContainer({...container, user: 'postgres'}, command, input);

const makeCluster = async (
  shell: Shell,
  {image, major, superuser, network, purpose = 'a drill of this set'}: ScratchContainerOptions,
  container: Container,
): Promise<void> => {
  const kind = 'unavailable';
  const run = (command: Command) => shell.run(asServer(container, command, 'none'), {kind});
  const {stdout} = await run(postgresVersion('')).catch((cause: unknown) => {
    shell.signal.throwIfAborted();
    throw new OpsError('unavailable', `the image '${image}' has no PostgreSQL server`, {
      hint: `name one that has PostgreSQL ${major}: PGKEEP_TOOLS=image:postgres:${major}`,
      cause: cause instanceof OpsError ? cause.cause : cause,
    });
  });
  const found = parseVersion(stdout);
  if (found?.major !== major)
    throw new OpsError(
      'unavailable',
      `${purpose} needs a PostgreSQL ${major} server, and the image '${image}' has ${found?.text}`,
      {hint: `name one of that major: PGKEEP_TOOLS=image:postgres:${major}`},
    );
  await run({file: 'mkdir', args: ['-m', '755', home], env: {}});
  const isPlain = isPlainRoleName(superuser);
  const cluster = {data: `${home}/data`, encoding: 'UTF8', locale: 'C.UTF-8'};
  await run(initdb('', {...cluster, superuser: isPlain ? superuser : 'postgres'}));
  if (network) await run(trustEverybody(cluster.data));
  if (isPlain) return;
  const name = superuser.replaceAll("'", "''");
  await shell.run(asServer(container, singleUser('', cluster), 'data'), {
    input: `SET standard_conforming_strings = on; UPDATE pg_authid SET rolname = '${name}' WHERE oid = 10;\n\n`,
    kind,
  });
};

/** Who is on the network is decided by whoever made it. https://www.postgresql.org/docs/current/auth-pg-hba-conf.html */
const trustEverybody = (data: string): Command => ({
  file: 'sh',
  args: ['-c', `echo 'host all all all trust' >>"$0"`, `${data}/pg_hba.conf`],
  env: {},
});

/** Who may reach the socket is decided by the container: nobody else is in it. */
const serverCommand = (
  {settings, network}: ScratchContainerOptions,
  container: Container,
): Command =>
  asServer(
    container,
    postgres('', {
      data: `${home}/data`,
      settings: {
        ...scratchSettings({socket: home, memoryBytes: availableMemory()}),
        ...(network ? {listen_addresses: '*'} : {}),
        ...settings,
        unix_socket_permissions: '0777',
      },
    }),
    'none',
  );

type Start = {
  container: Container;
  libpq: Readonly<Record<string, string>>;
  ended: () => Ended | undefined;
};

const untilReady = async (shell: Shell, {container, libpq, ended}: Start): Promise<void> => {
  const deadline = performance.now() + readySeconds * 1_000;
  const ask = pgIsReady({libpq, source: 'throw-away server'}, container);
  while (!ended() && performance.now() < deadline) {
    const isReady = await shell.run(ask).then(
      () => true,
      () => false,
    );
    shell.signal.throwIfAborted();
    if (isReady) return;
    await pause(50);
  }
  throw new OpsError('unavailable', 'a throw-away PostgreSQL in a container did not start', {
    hint: 'see its log below',
    cause: new Error(ended()?.stderr.trim() || `it was not ready after ${readySeconds} seconds`),
  });
};

const accident = (ended: Ended, error: unknown): OpsError =>
  new OpsError('toolFailed', `the throw-away PostgreSQL ${howItEnded(ended)} while in use`, {
    cause: new Error(ended.stderr.trim() || 'it left no message', {cause: error}),
  });
