/** What a deploy asks a database: its revision, its schema as one word, who waits for whom. One JSON value per row. */
import {literal} from './sql.ts';

/** The operator's own query for the revision of the schema: what its rows say, in one text. */
export const revision = (sql: string): string => `
SELECT json_build_object('revision', string_agg(value, ',' ORDER BY value COLLATE "C"))
FROM (${sql.replace(/;\s*$/, '')}\n) AS answer, LATERAL (SELECT value FROM jsonb_each_text(to_jsonb(answer)) LIMIT 1) AS first`;

const ours = `n.nspname !~ '^pg_' AND n.nspname NOT IN ('information_schema') AND n.nspname !~ '^pgkeep_'`;

/**
 * One word for everything that a migration can change but rows: two that differ tell that something was
 * changed, also where the revision says that nothing was.
 */
export const schemaWord = `
SELECT to_json(coalesce(md5(string_agg(line, E'\\n' ORDER BY line COLLATE "C")), '')) FROM (
  SELECT concat_ws('|', 'r', n.nspname, c.relname, c.relkind, c.relpersistence, pg_get_userbyid(c.relowner), c.relacl, c.reloptions,
    CASE WHEN c.relkind IN ('v', 'm') THEN md5(pg_get_viewdef(c.oid)) END) AS line
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${ours} AND c.relkind <> 't'
  UNION ALL
  SELECT concat_ws('|', 'a', n.nspname, c.relname, a.attnum, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull, a.attidentity, a.attgenerated, a.attisdropped, pg_get_expr(d.adbin, d.adrelid))
  FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum WHERE ${ours} AND a.attnum > 0 AND c.relkind <> 't'
  UNION ALL
  SELECT concat_ws('|', 'i', n.nspname, c.relname, pg_get_indexdef(i.indexrelid), i.indisvalid)
  FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${ours}
  UNION ALL
  SELECT concat_ws('|', 'c', n.nspname, o.conrelid::regclass, o.conname, o.convalidated, pg_get_constraintdef(o.oid))
  FROM pg_constraint o JOIN pg_namespace n ON n.oid = o.connamespace WHERE ${ours}
  UNION ALL
  SELECT concat_ws('|', 'p', n.nspname, p.oid::regprocedure, md5(p.prosrc), p.proconfig) FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace WHERE ${ours}
  UNION ALL
  SELECT concat_ws('|', 't', n.nspname, c.relname, t.tgname, t.tgenabled, pg_get_triggerdef(t.oid))
  FROM pg_trigger t JOIN pg_class c ON c.oid = t.tgrelid JOIN pg_namespace n ON n.oid = c.relnamespace WHERE ${ours} AND NOT t.tgisinternal
  UNION ALL
  SELECT concat_ws('|', 'e', n.nspname, t.typname, e.enumsortorder, e.enumlabel)
  FROM pg_enum e JOIN pg_type t ON t.oid = e.enumtypid JOIN pg_namespace n ON n.oid = t.typnamespace WHERE ${ours}
  UNION ALL
  SELECT concat_ws('|', 'x', extname, extversion) FROM pg_extension
  UNION ALL
  SELECT concat_ws('|', 'y', schemaname, tablename, policyname, cmd, roles, qual, with_check) FROM pg_policies
) AS lines`;

/** Indexes that a CREATE INDEX CONCURRENTLY has left without finishing them. */
export const invalidIndexes = `
SELECT to_json(indexrelid::regclass::text) FROM pg_index WHERE NOT indisvalid ORDER BY indexrelid::regclass::text COLLATE "C"`;

export type Waiting = {
  readonly pid: number;
  /** How long it waits for the lock that it waits for now. */
  readonly seconds: number;
  readonly table: string | null;
  readonly blockers: readonly {
    readonly pid: number;
    readonly application: string;
    readonly state: string;
    /** Of its transaction. */
    readonly seconds: number | null;
  }[];
};

/** Sessions from these addresses, or under this name. */
export type Sessions = {readonly addresses: readonly string[]; readonly application: string};

const those = ({addresses, application}: Sessions): string =>
  [
    `a.application_name = ${literal(application)}`,
    ...(addresses.length > 0
      ? [`host(a.client_addr) IN (${addresses.map(literal).join(', ')})`]
      : []),
  ].join(' OR ');

/** Those of the sessions that wait for a lock, and for whom. */
export const waiting = (sessions: Sessions): string => `
SELECT json_build_object('pid', a.pid, 'seconds', extract(epoch FROM clock_timestamp() - l.waitstart),
  'table', CASE WHEN l.relation IS NOT NULL THEN l.relation::regclass::text END,
  'blockers', (SELECT coalesce(json_agg(json_build_object('pid', b.pid, 'application', coalesce(b.application_name, ''), 'state', coalesce(b.state, ''),
    'seconds', extract(epoch FROM clock_timestamp() - b.xact_start))), '[]')
    FROM pg_stat_activity b WHERE b.pid = ANY (pg_blocking_pids(a.pid))))
FROM pg_stat_activity a JOIN pg_locks l ON l.pid = a.pid AND NOT l.granted AND l.waitstart IS NOT NULL
WHERE (${those(sessions)}) AND a.pid <> pg_backend_pid()`;

/** Cancels what a session does now: its transaction fails, and can be tried again. */
export const cancel = (pid: number): string => `SELECT to_json(pg_cancel_backend(${pid}))`;

/** One session of a server, whatever takes its process id after it. */
export type SessionId = {readonly pid: number; readonly since: string};

/** Which sessions these are now. */
export const sessionIds = (sessions: Sessions): string => `
SELECT json_build_object('pid', a.pid, 'since', a.backend_start) FROM pg_stat_activity a WHERE (${those(sessions)}) AND a.pid <> pg_backend_pid()`;

/** Ends those of them that are still there; gives how many. */
export const endThese = (ids: readonly SessionId[]): string => `
SELECT to_json(count(pg_terminate_backend(a.pid))) FROM pg_stat_activity a
WHERE (a.pid, a.backend_start) IN (${ids.map(({pid, since}) => `(${pid}, ${literal(since)}::timestamptz)`).join(', ')})`;

/** One deploy per database, across hosts; freed when the session ends. */
export const takeDeployLock = (database: string): string =>
  `SELECT to_json(pg_try_advisory_lock(1885827441, hashtext(${literal(database)})))`;

/** Whether a session is still there. */
export const answers = 'SELECT to_json(true)';

export type LockHolder = {
  readonly pid: number;
  readonly application: string;
  readonly address: string;
  readonly since: string;
};

/** Who has that lock. */
export const deployLockHolder = (database: string): string => `
SELECT json_build_object('pid', a.pid, 'application', coalesce(a.application_name, ''), 'address', coalesce(host(a.client_addr), 'local'), 'since', a.backend_start)
FROM pg_locks l JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.classid = 1885827441 AND l.objid = (hashtext(${literal(database)})::int8 & 4294967295)::oid AND l.granted`;

/** Ends one session. */
export const endSession = (pid: number): string => `SELECT to_json(pg_terminate_backend(${pid}))`;
