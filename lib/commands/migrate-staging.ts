/**
 * What is said to the target to build tables in a schema of their own, load them, compare them, and
 * move them into place. https://www.postgresql.org/docs/current/sql-copy.html
 */
import {type IncomingColumn, type IncomingTable, loadedColumns} from '../model/migrate/incoming.ts';
import {type RunNote, runComment} from '../model/migrate/run-note.ts';
import {
  recordComment,
  recordSchemaName,
  type SourceRecord,
} from '../model/migrate/source-record.ts';
import {createPartitions, partitionClause} from './migrate-partitions.ts';
import {identifier, literal, qualified} from './sql.ts';

export const createSchema = (schema: string, note: RunNote): readonly string[] => [
  `CREATE SCHEMA ${identifier(schema)}`,
  commentOnSchema(schema, note),
];

export const commentOnSchema = (schema: string, note: RunNote): string =>
  `COMMENT ON SCHEMA ${identifier(schema)} IS ${literal(runComment(note))}`;

export const dropSchema = (schema: string): string =>
  `DROP SCHEMA IF EXISTS ${identifier(schema)} CASCADE`;

/** Only an empty one: that nothing was forgotten is what its success says. */
export const dropEmptySchema = (schema: string): string => `DROP SCHEMA ${identifier(schema)}`;

export const hasSchema = (schema: string): string =>
  `SELECT to_json(EXISTS (SELECT FROM pg_namespace WHERE nspname = ${literal(schema)}))`;

/** Whatever role or database say: after a lock was waited for, what is there then counts. */
export const begin = 'BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE';

/** What a staging schema holds that has to be moved by name; the rest comes with its table. */
export const builtIn = (schema: string): string => `
SELECT json_build_object('kind', CASE c.relkind WHEN 'v' THEN 'view' ELSE 'table' END, 'name', c.relname)
FROM pg_class c WHERE c.relnamespace = to_regnamespace(${literal(identifier(schema))}) AND c.relkind IN ('r', 'p', 'v')
UNION ALL SELECT json_build_object('kind', 'collation', 'name', collname)
FROM pg_collation WHERE collnamespace = to_regnamespace(${literal(identifier(schema))})`;

/** The statements that take out again what spans tables: a run that goes on makes it anew. */
export const spanning = (schema: string): string => `
SELECT to_json(format('ALTER TABLE %I.%I DROP CONSTRAINT %I', n.nspname, c.relname, k.conname))
FROM pg_constraint k JOIN pg_class c ON c.oid = k.conrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ${literal(schema)} AND k.contype = 'f' AND k.conparentid = 0
UNION ALL SELECT to_json(format('DROP VIEW IF EXISTS %I.%I CASCADE', n.nspname, c.relname))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE n.nspname = ${literal(schema)} AND c.relkind = 'v'`;

/** Names without a schema are those of the staging schema from here on, then types of the target's own, such as citext. */
export const inSchema = (schema: string, target: string): string =>
  `SET search_path = ${identifier(schema)}, ${identifier(target)}`;

export const dropTable = (schema: string, name: string): string =>
  `DROP TABLE IF EXISTS ${qualified({schema, name})} CASCADE`;

/** Bare but for NOT NULL and generated columns: keys and indexes come when the rows are there. */
export const createTable = (schema: string, table: IncomingTable): readonly string[] => [
  `CREATE TABLE ${qualified({schema, name: table.name})} (${table.columns.map((column) => definition(schema, column)).join(', ')})${partitionClause(table)}`,
  ...createPartitions(schema, table),
];

const definition = (
  schema: string,
  {name, type, collation, isNotNull, generated}: IncomingColumn,
) =>
  [
    identifier(name),
    type,
    ...(collation === undefined ? [] : [`COLLATE ${qualified({schema, name: collation})}`]),
    ...(generated === undefined ? [] : [`GENERATED ALWAYS AS (${generated}) STORED`]),
    ...(isNotNull ? ['NOT NULL'] : []),
  ].join(' ');

/**
 * The statements of one transaction that fills a table from standard input. Emptied first, so that a
 * second try begins anew, and so that FREEZE holds: the rows need no second writing by VACUUM. (Partitions can't
 * be filled so through their parent.)
 */
export const loadStatements = (schema: string, table: IncomingTable): readonly string[] => {
  const place = qualified({schema, name: table.name});
  const columns = loadedColumns(table).map(({name}) => identifier(name));
  return [
    "SET datestyle = 'ISO, YMD'",
    "SET timezone = 'UTC'",
    'SET synchronous_commit = off',
    `TRUNCATE ${place}`,
    `COPY ${place} (${columns.join(', ')}) FROM STDIN WITH (FORMAT text, ENCODING 'UTF8'${table.partitioning ? '' : ', FREEZE'})`,
  ];
};

/**
 * The statements that print a table's rows as the source's lines for comparison. In the order in
 * which they lie, which is that in which they came: nothing else writes into the staging schema.
 */
export const printStatements = (schema: string, table: IncomingTable): readonly string[] => {
  const columns = table.columns.map(({name, canonical}) => writtenAs(identifier(name), canonical));
  return [
    ...plainText,
    `COPY (SELECT ${columns.join(', ')} FROM ${rowsOf(schema, table)}) TO STDOUT WITH (FORMAT text, ENCODING 'UTF8')`,
  ];
};

const writtenAs = (column: string, canonical: string | undefined) =>
  canonical === undefined ? column : canonical.replaceAll('{x}', () => column);

const plainText: readonly string[] = [
  "SET datestyle = 'ISO, YMD'",
  "SET timezone = 'UTC'",
  "SET intervalstyle = 'postgres'",
  'SET bytea_output = hex',
  'SET extra_float_digits = 1',
  'SET synchronize_seqscans = off',
  'SET row_security = off',
  'SET statement_timeout = 0',
];

export const countRows = (schema: string, table: IncomingTable): string =>
  `SELECT to_json(count(*)) FROM ${rowsOf(schema, table)}`;

const rowsOf = (schema: string, {name, partitioning, later}: IncomingTable): string =>
  later ? `(${later(schema)}) AS t` : `${partitioning ? '' : 'ONLY '}${qualified({schema, name})}`;

/** Partitions included. */
export const countTree = (schema: string, name: string): string =>
  `SELECT to_json(count(*)) FROM ${qualified({schema, name})}`;

/** What else refers to these tables, and goes on with them when they are put aside. */
export const dependents = (schema: string, names: readonly string[]): string => `
WITH aside AS (SELECT c.oid, c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE n.nspname = ${literal(schema)} AND c.relname = ANY (ARRAY[${names.map(literal).join(', ')}]::text[]))
SELECT json_build_object('what', format('the foreign key %I of the table %I', k.conname, k.conrelid::regclass::text), 'on', a.relname)
FROM pg_constraint k JOIN aside a ON a.oid = k.confrelid WHERE k.contype = 'f' AND NOT EXISTS (SELECT FROM aside b WHERE b.oid = k.conrelid)
UNION ALL
SELECT DISTINCT ON (v.oid, a.oid) json_build_object('what', format('the view %I', v.relname), 'on', a.relname)
FROM aside a JOIN pg_depend d ON d.refclassid = 'pg_class'::regclass AND d.refobjid = a.oid AND d.classid = 'pg_rewrite'::regclass
JOIN pg_rewrite r ON r.oid = d.objid JOIN pg_class v ON v.oid = r.ev_class
WHERE v.oid <> a.oid AND NOT EXISTS (SELECT FROM aside b WHERE b.oid = v.oid)`;

/** What another run needs to know to leave a table as it is. */
export const noteLoaded = (schema: string, name: string, note: object): string =>
  `COMMENT ON TABLE ${qualified({schema, name})} IS ${literal(JSON.stringify(note))}`;

/** The tables that have such a comment still: a statement of the map may have given another. */
export const notedLoaded = (schema: string): string => `
SELECT to_json(c.relname) FROM pg_class c WHERE c.relnamespace = to_regnamespace(${literal(identifier(schema))})
  AND c.relkind IN ('r', 'p') AND obj_description(c.oid, 'pg_class') LIKE '{"source":%'`;

/** In its place a table has no comment of ours: it would be the application's. */
export const forgetLoaded = (schema: string, name: string): string =>
  `COMMENT ON TABLE ${qualified({schema, name})} IS NULL`;

export const createRecord = (record: SourceRecord, at: number): readonly string[] => {
  const schema = identifier(recordSchemaName(record.run, at));
  return [
    `CREATE SCHEMA ${schema}`,
    `COMMENT ON SCHEMA ${schema} IS ${literal(recordComment(record))}`,
  ];
};

export const analyzeTable = (schema: string, name: string): string =>
  `ANALYZE ${qualified({schema, name})}`;

/** Every schema that a run has left here, with its comment and the comments of its tables. */
export const runSchemas = `
SELECT json_build_object('name', n.nspname, 'comment', obj_description(n.oid, 'pg_namespace'),
  'isMine', pg_has_role(n.nspowner, 'USAGE'), 'isOwn', pg_get_userbyid(n.nspowner) = current_user,
  'tables', coalesce((SELECT json_agg(json_build_object('name', c.relname, 'comment', obj_description(c.oid, 'pg_class')))
    FROM pg_class c WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p')), '[]'))
FROM pg_namespace n WHERE left(n.nspname, 7) = 'pgkeep_' ORDER BY n.nspname COLLATE "C"`;

/** What has these names in the target's schema: one row each. */
export const presentRelations = (schema: string): string => `
SELECT json_build_object('name', c.relname, 'kind', c.relkind, 'estimate', c.reltuples::int8, 'hidesRows', c.relkind IN ('r', 'p') AND row_security_active(c.oid),
  'isMine', pg_has_role(c.relowner, 'USAGE'), 'isExtension', EXISTS (SELECT FROM pg_depend d
    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e'),
  'ownedBy', (SELECT t.relname FROM pg_depend d JOIN pg_class t ON t.oid = d.refobjid
    WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype IN ('a', 'i') AND t.relkind IN ('r', 'p') LIMIT 1),
  'indexOf', (SELECT t.relname FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid WHERE i.indexrelid = c.oid))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ${literal(schema)} AND c.relkind IN ('r', 'p', 'v', 'm', 'f', 'S', 'i', 'I')`;

export type Moved = {readonly kind: 'table' | 'view' | 'collation'; readonly name: string};

/** One object from one schema to another, with its indexes, constraints and sequences. */
export const moveObject = (from: string, to: string, {kind, name}: Moved): string =>
  `ALTER ${kind.toUpperCase()} ${qualified({schema: from, name})} SET SCHEMA ${identifier(to)}`;
