/** What is said to PostgreSQL's own programs. Connections ride in the environment; arguments hold no secret. */
import {join} from 'node:path';
import type {Command} from '../model/command.ts';
import type {Connection} from '../model/connection.ts';
import {type Container, type Input, inContainer} from './container.ts';
import {conninfoValue} from './sql.ts';

/** Where PostgreSQL's programs are: a folder of this host (`/usr/lib/postgresql/15/bin`), or a container. */
export type Binaries = string | Container;

export type DumpFormat = 'custom' | 'directory' | 'plain';

/** What the operator left out or picked: patterns as `pg_dump` reads them. */
export type Filters = {
  readonly schemas: readonly string[];
  readonly tables: readonly string[];
  readonly excludeTables: readonly string[];
  readonly excludeTableData: readonly string[];
};

/**
 * Keepalives have no environment variable. A dead link ends a tool in under half a minute with
 * these; without them `pg_dump` hangs, and even SIGTERM does not end it.
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-KEEPALIVES
 */
const deadLink =
  'keepalives=1 keepalives_idle=10 keepalives_interval=5 keepalives_count=3 tcp_user_timeout=20000';

/**
 * A psql that reads statements from its input and prints bare rows; it goes on after an error.
 * https://www.postgresql.org/docs/current/app-psql.html
 */
export const psqlSession = (connection: Connection, binaries: Binaries): Command =>
  psql(connection, binaries, {
    args: ['--set=ON_ERROR_STOP=0'],
    env: {PGCLIENTENCODING: 'UTF8'},
    input: 'data',
  });

/** A psql that runs a script from its input and stops at the first error with exit code 3. */
export const psqlScript = (connection: Connection, binaries: Binaries): Command =>
  psql(connection, binaries, {args: ['--set=ON_ERROR_STOP=1'], env: {}, input: 'data'});

/**
 * A psql that runs these statements as one transaction: COPY reads its input, or writes its output. The
 * server alone reads them: with --command psql knows no variables and no commands of its own in them.
 */
export const psqlTransaction = (
  connection: Connection,
  binaries: Binaries,
  statements: readonly string[],
): Command =>
  psql(connection, binaries, {
    args: [
      '--set=ON_ERROR_STOP=1',
      '--single-transaction',
      ...statements.map((statement) => `--command=${statement}`),
    ],
    env: {PGCLIENTENCODING: 'UTF8'},
    input: 'data',
  });

const psql = (
  connection: Connection,
  binaries: Binaries,
  {args, env, input}: Pick<Said, 'args' | 'env' | 'input'>,
): Command =>
  tool(binaries, 'psql', {
    args: [
      '--no-psqlrc',
      '--no-password',
      '--no-align',
      '--tuples-only',
      '--quiet',
      ...args,
      `--dbname=${deadLink}`,
    ],
    env: {...connection.libpq, ...env},
    input,
  });

/** Exit code 0: accepts connections; 1: rejects them, as while starting; 2: no answer. No login is tried. */
export const pgIsReady = (connection: Connection, binaries: Binaries): Command =>
  tool(binaries, 'pg_isready', {
    args: ['--quiet', '--timeout=10', `--dbname=${deadLink}`],
    env: connection.libpq,
    input: 'none',
  });

export type DumpOptions = {
  readonly binaries: Binaries;
  readonly format: DumpFormat;
  /** From `pg_export_snapshot()`: the dump sees what that transaction sees; undefined: what is there now. */
  readonly snapshot: string | undefined;
  readonly lockWaitSeconds: number;
  readonly filters: Filters;
  /** A standby can't read unlogged tables: their definition is dumped, their rows are not. */
  readonly isStandby: boolean;
  /** Directory format only: the folder to make, its workers, and how it compresses each file. */
  readonly folder?: string;
  readonly jobs?: number;
  readonly compress?: string;
};

/**
 * Dump one database uncompressed to standard output, or to `folder` in directory format.
 * Row-level security makes it fail, never dump less. Errors: exit code 1 and a message.
 * https://www.postgresql.org/docs/current/app-pgdump.html
 */
export const pgDump = (connection: Connection, options: DumpOptions): Command => {
  const {format, folder, jobs = 1, compress = '1'} = options;
  const isFolder = format === 'directory' && folder !== undefined;
  return dump(connection, options, [
    `--format=${format}`,
    ...(isFolder ? [`--file=${folder}`, `--jobs=${jobs}`, `--compress=${compress}`] : []),
    ...(format === 'custom' ? ['--compress=0'] : []),
  ]);
};

/** Dump what the database is made of and no row, as a small custom-format archive on standard output. */
export const pgDumpSchema = (
  connection: Connection,
  options: Omit<DumpOptions, 'format'>,
): Command => dump(connection, options, ['--format=custom', '--compress=0', '--schema-only']);

const dump = (
  connection: Connection,
  {binaries, snapshot, lockWaitSeconds, filters, isStandby}: Omit<DumpOptions, 'format'>,
  args: readonly string[],
): Command =>
  tool(binaries, 'pg_dump', {
    args: [
      ...args,
      '--no-password',
      ...(snapshot === undefined ? [] : [`--snapshot=${snapshot}`]),
      `--lock-wait-timeout=${lockWaitSeconds}s`,
      ...(isStandby ? ['--no-unlogged-table-data'] : []),
      ...filters.schemas.map((pattern) => `--schema=${pattern}`),
      ...filters.tables.map((pattern) => `--table=${pattern}`),
      ...filters.excludeTables.map((pattern) => `--exclude-table=${pattern}`),
      ...filters.excludeTableData.map((pattern) => `--exclude-table-data=${pattern}`),
      `--dbname=${deadLink}`,
    ],
    env: connection.libpq,
    input: 'none',
  });

/**
 * Roles, memberships, role settings and tablespaces as SQL on standard output.
 * https://www.postgresql.org/docs/current/app-pg-dumpall.html
 */
export const pgDumpGlobals = (
  connection: Connection,
  {
    binaries,
    database,
    rolePasswords,
  }: {binaries: Binaries; database: string; rolePasswords: boolean},
): Command =>
  tool(binaries, 'pg_dumpall', {
    args: [
      '--globals-only',
      '--no-password',
      ...(rolePasswords ? [] : ['--no-role-passwords']),
      // Quoted: a name such as `a=b` would be read as a connection string (CVE-2026-86864 in pgAdmin).
      `--database=dbname=${conninfoValue(database)}`,
      `--dbname=${deadLink}`,
    ],
    // pg_dumpall writes VALID UNTIL in whatever style the database or role is set to: 03/02/2001 would be
    // read back as another day.
    env: {...connection.libpq, PGDATESTYLE: 'ISO, YMD', PGTZ: 'UTC'},
    input: 'none',
  });

/** Where pg_restore reads an archive: its standard input, a file, or a folder in directory format. */
export type Archive = 'input' | {readonly file: string} | {readonly folder: string};

/** The table of contents of an archive. Reads no rows: it proves nothing about them. */
export const pgRestoreList = (binaries: Binaries, archive: Archive): Command =>
  pgRestore(binaries, archive, ['--list']);

/**
 * An archive as SQL, to nowhere or to standard output: reads every byte of it.
 * https://www.postgresql.org/docs/current/app-pgrestore.html
 */
export const pgRestoreScript = (
  binaries: Binaries,
  archive: Archive,
  {to, create = false}: {readonly to: 'nowhere' | 'output'; readonly create?: boolean},
): Command =>
  pgRestore(binaries, archive, [
    `--file=${to === 'nowhere' ? '/dev/null' : '-'}`,
    ...(create ? ['--create'] : []),
  ]);

/** An archive into the connection's database, stopping at the first error; the database must be new and empty. */
export const pgRestoreInto = (
  connection: Connection,
  binaries: Binaries,
  {
    archive,
    jobs = 1,
    list,
    isOurs = true,
  }: {
    readonly archive: Archive;
    /** Else nothing is said of owners and grants. */
    readonly isOurs?: boolean;
    readonly jobs?: number;
    /** A file with the entries to restore, as `--list` printed them; all when absent. */
    readonly list?: string | undefined;
  },
): Command =>
  pgRestore(
    binaries,
    archive,
    [
      '--exit-on-error',
      '--no-password',
      ...(jobs > 1 ? [`--jobs=${jobs}`] : []),
      ...(isOurs ? [] : ['--no-owner', '--no-privileges']),
      ...(list === undefined ? [] : [`--use-list=${list}`]),
      `--dbname=${deadLink}`,
    ],
    connection.libpq,
  );

const pgRestore = (
  binaries: Binaries,
  archive: Archive,
  args: readonly string[],
  env: Command['env'] = {},
): Command =>
  tool(binaries, 'pg_restore', {
    args: [...args, ...placeOf(archive)],
    env,
    input: archive === 'input' ? 'data' : 'none',
  });

const placeOf = (archive: Archive): readonly string[] => {
  if (archive === 'input') return [];
  return 'file' in archive ? [archive.file] : ['--format=directory', archive.folder];
};

/** Statistics for the planner, of every table: a restored database has none. https://www.postgresql.org/docs/current/app-vacuumdb.html */
export const analyze = (
  connection: Connection,
  binaries: Binaries,
  {jobs}: {readonly jobs: number},
): Command =>
  tool(binaries, 'vacuumdb', {
    args: [
      ...['--analyze-only', '--quiet', '--no-password', `--jobs=${jobs}`],
      // vacuumdb reads PGDATABASE as a connection string where it looks like one.
      `--dbname=dbname=${conninfoValue(connection.libpq['PGDATABASE'] ?? '')} ${deadLink}`,
    ],
    env: connection.libpq,
    input: 'none',
  });

/** Prints `pg_dump (PostgreSQL) 15.18`. */
export const pgDumpVersion = (binaries: Binaries): Command =>
  tool(binaries, 'pg_dump', {args: ['--version'], env: {}, input: 'none'});

type Said = Pick<Command, 'args' | 'env'> & {readonly input: Input};

const tool = (binaries: Binaries, name: string, {args, env, input}: Said): Command =>
  typeof binaries === 'string'
    ? {file: join(binaries, name), args, env}
    : inContainer(binaries, {file: name, args, env}, input);
