/** The PostgreSQL clients of one run: those of this host, of a service, of an image. Each is looked for once. */
import {existsSync} from 'node:fs';
import {homedir, userInfo} from 'node:os';
import {isAbsolute, join} from 'node:path';
import {fileSettings, type ServiceNetwork} from '../model/compose-service.ts';
import type {Connection} from '../model/connection.ts';
import {OpsError} from '../model/errors.ts';
import {findService, type OpenHelper, openHelper, ownUser} from './containers.ts';
import {type Guard, openGuard} from './guard.ts';
import type {Shell} from './shell.ts';
import {type Client, clientIn, findClients} from './tools.ts';

export type ServiceClient = {
  readonly client: Client;
  readonly network: ServiceNetwork;
  /** The id of the service's image. */
  readonly image: string;
};

export type Toolbox = {
  /** Errors: unavailable where there is none. */
  local(): Promise<readonly Client[]>;
  /** Errors: unavailable. */
  service(service: string): Promise<ServiceClient>;
  /** In a container that sees what the connection needs of this host. Errors: unavailable, settings. */
  image(image: string, connection?: Connection): Promise<{client: Client; connection?: Connection}>;
  /** The same client where it sees a folder of this host. Errors: unavailable in a service. */
  seeing(client: Client, folder: string, how: {readonly isReadOnly: boolean}): Promise<Client>;
  /** Ends what failed work may have left running in services: nothing may be at work that is needed. */
  clear(): Promise<void>;
  /** The same, and ends every container that was started. */
  end(): Promise<void>;
};

export type ToolboxOptions = {
  readonly binaries: string | undefined;
  readonly project: string;
  readonly composeProject: string | undefined;
};

/** The hands for tools: made once at the door, ended there. */
export const createToolbox = (shell: Shell, options: ToolboxOptions): Toolbox => {
  const once = memory();
  const helpers: OpenHelper[] = [];
  const guards: Guard[] = [];
  const helper = (image: string, mounts: readonly Mount[]) =>
    once(['image', image, mounts], async () => {
      const open = await openHelper(shell, {image, network: 'host', mounts, user: ownUser()});
      helpers.push(open);
      return clientOf(shell, {container: open.container, where: `the image '${image}'`});
    });
  return {
    local: () => once(['local'], () => findClients(shell, options)),
    service: (service) =>
      once(['service', service], async () => {
        const {project, composeProject: name} = options;
        const {container, ...facts} = await findService(shell, {service, project, name});
        guards.push(await openGuard(shell, container));
        const client = await clientOf(shell, {container, where: `the service '${service}'`});
        return {client, ...facts};
      }),
    async image(image, connection) {
      const needs = connection && needsOf(connection, shell.environment['HOME'] ?? homedir());
      return {...needs, client: await helper(image, needs?.mounts ?? [])};
    },
    async seeing(client, folder, {isReadOnly}) {
      assertMaySee(client);
      if (typeof client.binaries === 'string') return client;
      const {image = '', mounts} = client.binaries;
      if (mounts.some((path) => `${folder}/`.startsWith(`${path}/`))) return client;
      const before = mounts.map((path) => ({path, isReadOnly: true}));
      return helper(image, [...before, {path: folder, isReadOnly}]);
    },
    async clear() {
      await Promise.all(guards.map((guard) => guard.clear()));
    },
    async end() {
      await Promise.all([...guards, ...helpers].map((each) => each.close()));
    },
  };
};

/** Does each piece of work once, whoever asks, and remembers how it ended. */
const memory = () => {
  const found = new Map<string, Promise<unknown>>();
  return <Value>(key: readonly unknown[], look: () => Promise<Value>): Promise<Value> => {
    const name = JSON.stringify(key);
    const known = (found.get(name) as Promise<Value> | undefined) ?? look();
    found.set(name, known);
    return known;
  };
};

type Mount = {readonly path: string; readonly isReadOnly: boolean};

const clientOf = async (
  shell: Shell,
  {container, where}: {container: OpenHelper['container']; where: string},
): Promise<Client> => {
  const client = await clientIn(shell, container).catch((cause: unknown) => {
    shell.signal.throwIfAborted();
    throw new OpsError('unavailable', `there is no pg_dump that works in ${where}`, {
      hint: 'name a service or an image that has PostgreSQL’s client programs',
      cause: cause instanceof OpsError ? cause.cause : cause,
    });
  });
  if (client) return {...client, where};
  throw new OpsError('unavailable', `pg_dump in ${where} does not say its version`);
};

/**
 * Sockets, password files and certificates of this host, seen under the same name. libpq looks for
 * its defaults by the account, which a container does not know.
 */
const needsOf = (
  connection: Connection,
  home: string,
): {connection: Connection; mounts: readonly Mount[]} => {
  const own = join(home, '.pgpass');
  const {libpq} = connection;
  const hasPassword = libpq['PGPASSWORD'] !== undefined || libpq['PGPASSFILE'] !== undefined;
  const file = !hasPassword && existsSync(own) ? {PGPASSFILE: own} : {};
  const all: Record<string, string> = {PGUSER: userInfo().username, ...file, ...libpq};
  const full: Connection = {...connection, libpq: all};
  if (libpq['PGSERVICE'] !== undefined && libpq['PGSERVICEFILE'] === undefined)
    throw new OpsError(
      'settings',
      'PGSERVICE is looked for in files that the container does not see',
      {
        hint: 'name the file with PGSERVICEFILE',
      },
    );
  const files = fileSettings(full).filter((name) => name !== 'PGSERVICE');
  const sockets = (libpq['PGHOST'] ?? '/var/run/postgresql')
    .split(',')
    .filter((host) => host.startsWith('/'));
  const paths = [...files.map((name) => all[name] ?? ''), ...sockets.filter(existsSync)];
  const missing = paths.find((path) => !isAbsolute(path) || !existsSync(path));
  if (missing !== undefined)
    throw new OpsError('settings', `the container would not see '${missing}'`, {
      hint: 'give the absolute path of a file that is there',
    });
  const mounts = [...new Set(paths)].sort().map((path) => ({path, isReadOnly: true}));
  return {connection: full, mounts};
};

/** Errors: unavailable for a service: no folder of this host can be added to it. */
export const assertMaySee = ({binaries, where}: Client): void => {
  if (typeof binaries === 'string' || binaries.image !== undefined) return;
  throw new OpsError(
    'unavailable',
    `the tools run in ${where}, which sees no folder of this host`,
    {
      hint: 'directory format needs one: use --format custom, or PGKEEP_TOOLS=image:NAME or local',
    },
  );
};
