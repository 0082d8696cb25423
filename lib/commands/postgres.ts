/** What is said to PostgreSQL's own programs. Connections ride in the environment; arguments hold no secret. */
import {join} from 'node:path';
import type {Command} from '../model/command.ts';
import type {Connection} from '../model/connection.ts';
import {type Container, type Input, inContainer} from './container.ts';
import {conninfoValue} from './sql.ts';

/** Where PostgreSQL's programs are: a folder of this host (`/usr/lib/postgresql/15/bin`), or a container. */
export type Binaries = string | Container;

/**
 * Keepalives have no environment variable. A dead link ends a tool in under half a minute with
 * these; without them `pg_dump` hangs, and even SIGTERM does not end it.
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-KEEPALIVES
 */
export const deadLink =
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

/** A program of PostgreSQL where it is: on this host, or in a container. */
export const tool = (binaries: Binaries, name: string, {args, env, input}: Said): Command =>
  typeof binaries === 'string'
    ? {file: join(binaries, name), args, env}
    : inContainer(binaries, {file: name, args, env}, input);
