/**
 * What is asked of a server's catalogs. Each sentence gives one JSON value per row, so that no
 * name, whatever is in it, can break the answer. They work on PostgreSQL 14 to 18.
 * https://www.postgresql.org/docs/current/catalogs.html
 */

/** Ours by birth and of no use to a reader: system schemas, temporary and TOAST schemas. */
const isOurs = `n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'`;

/**
 * Session settings that the text of a row depends on, pinned so that the same rows give the same
 * digest on every server; time-outs that a role may carry, lifted; and a server that notices
 * within seconds when we are gone.
 */
export const pinnedSession: readonly string[] = [
  'SET search_path = pg_catalog',
  'SET standard_conforming_strings = on',
  'SET statement_timeout = 0',
  'SET lock_timeout = 0',
  'SET idle_in_transaction_session_timeout = 0',
  'SET idle_session_timeout = 0',
  'SET row_security = off',
  "SET DateStyle = 'ISO, YMD'",
  'SET IntervalStyle = postgres',
  "SET TimeZone = 'UTC'",
  'SET bytea_output = hex',
  'SET extra_float_digits = 1',
  'SET xmloption = content',
  "SET lc_monetary = 'C'",
  'SET quote_all_identifiers = off',
  'SET client_min_messages = error',
  // Compiling a digest costs more than it saves.
  'SET jit = off',
];

/**
 * Asked for one by one, a refusal is no fault: PostgreSQL 17 has one more time-out that a role may
 * carry, minors of before August 2024 restrict nothing, and not every platform notices a lost client. A server that does gives the locks of a run
 * whose link died back within half a minute, not after the two hours of TCP itself.
 * https://www.postgresql.org/docs/current/runtime-config-connection.html#RUNTIME-CONFIG-TCP-SETTINGS
 */
export const optionalSession: readonly string[] = [
  'SET transaction_timeout = 0',
  // A table that is exchanged for a view must not run its owner's functions as us (CVE-2024-7348).
  "SET restrict_nonsystem_relation_kind = 'view, foreign-table'",
  "SET client_connection_check_interval = '5s'",
  'SET tcp_keepalives_idle = 10',
  'SET tcp_keepalives_interval = 5',
  'SET tcp_keepalives_count = 3',
];

/** Who and where we are. `systemIdentifier` is null where the role may not know it. */
export const serverFacts = `
SELECT json_build_object(
  'versionNumber', current_setting('server_version_num')::int,
  'version', current_setting('server_version'),
  'database', current_database(),
  'databaseOid', d.oid::int8,
  'databaseBytes', pg_database_size(d.oid),
  'role', current_user,
  'isSuperuser', (SELECT rolsuper FROM pg_roles WHERE rolname = current_user),
  'superuser', (SELECT rolname FROM pg_roles WHERE oid = 10),
  'encoding', pg_encoding_to_char(d.encoding),
  'collation', d.datcollate,
  'characterType', d.datctype,
  'isInRecovery', pg_is_in_recovery(),
  'quotesAll', current_setting('quote_all_identifiers') = 'on',
  'address', coalesce(host(inet_server_addr()), 'local socket'),
  'port', current_setting('port')::int,
  'startedAt', pg_postmaster_start_time(),
  'lockSlots', current_setting('max_locks_per_transaction')::int8
    * (current_setting('max_connections')::int8 + current_setting('max_prepared_transactions')::int8),
  'locksHeld', (SELECT count(*) FROM pg_locks))
FROM pg_database d WHERE d.datname = current_database()`;

/** Fails where the role may not read it (some managed servers). https://www.postgresql.org/docs/current/functions-info.html#FUNCTIONS-INFO-CONTROLDATA */
export const systemIdentifier = `SELECT to_json(system_identifier::text) FROM pg_control_system()`;

/**
 * Every relation that a dump is about, with what the role may do with it: tables with rows of
 * their own, partitioned tables, foreign tables, materialized views. Members of extensions come
 * with CREATE EXTENSION; only their configuration tables are dumped, under the extension's condition.
 * `tree`: rows of a table partitioned by the hash of an enum may land in other partitions on another
 * server (the hash is of the label's oid), so pg_dump loads them through the root and only the
 * whole tree can be compared.
 */
export const relations = `
SELECT json_build_object(
  'oid', c.oid::int8, 'schema', n.nspname, 'name', c.relname, 'kind', c.relkind,
  'isUnlogged', c.relpersistence = 'u',
  'fileNode', c.relfilenode::int8,
  'pages', c.relpages,
  'columns', (SELECT coalesce(json_agg(a.attname ORDER BY a.attname COLLATE "C"), '[]')
    FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
  'isReadable', has_schema_privilege(n.oid, 'USAGE') AND has_table_privilege(c.oid, 'SELECT'),
  'hidesRows', c.relkind IN ('r', 'p') AND row_security_active(c.oid),
  'condition', x.condition,
  'root', pg_partition_root(c.oid)::oid::int8,
  'tree', (SELECT a.relid::oid::int8 FROM pg_partition_ancestors(c.oid) WITH ORDINALITY AS a(relid, step)
    JOIN pg_partitioned_table h ON h.partrelid = a.relid
    WHERE (SELECT o.oid FROM pg_opclass o JOIN pg_am m ON m.oid = o.opcmethod
      WHERE o.opcname = 'enum_ops' AND o.opcnamespace = 'pg_catalog'::regnamespace AND m.amname = 'hash') = ANY (h.partclass)
    ORDER BY a.step DESC LIMIT 1))
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_depend e ON e.classid = 'pg_class'::regclass AND e.objid = c.oid AND e.objsubid = 0
  AND e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e'
LEFT JOIN LATERAL (
  SELECT u.condition FROM pg_extension p, unnest(p.extconfig, p.extcondition) AS u(config, condition)
  WHERE p.oid = e.refobjid AND u.config = c.oid) x ON true
WHERE c.relkind IN ('r', 'p', 'f', 'm') AND c.relpersistence <> 't' AND ${isOurs}
  AND (e.objid IS NULL OR x.condition IS NOT NULL)
ORDER BY c.relpages DESC, c.oid`;

/** Sequences with what they would give next; not transactional: they move while a snapshot stands. */
export const sequences = `
SELECT json_build_object(
  'oid', c.oid::int8, 'schema', n.nspname, 'name', c.relname, 'isCycling', s.seqcycle,
  'increment', s.seqincrement::text,
  'isReadable', has_schema_privilege(n.oid, 'USAGE') AND has_sequence_privilege(c.oid, 'SELECT'))
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
JOIN pg_sequence s ON s.seqrelid = c.oid
WHERE c.relpersistence <> 't' AND ${isOurs}
  AND NOT EXISTS (SELECT FROM pg_depend e WHERE e.classid = 'pg_class'::regclass AND e.objid = c.oid
    AND e.refclassid = 'pg_extension'::regclass AND e.deptype = 'e')
ORDER BY n.nspname COLLATE "C", c.relname COLLATE "C"`;

/** Large objects that the role may not read. https://www.postgresql.org/docs/current/lo-implementation.html */
export const unreadableLargeObjects = `
SELECT json_build_object('oid', m.oid::int8, 'owner', m.lomowner::regrole::text)
FROM pg_largeobject_metadata m
WHERE NOT (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
  AND NOT EXISTS (SELECT FROM aclexplode(coalesce(m.lomacl, acldefault('L', m.lomowner))) a
    WHERE a.privilege_type = 'SELECT' AND (a.grantee = 0 OR pg_has_role(a.grantee, 'USAGE')))
LIMIT 1000`;

export const extensions = `
SELECT json_build_object('name', e.extname, 'version', e.extversion, 'schema', n.nspname)
FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace
ORDER BY e.extname COLLATE "C"`;

/** Every role that a person or an installation made. */
export const roles = `
SELECT to_json(rolname) FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY rolname COLLATE "C"`;

/** Every database of the server; in C's order, whatever the server's own is. */
export const databases = `
SELECT json_build_object('name', datname, 'isTemplate', datistemplate,
  'allowsConnections', datallowconn, 'connectionLimit', datconnlimit)
FROM pg_database ORDER BY datname COLLATE "C"`;

/** What relations take on disk with their TOAST tables; null for one that is gone. https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADMIN-DBSIZE */
export const tableSizes = (oids: readonly number[]): string => `
SELECT json_build_object('oid', o::int8, 'bytes', pg_table_size(o::regclass)::int8)
FROM unnest('{${oids.join(',')}}'::oid[]) AS u(o)`;

/** The files that relations have now, by oid: seen outside any snapshot. */
export const fileNodesNow = (oids: readonly number[]): string => `
SELECT json_build_object('oid', o::int8, 'fileNode', pg_relation_filenode(o::regclass)::int8)
FROM unnest('{${oids.join(',')}}'::oid[]) AS u(o)`;

/** Who holds a lock that our ACCESS SHARE waits for. */
export const lockHolders = `
SELECT json_build_object('table', l.relation::regclass::text, 'pid', l.pid,
  'user', a.usename, 'application', a.application_name, 'state', a.state)
FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.mode = 'AccessExclusiveLock' AND l.granted AND l.relation IS NOT NULL AND l.pid <> pg_backend_pid()
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())
LIMIT 5`;

/** One pgkeep per database, across hosts; freed when the session ends. https://www.postgresql.org/docs/current/functions-admin.html#FUNCTIONS-ADVISORY-LOCKS */
export const takeServerLock = `SELECT to_json(pg_try_advisory_lock(1885827440, 1))`;

export const serverLockHolder = `
SELECT json_build_object('pid', l.pid, 'user', a.usename, 'address', coalesce(host(a.client_addr), 'the same host'),
  'since', a.backend_start)
FROM pg_locks l LEFT JOIN pg_stat_activity a ON a.pid = l.pid
WHERE l.locktype = 'advisory' AND l.classid = 1885827440 AND l.objid = 1 AND l.granted
  AND l.database = (SELECT oid FROM pg_database WHERE datname = current_database())`;
