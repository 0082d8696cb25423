/** What is asked of the copy that a migration is rehearsed on. One JSON value per row. PostgreSQL 14 to 18. */
import {exclusiveModes} from '../model/deploy/rehearsal-locks.ts';
import {literal, qualified} from './sql.ts';

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

/** What `ColumnFacts` says. */
export const columns = `
SELECT json_build_object('table', n.nspname || '.' || c.relname, 'name', c.relname, 'column', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
  'needsValue', a.attnotnull AND NOT a.atthasdef AND a.attidentity = '' AND c.relkind IN ('r', 'p'))
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p', 'v', 'm', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`;

export const rowsOf = (table: {readonly schema: string; readonly name: string}): string =>
  `SELECT to_json(count(*)) FROM ONLY ${qualified(table)}`;

/** `{bytes, next}`: the size, and the next transaction that writes; every one that wrote has raised it. */
export const databaseFacts = `
SELECT json_build_object('bytes', pg_database_size(current_database()), 'next', pg_snapshot_xmax(pg_current_snapshot())::text)`;

export const canLogin = (role: string): string =>
  `SELECT to_json(count(*)) FROM pg_roles WHERE rolname = ${literal(role)} AND rolcanlogin`;
