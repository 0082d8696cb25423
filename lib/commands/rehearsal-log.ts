/** The log of the copy that a migration is rehearsed on, as a table of its own. One JSON value per row. PostgreSQL 14 to 18. */
import {identifier, literal} from './sql.ts';

/** A database of the copy beside the application's: nothing that a migration does meets a session in it. */
export const logDatabase = 'pgkeep_rehearsal_log';

const folder = '/tmp/pgkeep/log';

/**
 * Every statement with its time, and what the server refuses; in a file of the container, which goes with
 * it. No values of parameters. https://www.postgresql.org/docs/current/runtime-config-logging.html
 */
export const logSettings = {
  logging_collector: 'on',
  log_destination: 'csvlog',
  log_directory: folder,
  log_filename: 'rehearsal.log',
  log_rotation_age: '0',
  log_rotation_size: '0',
  log_min_duration_statement: '0',
  log_min_messages: 'error',
  log_parameter_max_length: '0',
  log_parameter_max_length_on_error: '0',
  log_checkpoints: 'off',
  log_autovacuum_min_duration: '-1',
  lc_messages: 'C',
} as const;

const logColumns =
  'log_time user_name database_name process_id connection_from session_id session_line_num command_tag session_start_time virtual_transaction_id transaction_id error_severity sql_state_code message detail hint internal_query internal_query_pos context query query_pos location application_name backend_type leader_pid query_id'.split(
    ' ',
  );

/** In `logDatabase`: a line of the log a row. https://www.postgresql.org/docs/current/runtime-config-logging.html#RUNTIME-CONFIG-LOGGING-CSVLOG */
export const createLog = `CREATE UNLOGGED TABLE public.log (line bigserial, ${logColumns.map((name) => `${name} text`).join(', ')})`;

/** The whole file, once more. */
export const loadLog: readonly string[] = [
  'TRUNCATE public.log RESTART IDENTITY',
  `COPY public.log (${logColumns.join(', ')}) FROM ${literal(`${folder}/rehearsal.csv`)} WITH (FORMAT csv)`,
];

/** A statement that stands in the log between what came before and what comes after. */
export const mark = (word: string): string =>
  `SELECT to_json(${literal(`pgkeep mark ${word}`)}::text)`;

/** The line of a mark; no row where it is not in the file yet. */
export const markLine = (word: string): string =>
  `SELECT to_json(line) FROM public.log WHERE connection_from = '[local]' AND message LIKE ${literal(`%statement: ${mark(word)}%`)} ORDER BY line LIMIT 1`;

export type Window = {readonly from: number; readonly to: number};

/** What came by the network, and so not from pgkeep. */
const between = ({from, to}: Window) =>
  `line > ${from} AND line < ${to} AND connection_from <> '[local]'`;

const mostStatements = 5_000;

/** What `LoggedStatement` says, in the order in which they were first run. */
export const loggedStatements = (window: Window): string => `
SELECT json_build_object('statement', left(statement, 4000), 'milliseconds', milliseconds, 'times', times) FROM (
  SELECT regexp_replace(message, '^duration: [0-9.]+ ms  (statement|execute [^:]*): ', '') AS statement,
    sum(substring(message FROM '^duration: ([0-9.]+) ms')::float8) AS milliseconds, count(*) AS times, min(line) AS line
  FROM public.log WHERE ${between(window)} AND message ~ '^duration: [0-9.]+ ms  (statement|execute [^:]*): '
  GROUP BY 1 ORDER BY 2 DESC LIMIT ${mostStatements}) AS slowest ORDER BY line`;

const address = "regexp_replace(connection_from, ':[0-9]+$', '')";

/** How many statements, by the address that they came from: `{address, statements}`. */
export const statementsByAddress = (window: Window): string => `
SELECT json_build_object('address', address, 'statements', statements) FROM (
  SELECT ${address} AS address, count(*) AS statements FROM public.log
  WHERE ${between(window)} AND message ~ '^duration: [0-9.]+ ms  (statement|execute [^:]*): ' GROUP BY 1) AS counted`;

/**
 * Refused because of what the schema is (names, rights, a value that is missing or breaks a check), of whom:
 * `{address, message}`. No other message: it could quote a row.
 */
export const refusalsByAddress = (window: Window): string => `
SELECT json_build_object('address', address, 'message', message) FROM (
  SELECT ${address} AS address, message, min(line) AS line FROM public.log
  WHERE ${between(window)} AND error_severity = 'ERROR' AND sql_state_code ~ '^(42(?!601)|23502|23514)'
  GROUP BY 1, 2 ORDER BY 3) AS refused`;

/** What the event triggers noted. */
export const notes = ({from, to}: Window): string => `
SELECT (substr(message, 8)::json) FROM public.log
WHERE line > ${from} AND line < ${to} AND error_severity = 'LOG' AND message LIKE 'pgkeep {%' ORDER BY line`;

export const createLogDatabase = `CREATE DATABASE ${identifier(logDatabase)} TEMPLATE template0`;
