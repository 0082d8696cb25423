/**
 * Why a server gave no session. libpq speaks English to us (LC_ALL=C), the server whatever it is set
 * to: what no sentence is known for counts as a refusal, and the sentence itself is the cause.
 */
import type {Connection} from './connection.ts';
import {OpsError} from './errors.ts';

/** What `pg_isready` found. https://www.postgresql.org/docs/current/app-pg-isready.html */
export type Readiness = 'accepts' | 'rejects' | 'silent' | 'not-tried';

/** pg_isready's exit codes. */
export const readinessOf = (exitCode: number | undefined): Readiness =>
  exitCode === 0 ? 'accepts' : exitCode === 1 ? 'rejects' : exitCode === 3 ? 'not-tried' : 'silent';

/** The client waited in vain: there is nothing to ask a second time. */
export const isTimeout = (said: string): boolean => /timeout expired/.test(said);

/**
 * The error where no patience helps; undefined where trying again may. Kinds: settings for what libpq
 * itself does not take; unavailable for a socket that this user may not use, and for a refused login.
 */
export const finalFault = (
  connection: Connection,
  {said, readiness, cause}: {said: string; readiness: Readiness; cause: unknown},
): OpsError | undefined => {
  if (readiness === 'not-tried')
    return new OpsError('settings', `libpq does not take the connection of ${connection.source}`, {
      hint: 'correct what the cause names: `pgkeep settings` shows what is used and where it came from',
      cause,
    });
  if (/connection to server on socket .* failed: Permission denied/.test(said))
    return new OpsError('unavailable', "this user may not use the server's socket", {
      hint: 'run pgkeep as a user that may, or connect by a host name: `pgkeep settings` shows what is used',
      cause,
    });
  if (readiness !== 'accepts' || isFull(said)) return undefined;
  return new OpsError('unavailable', `the server is there, but it refused ${loginOf(connection)}`, {
    hint: 'check user, password, database and pg_hba.conf: `pgkeep settings` shows what is used and where it came from',
    cause,
  });
};

/** Somebody may leave in a moment. */
const isFull = (said: string) =>
  /too many (clients|connections)|remaining connection slots/.test(said);

const loginOf = ({libpq, source}: Connection): string => {
  const role = libpq['PGUSER'] === undefined ? 'the login' : `the login of '${libpq['PGUSER']}'`;
  const database =
    libpq['PGDATABASE'] === undefined ? 'the database' : `the database '${libpq['PGDATABASE']}'`;
  const password =
    libpq['PGPASSWORD'] !== undefined
      ? `a password was given: ${source}`
      : libpq['PGPASSFILE'] !== undefined
        ? `passwords are looked for in ${libpq['PGPASSFILE']}`
        : `no password was given: ${source}`;
  return `${role} or ${database} (${password})`;
};
