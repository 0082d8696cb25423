/**
 * What is asked of a server about its databases, and said to it to make, rename and drop them. Asked in
 * another database than the one it is about. Each answer is one JSON value per row.
 */
import {identifier, literal} from './sql.ts';

/** One restore or undo per database, across hosts; freed when the session ends. Needs `maintenance`. */
export const takeDatabaseLock = (database: string): string =>
  `SELECT to_json(pg_try_advisory_lock(1885827440, hashtext(${literal(database)})))`;

/** What hangs on a database itself and not on what is in it: all of it has to come along when another takes its place. */
export const databaseTraits = (database: string): string => `
SELECT json_build_object(
  'oid', d.oid::int8, 'name', d.datname, 'owner', pg_get_userbyid(d.datdba), 'isTemplate', d.datistemplate,
  'allowsConnections', d.datallowconn, 'connectionLimit', d.datconnlimit,
  'encoding', pg_encoding_to_char(d.encoding), 'collation', d.datcollate, 'characterType', d.datctype,
  'bytes', CASE WHEN has_database_privilege(d.oid, 'CONNECT') OR pg_has_role('pg_read_all_stats', 'USAGE') THEN pg_database_size(d.oid) END,
  'comment', shobj_description(d.oid, 'pg_database'),
  'grants', coalesce((SELECT json_agg(line ORDER BY line COLLATE "C") FROM (
    SELECT concat_ws(' ', CASE a.grantee WHEN 0 THEN 'PUBLIC' ELSE pg_get_userbyid(a.grantee) END, a.privilege_type, a.is_grantable, pg_get_userbyid(a.grantor)) AS line
    FROM aclexplode(coalesce(d.datacl, acldefault('d', d.datdba))) a) AS lines), '[]'),
  'settings', coalesce((SELECT json_agg(line ORDER BY line COLLATE "C") FROM (
    SELECT concat_ws(' ', CASE s.setrole WHEN 0 THEN '' ELSE pg_get_userbyid(s.setrole) END, entry) AS line
    FROM pg_db_role_setting s, unnest(s.setconfig) AS entry WHERE s.setdatabase = d.oid) AS lines), '[]'),
  'parameters', coalesce((SELECT json_agg(json_build_object('role', CASE WHEN s.setrole <> 0 THEN pg_get_userbyid(s.setrole) END, 'name', split_part(entry, '=', 1)))
    FROM pg_db_role_setting s, unnest(s.setconfig) AS entry WHERE s.setdatabase = d.oid), '[]'))
FROM pg_database d WHERE d.datname = ${literal(database)}`;

/** Where the tablespace of a database lies, on the server; empty for the one below the data directory. */
export const tablespaceOf = (database: string): string =>
  `SELECT to_json(pg_tablespace_location(dattablespace)) FROM pg_database WHERE datname = ${literal(database)}`;

/** Every database with its comment and owner: what restores have left is among them. */
export const databases = `
SELECT json_build_object('oid', d.oid::int8, 'name', d.datname, 'comment', shobj_description(d.oid, 'pg_database'),
  'owner', pg_get_userbyid(d.datdba), 'isOwnerSuperuser', coalesce(r.rolsuper, false))
FROM pg_database d LEFT JOIN pg_roles r ON r.oid = d.datdba ORDER BY d.datname COLLATE "C"`;

/**
 * What the connecting role may do. To be the owner of something takes the right to use a role's rights and,
 * since 16, to become that role; to grant one took CREATEROLE alone before 16.
 * https://www.postgresql.org/docs/current/sql-createrole.html
 */
export const restorer = (major: number): string => {
  const isAdmin = "pg_has_role(o.oid, 'MEMBER WITH ADMIN OPTION')";
  const isCreator = major >= 16 ? 'false' : 'r.rolcreaterole AND NOT o.rolsuper';
  const mayAlter = `NOT o.rolsuper AND r.rolcreaterole AND (${isAdmin} OR ${isCreator})`;
  const become = major >= 16 ? 'SET' : 'MEMBER';
  const granted =
    major >= 15
      ? "UNION SELECT parname FROM pg_parameter_acl WHERE has_parameter_privilege(parname, 'SET')"
      : '';
  return `
SELECT json_build_object('role', r.rolname, 'isSuperuser', r.rolsuper, 'maySignal', pg_has_role('pg_signal_backend', 'MEMBER'),
  'mayCreateDatabases', r.rolsuper OR r.rolcreatedb, 'mayCreateRoles', r.rolsuper OR r.rolcreaterole,
  'powers', array_remove(ARRAY[CASE WHEN r.rolsuper THEN 'SUPERUSER' END, CASE WHEN r.rolcreaterole THEN 'CREATEROLE' END,
    CASE WHEN r.rolcreatedb THEN 'CREATEDB' END, CASE WHEN r.rolreplication THEN 'REPLICATION' END, CASE WHEN r.rolbypassrls THEN 'BYPASSRLS' END], NULL),
  'roles', (SELECT json_agg(json_build_object('name', o.rolname, 'isSuperuser', o.rolsuper,
    'isMine', pg_has_role(o.oid, 'USAGE') AND pg_has_role(o.oid, '${become}'),
    'mayGrant', r.rolsuper OR ${isAdmin} OR ${isCreator}, 'mayAlter', r.rolsuper OR o.oid = r.oid OR (${mayAlter}))) FROM pg_roles o),
  'extensions', (SELECT coalesce(json_agg(json_build_object('name', e.name, 'isTrusted', e.trusted)), '[]') FROM (
    SELECT name, bool_or(trusted OR NOT superuser) AS trusted FROM pg_available_extension_versions GROUP BY name) e),
  'parameters', (SELECT json_agg(lower(s.name)) FROM (SELECT name FROM pg_settings WHERE context = 'user' ${granted}) s),
  'dataDirectory', CASE WHEN r.rolsuper OR pg_has_role('pg_read_all_settings', 'MEMBER') THEN current_setting('data_directory') END)
FROM pg_roles r WHERE r.rolname = current_user`;
};

/**
 * Sessions in a database, but for our own. Of other roles' a role without pg_read_all_stats is told who they are of
 * and not what they are. https://www.postgresql.org/docs/current/monitoring-stats.html#MONITORING-STATS-VIEWS
 */
export const clientsOf = (database: string): string => `
SELECT json_build_object('pid', a.pid, 'role', coalesce(a.usename, ''), 'isSuperuser', coalesce(r.rolsuper, false),
  'isMine', a.usesysid IS NOT NULL AND pg_has_role(a.usesysid, 'USAGE'),
  'application', a.application_name, 'address', coalesce(host(a.client_addr), CASE WHEN a.backend_type IS NULL THEN 'unknown' ELSE 'local' END), 'state', coalesce(a.state, ''))
FROM pg_stat_activity a LEFT JOIN pg_roles r ON r.oid = a.usesysid
WHERE a.datname = ${literal(database)} AND a.usesysid IS NOT NULL AND coalesce(a.backend_type, 'client backend') = 'client backend' AND a.pid <> pg_backend_pid()
ORDER BY a.usename, a.pid`;

/** What keeps a database from being renamed, or stays bound to it under its new name. https://www.postgresql.org/docs/current/sql-alterdatabase.html */
export const blockersOf = (database: string): string => `
SELECT json_build_object('kind', 'prepared transaction', 'name', gid) FROM pg_prepared_xacts WHERE database = ${literal(database)}
UNION ALL SELECT json_build_object('kind', 'logical replication slot', 'name', slot_name) FROM pg_replication_slots WHERE database = ${literal(database)}
UNION ALL SELECT json_build_object('kind', 'subscription', 'name', s.subname) FROM pg_subscription s JOIN pg_database d ON d.oid = s.subdbid WHERE d.datname = ${literal(database)}`;

/** The name that a database has now; no row where it is gone. */
export const nameOf = (oid: number): string =>
  `SELECT to_json(datname) FROM pg_database WHERE oid = ${oid}`;

/** Ends every client in a database but our own: gives how many were told. Workers of autovacuum make way for a rename or a drop by themselves. */
export const endClients = (database: string): string => `
SELECT to_json(count(pg_terminate_backend(pid))) FROM pg_stat_activity
WHERE datname = ${literal(database)} AND usesysid IS NOT NULL AND pid <> pg_backend_pid()`;

/** Waits up to five seconds for the clients to go, then 55006; in a transaction both names change together. */
export const renameDatabase = (from: string, to: string): string =>
  `ALTER DATABASE ${identifier(from)} RENAME TO ${identifier(to)}`;

export const commentOnDatabase = (database: string, comment: string | null): string =>
  `COMMENT ON DATABASE ${identifier(database)} IS ${comment === null ? 'NULL' : literal(comment)}`;

/** Not for a transaction. For one that never served. 55006 where somebody is connected. */
export const dropUnused = (database: string): string =>
  `DROP DATABASE IF EXISTS ${identifier(database)}`;

/** Not for a transaction. 55006 where somebody is connected. */
export const dropDatabase = (database: string): string => `DROP DATABASE ${identifier(database)}`;
