/** What is asked of the copy that a migration is rehearsed on. One JSON value per row. PostgreSQL 14 to 18. */
import {exclusiveModes} from '../model/deploy/rehearsal-locks.ts';
import {identifier, literal, qualified} from './sql.ts';

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

const columns =
  'log_time user_name database_name process_id connection_from session_id session_line_num command_tag session_start_time virtual_transaction_id transaction_id error_severity sql_state_code message detail hint internal_query internal_query_pos context query query_pos location application_name backend_type leader_pid query_id'.split(
    ' ',
  );

/** In `logDatabase`: a line of the log a row. https://www.postgresql.org/docs/current/runtime-config-logging.html#RUNTIME-CONFIG-LOGGING-CSVLOG */
export const createLog = `CREATE UNLOGGED TABLE public.log (line bigserial, ${columns.map((name) => `${name} text`).join(', ')})`;

/** The whole file, once more. */
export const loadLog: readonly string[] = [
  'TRUNCATE public.log RESTART IDENTITY',
  `COPY public.log (${columns.join(', ')}) FROM ${literal(`${folder}/rehearsal.csv`)} WITH (FORMAT csv)`,
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

/** Refused because of what the schema is, of whom: `{address, message}`. No other message: it could quote a row. */
export const refusalsByAddress = (window: Window): string => `
SELECT json_build_object('address', address, 'message', message) FROM (
  SELECT ${address} AS address, message, min(line) AS line FROM public.log
  WHERE ${between(window)} AND error_severity = 'ERROR' AND sql_state_code ~ '^42' AND sql_state_code <> '42601'
  GROUP BY 1, 2 ORDER BY 3) AS refused`;

/** What the event triggers noted. */
export const notes = ({from, to}: Window): string => `
SELECT (substr(message, 8)::json) FROM public.log
WHERE line > ${from} AND line < ${to} AND error_severity = 'LOG' AND message LIKE 'pgkeep {%' ORDER BY line`;

const modes = exclusiveModes.map(literal).join(', ');
const schema = 'pgkeep_rehearsal';
const events = ['ddl_command_end', 'sql_drop', 'table_rewrite'] as const;

/**
 * In the application's database: what statements lock, drop and write anew goes to the log, where no rollback
 * takes it away. https://www.postgresql.org/docs/current/functions-event-triggers.html
 */
export const createNotes: readonly string[] = [
  `CREATE SCHEMA ${schema}`,
  `CREATE FUNCTION ${schema}.note() RETURNS event_trigger LANGUAGE plpgsql SET search_path = pg_catalog AS $pgkeep$
DECLARE facts jsonb;
BEGIN
  facts = jsonb_build_object('event', TG_EVENT, 'statement', left(current_query(), 2000),
    'milliseconds', extract(epoch FROM clock_timestamp() - statement_timestamp()) * 1000,
    'locks', (SELECT jsonb_agg(jsonb_build_object('table', relation::int8, 'mode', mode)) FROM pg_locks
      WHERE pid = pg_backend_pid() AND locktype = 'relation' AND granted AND mode IN (${modes}) AND relation >= 16384
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database())));
  IF TG_EVENT = 'table_rewrite' THEN
    facts = facts || jsonb_build_object('table', pg_event_trigger_table_rewrite_oid()::int8);
  ELSIF TG_EVENT = 'sql_drop' THEN
    facts = facts || jsonb_build_object('dropped', (SELECT jsonb_agg(object_type || ' ' || object_identity)
      FROM pg_event_trigger_dropped_objects() WHERE original AND NOT is_temporary
        AND object_type IN ('table', 'table column', 'view', 'materialized view', 'function', 'type', 'sequence', 'schema')));
  END IF;
  RAISE LOG 'pgkeep %', facts;
END $pgkeep$`,
  ...events.flatMap((event) => [
    `CREATE EVENT TRIGGER ${schema}_${event} ON ${event} EXECUTE FUNCTION ${schema}.note()`,
    `ALTER EVENT TRIGGER ${schema}_${event} ENABLE ALWAYS`,
  ]),
];

export const dropNotes: readonly string[] = [
  ...events.map((event) => `DROP EVENT TRIGGER IF EXISTS ${schema}_${event}`),
  `DROP SCHEMA IF EXISTS ${schema} CASCADE`,
];

/** The locks that keep others waiting, of whoever came by the network: `{pid, table, mode}`. */
export const heldLocks = (database: string): string => `
SELECT json_build_object('pid', l.pid, 'table', l.relation::int8, 'mode', l.mode)
FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'relation' AND l.granted AND l.mode IN (${modes}) AND l.relation >= 16384
  AND l.database = (SELECT oid FROM pg_database WHERE datname = ${literal(database)}) AND a.client_addr IS NOT NULL`;

/** What those do that came by the network. */
export const atWork = `
SELECT json_build_object('statement', left(query, 2000), 'seconds', extract(epoch FROM clock_timestamp() - query_start))
FROM pg_stat_activity WHERE client_addr IS NOT NULL AND state <> 'idle' ORDER BY query_start`;

/** `TableFacts` without the rows, and the parts of the name. */
export const tables = `
SELECT json_build_object('oid', c.oid::int8, 'schema', n.nspname, 'name', c.relname, 'node', pg_relation_filenode(c.oid)::int8, 'bytes', pg_total_relation_size(c.oid))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'm') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema' AND n.nspname <> '${schema}'
  AND (c.relkind = 'r' OR c.relispopulated) ORDER BY 1::text`;

export const rowsOf = (table: {readonly schema: string; readonly name: string}): string =>
  `SELECT to_json(count(*)) FROM ONLY ${qualified(table)}`;

/** `{bytes, next}`: the size, and the next transaction that writes; every one that wrote has raised it. */
export const databaseFacts = `
SELECT json_build_object('bytes', pg_database_size(current_database()), 'next', pg_snapshot_xmax(pg_current_snapshot())::text)`;

export const canLogin = (role: string): string =>
  `SELECT to_json(count(*)) FROM pg_roles WHERE rolname = ${literal(role)} AND rolcanlogin`;

export const createLogDatabase = `CREATE DATABASE ${identifier(logDatabase)} TEMPLATE template0`;
