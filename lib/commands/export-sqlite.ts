/** What is said to the `sqlite3` program to make a database: -safe, so that nothing that it reads can reach another file. */

import type {Command} from '../model/command.ts';
import {type ExportedColumn, isBytes} from '../model/export/exported-column.ts';
import {comparedOf, literalOf} from './export-cells.ts';
import {rowsIn} from './export-json.ts';
import {identifier, literal} from './sql.ts';
import {sqliteName, sqliteText} from './sqlite.ts';

/** Reads statements from its input and stops at the first error with exit code 1; what is not committed is not kept. */
export const sqliteWrite = (file: string): Command => ({
  file: 'sqlite3',
  args: [
    ...['-safe', '-batch', '-bail', '-noheader', '-list', '-init', '/dev/null'],
    // The file is nobody's before it has its name: a log of it would be of no use.
    ...['-cmd', 'PRAGMA journal_mode = OFF', '-cmd', 'PRAGMA synchronous = OFF'],
    // Rows that broke a check when they came break it still.
    ...['-cmd', 'PRAGMA ignore_check_constraints = ON', '-cmd', 'PRAGMA cache_size = -65536'],
    file,
  ],
  env: {},
});

/** Statements as one transaction. */
export const sqliteTransaction = (statements: readonly string[]): string =>
  ['BEGIN;', ...statements.map(ended), 'COMMIT;', ''].join('\n');

/** A comment at its end would take the semicolon for a part of it. */
const ended = (statement: string) =>
  /--[^\n]*$/.test(statement) ? `${statement}\n;` : `${statement};`;

/** The head of a new file. */
export const headOf = (facts: {
  readonly encoding: string;
  readonly userVersion: number;
  readonly applicationId: number;
}): readonly string[] => [
  `PRAGMA encoding = ${sqliteText(facts.encoding)}`,
  `PRAGMA user_version = ${facts.userVersion}`,
  `PRAGMA application_id = ${facts.applicationId}`,
];

/** The highest number that there was, which SQLite counts on from. */
export const markOf = (table: string, mark: bigint): readonly string[] => [
  `DELETE FROM sqlite_sequence WHERE name = ${sqliteText(table)}`,
  `INSERT INTO sqlite_sequence (name, seq) VALUES (${sqliteText(table)}, ${mark})`,
];

export type LoadedTable = {
  /** In PostgreSQL. */
  readonly name: string;
  /** In SQLite. */
  readonly source: string;
  readonly columns: readonly ExportedColumn[];
  /** Rows come in the order of this column of PostgreSQL, which is the rowid in SQLite. */
  readonly orderBy: string | undefined;
  readonly isPartitioned: boolean;
};

/** The name in each line: of a table whose own name would break the line, that of a view before it. */
const lineName = (table: LoadedTable, at: number): string =>
  isPlain(table.source) ? sqliteName(table.source) : `temp.load_${at}`;

const isPlain = (name: string) => !/[\u0000-\u001f\u007f]/.test(name);

/** For tables whose names hold line breaks and the like: a door to each with a plain name. */
export const doorsTo = (tables: readonly LoadedTable[]): readonly string[] =>
  tables.flatMap((table, at) => {
    if (isPlain(table.source)) return [];
    const cells = writtenColumns(table).map((_, place) => `NEW.c${place}`);
    const names = writtenColumns(table).map(({source}) => sqliteName(source));
    const columns = cells.map((cell) => `NULL AS ${cell.slice('NEW.'.length)}`);
    return [
      `CREATE TEMP VIEW load_${at} AS SELECT ${columns.join(', ')}`,
      `CREATE TEMP TRIGGER into_${at} INSTEAD OF INSERT ON load_${at} BEGIN INSERT INTO ${sqliteName(table.source)} (${names.join(', ')}) VALUES (${cells.join(', ')}); END`,
    ];
  });

const writtenColumns = ({columns}: LoadedTable) => columns.filter(({isGenerated}) => !isGenerated);

/** CSV with signs that no line holds writes each as it stands. */
const asItStands = `WITH (FORMAT csv, DELIMITER E'\\x01', QUOTE E'\\x02', ENCODING 'UTF8')`;

/** The rows of these tables as lines that sqlite3 reads, one transaction of it. */
export const loadStatements = (
  schema: string,
  tables: readonly LoadedTable[],
): readonly string[] => [
  `SELECT ${literal(['BEGIN;', ...doorsTo(tables).map((door) => `${door};`)].join(' '))}`,
  ...tables.map((table, at) => {
    const values = writtenColumns(table).map(literalOf).join(` || ',' || `);
    const row = `${literal(`INSERT INTO ${lineName(table, at)} VALUES(`)} || ${values} || ');'`;
    return `COPY (SELECT ${row} FROM ${from(schema, table)}) TO STDOUT ${asItStands}`;
  }),
  `SELECT 'COMMIT;'`,
];

const from = (schema: string, {orderBy, ...table}: LoadedTable): string =>
  `${rowsIn(schema, table)}${orderBy === undefined ? '' : ` ORDER BY ${identifier(orderBy)}`}`;

/** What PostgreSQL has in a table, for comparing. */
export const comparedLines = (schema: string, table: LoadedTable): string =>
  `COPY (SELECT ${table.columns.map(comparedOf).join(', ')} FROM ${from(schema, table)}) TO STDOUT WITH (FORMAT text, ENCODING 'UTF8')`;

/** What the file has in it, in the order of its rows. */
export const fileLines = ({source, columns}: LoadedTable): string =>
  `SELECT ${columns.map(fileCell).join(', ')} FROM ${sqliteName(source)} NOT INDEXED`;

export const fileCount = ({source}: LoadedTable): string =>
  `SELECT count(*) FROM ${sqliteName(source)}`;

const fileCell = (column: ExportedColumn): string => {
  const name = sqliteName(column.source);
  const text = isBytes(column) ? `lower(hex(CAST(${name} AS BLOB)))` : escaped(name);
  const number =
    column.wording === 'julian'
      ? `'j' || strftime('%Y-%m-%d %H:%M:%f', ${name})`
      : `'r' || lower(hex(ieee754_to_blob(${name})))`;
  const whole = column.wording === 'julian' ? number : `'i' || ${name}`;
  return `CASE typeof(${name}) WHEN 'integer' THEN ${whole} WHEN 'real' THEN ${number} WHEN 'text' THEN 't' || ${text} WHEN 'blob' THEN 'b' || lower(hex(${name})) END`;
};

/** As COPY writes it. Backslash first: it is what the others become. */
const escapes = [
  [`'\\'`, `'\\\\'`],
  ['char(8)', `'\\b'`],
  ['char(9)', `'\\t'`],
  ['char(10)', `'\\n'`],
  ['char(11)', `'\\v'`],
  ['char(12)', `'\\f'`],
  ['char(13)', `'\\r'`],
] as const;

const escaped = (name: string): string => {
  const all = escapes.reduce(
    (text, [sign, written]) => `replace(${text}, ${sign}, ${written})`,
    name,
  );
  return `CASE WHEN ${name} GLOB '*[' || char(8) || '-' || char(13) || '\\]*' THEN ${all} ELSE ${name} END`;
};

/** The session that prints rows of the moment that another one holds. */
export const inSnapshot = (snapshot: string): readonly string[] => [
  "SET client_encoding = 'UTF8'",
  'BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY',
  `SET TRANSACTION SNAPSHOT ${literal(snapshot)}`,
  "SET LOCAL datestyle = 'ISO, YMD'",
  "SET LOCAL timezone = 'UTC'",
  "SET LOCAL intervalstyle = 'postgres'",
  'SET LOCAL bytea_output = hex',
  'SET LOCAL extra_float_digits = 1',
  'SET LOCAL synchronize_seqscans = off',
  'SET LOCAL row_security = off',
  'SET LOCAL statement_timeout = 0',
  'SET LOCAL search_path = pg_catalog',
];
