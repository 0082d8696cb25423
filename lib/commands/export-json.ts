/** What is said to a server to write its tables as JSON. */
import {identifier, literal, qualified} from './sql.ts';

export type ExportedTable = {
  readonly name: string;
  /** Of the primary key, in its order; none: the rows come as they lie. */
  readonly key: readonly string[];
  /** Its rows are those of its partitions. */
  readonly isPartitioned: boolean;
  readonly isReadable: boolean;
  /** Row-level security keeps rows from this role. */
  readonly hidesRows: boolean;
};

/** The rows of a table itself: what inherits from it is a table of its own. */
export const rowsIn = (
  schema: string,
  {name, isPartitioned}: Pick<ExportedTable, 'name' | 'isPartitioned'>,
): string => `${isPartitioned ? '' : 'ONLY '}${qualified({schema, name})}`;

/** Tables and the roots of partitioned ones, by name; what extensions brought and partitions apart. */
export const exportedTables = (schema: string): string => `
SELECT json_build_object('name', c.relname, 'isPartitioned', c.relkind = 'p', 'isReadable', has_table_privilege(c.oid, 'SELECT'), 'hidesRows', row_security_active(c.oid), 'key', coalesce((
  SELECT json_agg(a.attname ORDER BY k.place) FROM pg_index i
  CROSS JOIN unnest(i.indkey) WITH ORDINALITY AS k(attnum, place)
  JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = k.attnum
  WHERE i.indrelid = c.oid AND i.indisprimary), '[]'))
FROM pg_class c WHERE c.relnamespace = to_regnamespace(${literal(identifier(schema))}) AND c.relkind IN ('r', 'p') AND NOT c.relispartition
AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY c.relname COLLATE "C"`;

export const hasSchemaNamed = (schema: string): string =>
  `SELECT to_json(to_regnamespace(${literal(identifier(schema))}) IS NOT NULL)`;

/** A transaction whose snapshot others can share: every table is of one moment. */
export const beginSnapshot: readonly string[] = [
  'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
  'SET LOCAL idle_in_transaction_session_timeout = 0',
  'SET LOCAL statement_timeout = 0',
];
export const lockTable = (schema: string, {name}: ExportedTable): string =>
  `LOCK TABLE ${qualified({schema, name})} IN ACCESS SHARE MODE`;

export const exportSnapshot = 'SELECT to_json(pg_export_snapshot())';

export const countOf = (
  schema: string,
  table: Pick<ExportedTable, 'name' | 'isPartitioned'>,
): string => `SELECT to_json(count(*)) FROM ${rowsIn(schema, table)}`;

/**
 * The rows of a table, one object each, a comma before all but the first. CSV with signs that JSON never holds as
 * they are writes a text as it stands; a line break is only ever between the parts of a column of type json.
 * https://www.postgresql.org/docs/current/sql-copy.html
 */
export const printRows = (
  schema: string,
  table: ExportedTable,
  snapshot: string,
): readonly string[] => {
  const order = table.key.length === 0 ? '' : ` ORDER BY ${table.key.map(identifier).join(', ')}`;
  const rows = `SELECT translate(row_to_json(r.*)::text, E'\\n\\r', '  ') AS j FROM (SELECT * FROM ${rowsIn(schema, table)}${order}) AS r`;
  return [
    'SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY',
    `SET TRANSACTION SNAPSHOT ${literal(snapshot)}`,
    "SET LOCAL datestyle = 'ISO, YMD'",
    "SET LOCAL timezone = 'UTC'",
    "SET LOCAL intervalstyle = 'postgres'",
    'SET LOCAL bytea_output = hex',
    'SET LOCAL extra_float_digits = 1',
    'SET LOCAL synchronize_seqscans = off',
    'SET LOCAL row_security = off',
    'SET LOCAL statement_timeout = 0',
    `COPY (SELECT CASE WHEN row_number() OVER () = 1 THEN '' ELSE ',' END || j FROM (${rows}) AS numbered) TO STDOUT WITH (FORMAT csv, DELIMITER E'\\x01', QUOTE E'\\x02', ENCODING 'UTF8')`,
  ];
};
