/** Which programs this host has: PostgreSQL's clients of every major, and the compressors. */
import {accessSync, constants, readdirSync, realpathSync, statSync} from 'node:fs';
import {delimiter, join} from 'node:path';
import type {Compressors} from '../commands/compress.ts';
import {type Binaries, pgDumpVersion} from '../commands/postgres.ts';
import {OpsError} from '../model/errors.ts';
import {chooseClient, parseVersion, type Version} from '../model/version.ts';
import type {Shell} from './shell.ts';

/** One installation of PostgreSQL's client programs. */
export type Client = {
  readonly binaries: Binaries;
  readonly version: Version;
  /** `the service 'db'`; undefined: this host. */
  readonly where?: string;
};

/** Every installed client, those of distributions before those on the PATH. Errors: unavailable when there is none. */
export const findClients = async (
  shell: Shell,
  {binaries}: {readonly binaries?: string | undefined} = {},
): Promise<readonly Client[]> => {
  const folders =
    binaries === undefined ? likelyFolders(shell.environment['PATH'] ?? '') : [binaries];
  const complete = folders.filter((folder) =>
    ['pg_dump', 'pg_restore', 'psql'].every((name) => isProgram(join(folder, name))),
  );
  // One broken installation does not stand in the way of a whole one.
  const clients = await Promise.allSettled(complete.map((folder) => clientIn(shell, folder)));
  shell.signal.throwIfAborted();
  const found = clients.flatMap((client) => (client.status === 'fulfilled' && client.value) || []);
  if (found.length > 0) return found;
  const broken = clients.find((client) => client.status === 'rejected');
  throw new OpsError(
    'unavailable',
    'no pg_dump, pg_restore and psql that work were found on this host',
    {
      hint: 'install the client of your server (Debian: apt-get install postgresql-client), or set PG_BINDIR to its folder',
      ...(broken ? {cause: broken.reason} : {}),
    },
  );
};

/** The client to use with a server, and whether it is of a newer major. Errors: unavailable when all are older. */
export const clientFor = (
  clients: readonly Client[],
  server: Version,
): {readonly client: Client; readonly isNewer: boolean} => {
  const choice = chooseClient(clients, server);
  if (choice) return choice;
  const newest = clients.toSorted((a, b) => b.version.major - a.version.major)[0];
  const where = newest?.where === undefined ? 'here' : `in ${newest.where}`;
  throw new OpsError(
    'unavailable',
    `the server is PostgreSQL ${server.text}, and the newest client ${where} is ${newest?.version.text}: an older pg_dump can't dump a newer server`,
    {
      hint: hintFor(newest, server),
    },
  );
};

const hintFor = (newest: Client | undefined, {major}: Version): string =>
  newest?.where === undefined
    ? `install the client of major ${major} (Debian: apt-get install postgresql-client-${major}), set PG_BINDIR to its folder, or run the tools in a container (PGKEEP_TOOLS=image:postgres:${major})`
    : `name a service or an image that has the client of major ${major} (PGKEEP_TOOLS=compose:SERVICE or image:postgres:${major}), or use this host's (PGKEEP_TOOLS=local)`;

/** The compressors that are installed. */
export const findCompressors = (shell: Shell): Compressors => {
  const found: Record<string, string> = {};
  for (const name of ['igzip', 'pigz', 'gzip', 'zstd']) {
    const file = lookUp(shell, name);
    if (file !== undefined) found[name] = file;
  }
  return found;
};

/** The absolute path of a program on the PATH; undefined where there is none. */
export const lookUp = (shell: Shell, name: string): string | undefined =>
  (shell.environment['PATH'] ?? '')
    .split(delimiter)
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => join(folder, name))
    .find(isProgram);

/** The server programs beside a client's: undefined where only clients are installed, and in containers. */
export const serverBinaries = ({binaries}: Client): string | undefined =>
  typeof binaries === 'string' &&
  ['initdb', 'postgres'].every((name) => isProgram(join(binaries, name)))
    ? binaries
    : undefined;

// Debian's /usr/bin/pg_dump is a wrapper that guesses a version by the cluster: the real ones come first.
const likelyFolders = (path: string): readonly string[] => {
  const families = ['/usr/lib/postgresql', '/usr/local/opt', '/opt/homebrew/opt', '/usr'];
  const folders = families.flatMap((family) =>
    namesIn(family)
      .filter((name) =>
        (family.endsWith('postgresql') ? /^\d+$/ : /^(pgsql-\d+|postgresql@\d+|libpq)$/).test(name),
      )
      .map((name) => join(family, name, 'bin')),
  );
  const onPath = path
    .split(delimiter)
    .filter((folder) => folder.startsWith('/') && !isDebianWrapper(join(folder, 'pg_dump')));
  return [...new Set([...folders, ...onPath])];
};

const isDebianWrapper = (file: string): boolean => {
  try {
    return realpathSync(file).endsWith('/pg_wrapper');
  } catch {
    return false;
  }
};

const namesIn = (folder: string): readonly string[] => {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
};

const isProgram = (file: string): boolean => {
  try {
    accessSync(file, constants.X_OK);
    return statSync(file).isFile();
  } catch {
    return false;
  }
};

/** The client in a folder or a container; undefined where it does not say its version. */
export const clientIn = async (shell: Shell, binaries: Binaries): Promise<Client | undefined> => {
  const {stdout} = await shell.run(pgDumpVersion(binaries), {kind: 'unavailable'});
  const version = parseVersion(stdout);
  return version && {binaries, version};
};
