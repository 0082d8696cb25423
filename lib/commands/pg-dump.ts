/** What is said to `pg_dump` and `pg_dumpall`. */
import type {Command} from '../model/command.ts';
import type {Connection} from '../model/connection.ts';
import {type Binaries, deadLink, tool} from './postgres.ts';
import {conninfoValue} from './sql.ts';

export type DumpFormat = 'custom' | 'directory' | 'plain';

/** What the operator left out or picked: patterns as `pg_dump` reads them. */
export type Filters = {
  readonly schemas: readonly string[];
  readonly tables: readonly string[];
  readonly excludeTables: readonly string[];
  readonly excludeTableData: readonly string[];
};

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
