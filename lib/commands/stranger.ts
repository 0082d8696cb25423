/** What is said to a server so that a stranger's dump is loaded by a role that may do nothing else. */
import {identifier, literal} from './sql.ts';

/** Owns the database that is built and nothing else; by the run, so that the next one knows whose it was. */
export const strangerFor = (run: string): string => `pgkeep_restore_${run}`;

/** https://www.postgresql.org/docs/current/sql-createrole.html */
export const createStranger = (
  role: string,
  {password, until, sessions}: {password: string; until: string; sessions: number},
): string =>
  `CREATE ROLE ${identifier(role)} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD ${literal(password)} VALID UNTIL ${literal(until)} CONNECTION LIMIT ${sessions}`;

/** A row where there is such a role. */
export const roleNamed = (role: string): string =>
  `SELECT to_json(rolname) FROM pg_roles WHERE rolname = ${literal(role)}`;

/** What is in this database, and the database itself, to another; then nothing holds the role any more. */
export const handOver = (role: string, owner: string): readonly string[] => [
  `REASSIGN OWNED BY ${identifier(role)} TO ${identifier(owner)}`,
  `DROP OWNED BY ${identifier(role)}`,
];

export const dropRole = (role: string): string => `DROP ROLE ${identifier(role)}`;

export const createEmpty = (database: string): string =>
  `CREATE DATABASE ${identifier(database)} TEMPLATE template0`;

export const ownDatabase = (database: string, owner: string): string =>
  `ALTER DATABASE ${identifier(database)} OWNER TO ${identifier(owner)}`;

/** Settings that hang on a database by its own name; whoever owned it may have made some. */
export const resetDatabase = (database: string): string =>
  `ALTER DATABASE ${identifier(database)} RESET ALL`;

/** Before PostgreSQL 15 the schema belongs to the first superuser. */
export const ownPublic = (owner: string): string =>
  `ALTER SCHEMA public OWNER TO ${identifier(owner)}`;

export const createSchema = (schema: string, owner: string): string =>
  `CREATE SCHEMA ${identifier(schema)} AUTHORIZATION ${identifier(owner)}`;

export const createExtension = (name: string, schema: string | undefined): string =>
  `CREATE EXTENSION IF NOT EXISTS ${identifier(name)}${schema === undefined ? '' : ` WITH SCHEMA ${identifier(schema)}`}`;

/** Tables of extensions whose rows a dump holds, as SQL names them. https://www.postgresql.org/docs/current/extend-extensions.html#EXTEND-EXTENSIONS-CONFIG-TABLES */
export const extensionTables = `
SELECT json_build_object('name', format('%I.%I', n.nspname, c.relname), 'isSequence', c.relkind = 'S')
FROM pg_extension e, unnest(e.extconfig) AS config JOIN pg_class c ON c.oid = config JOIN pg_namespace n ON n.oid = c.relnamespace`;

/** To write the rows of one of them, which belongs to whoever made the extension. */
export const mayFill = (
  {name, isSequence}: {readonly name: string; readonly isSequence: boolean},
  role: string,
): string =>
  `GRANT ${isSequence ? 'USAGE, SELECT, UPDATE ON SEQUENCE' : 'SELECT, INSERT ON TABLE'} ${name} TO ${identifier(role)}`;

/** Rows of a table whose name is SQL already; those of its children apart. */
export const countRows = (table: string, {only}: {readonly only: boolean}): string =>
  `SELECT to_json(count(*)) FROM ${only ? 'ONLY ' : ''}${table}`;
