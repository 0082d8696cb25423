/** A real PostgreSQL for tests: up in under a second, gone with the test, out of everybody's way. */
import {execFile} from 'node:child_process';
import {
  type ScratchServer,
  type StartedServer,
  startScratchServer,
  withScratchServer,
} from '../../lib/io/scratch-server.ts';
import {createShell, type Shell} from '../../lib/io/shell.ts';
import {serverFolder} from '../../scripts/_packages.ts';

export type TestServer = ScratchServer & {
  readonly binaries: string;
  /** `postgres:///<database>?host=…`: for settings and flags. */
  url(database: string): string;
};

export type TestServerOptions = {
  /** Default `postgres`. */
  readonly superuser?: string;
  /** Default: the highest that is installed. */
  readonly binaries?: string;
  readonly encoding?: string;
  readonly locale?: string;
  /** Where its folder is made; default `/var/tmp`. */
  readonly folder?: string;
  readonly settings?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
};

/** A shell as the doors make it, silent, with nothing but the PATH. */
export const testShell = (signal: AbortSignal = new AbortController().signal): Shell =>
  createShell({
    environment: {PATH: process.env['PATH'] ?? ''},
    signal,
    redact: (text) => text,
    trace: () => {},
  });

/** A server for as long as `use` runs. */
export const withPostgres = <T>(
  options: TestServerOptions,
  use: (server: TestServer) => Promise<T>,
): Promise<T> =>
  withScratchServer(testShell(), scratchOptions(options), (server) =>
    use(testServer(server, options)),
  );

/** A server that a test file shares: `suite.before(…)` starts it, `suite.after(() => server.end())` ends it. */
export const startPostgres = async (
  options: TestServerOptions = {},
): Promise<TestServer & StartedServer> => {
  const server = await startScratchServer(testShell(), scratchOptions(options));
  return {...server, ...testServer(server, options), end: server.end};
};

export type PsqlOptions = {
  readonly database?: string;
  readonly user?: string;
};

/** Runs statements, stops at the first error, gives the bare rows: columns by `|`, one line each. */
export const psql = (
  server: Pick<TestServer, 'libpq' | 'binaries'>,
  sql: string,
  {database, user}: PsqlOptions = {},
): Promise<string> =>
  new Promise((resolve, reject) => {
    const env = {
      PATH: process.env['PATH'] ?? '',
      PGCLIENTENCODING: 'UTF8',
      ...server.libpq,
      ...(database === undefined ? {} : {PGDATABASE: database}),
      ...(user === undefined ? {} : {PGUSER: user}),
    };
    const args = ['-X', '-A', '-t', '-q', '-v', 'ON_ERROR_STOP=1', '-f', '-'];
    const done = (error: Error | null, stdout: string, stderr: string) =>
      error
        ? reject(new Error(`psql: ${stderr.trim()}`, {cause: error}))
        : resolve(stdout.trimEnd());
    const child = execFile(`${server.binaries}/psql`, args, {env, maxBuffer: 1e8}, done);
    child.stdin?.on('error', () => {});
    child.stdin?.end(sql);
  });

/** Makes a database from template0 and, where given, runs statements in it. */
export const createDatabase = async (
  server: Pick<TestServer, 'libpq' | 'binaries'>,
  name: string,
  {sql, owner}: {readonly sql?: string; readonly owner?: string} = {},
): Promise<void> => {
  const quoted = (word: string) => `"${word.replaceAll('"', '""')}"`;
  const owned = owner === undefined ? '' : ` OWNER ${quoted(owner)}`;
  await psql(server, `CREATE DATABASE ${quoted(name)} TEMPLATE template0${owned}`);
  if (sql !== undefined) await psql(server, sql, {database: name});
};

const binariesOf = ({binaries = serverFolder()}: TestServerOptions): string => {
  if (binaries === undefined)
    throw new Error("no PostgreSQL server here: ask has('postgres') first");
  return binaries;
};

const scratchOptions = (options: TestServerOptions) => ({
  superuser: 'postgres',
  folder: '/var/tmp',
  signal: new AbortController().signal,
  ...options,
  binaries: binariesOf(options),
});

const testServer = (server: ScratchServer, options: TestServerOptions): TestServer => ({
  ...server,
  binaries: binariesOf(options),
  url: (database) => {
    const {PGHOST = '', PGPORT = '', PGUSER = ''} = server.libpq;
    const part = encodeURIComponent;
    return `postgresql://${part(PGUSER)}@/${part(database)}?host=${part(PGHOST)}&port=${PGPORT}`;
  },
});
