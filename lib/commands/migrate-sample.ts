/** What is asked of both sides for a sample: single rows, each cell as its side writes it. */
import type {IncomingTable} from '../model/migrate/incoming.ts';
import {cellCharacters, type Identity, type SampleCell} from '../model/migrate/sample.ts';
import {type Cell, cellLine} from './migrate-cells.ts';
import {identifier, literal, qualified} from './sql.ts';
import {sqliteName} from './sqlite.ts';

/** Longer values are recognised by their beginning: no index of the server holds them anyway. */
const identityCharacters = 2_000;

/** SQLite's functions take a hundred arguments. */
const columnsAtOnce = 50;

type Asked = {
  readonly table: string;
  readonly columns: readonly string[];
  readonly identity: readonly Cell[];
  readonly order: readonly string[];
  readonly rows: number;
};

/** Lines of JSON: an array of the identity's texts first, then arrays of the cells. */
export const sourceRow = (
  {table, columns, identity, order, rows}: Asked,
  place: number,
): string => {
  const asText = (value: string) => `substr(CAST(${value} AS TEXT), 1, ${identityCharacters})`;
  const known = identity.map((cell) => asText(plainLine(cell)));
  const parts = [...inParts(known), ...inParts(columns.map((column) => raw(sqliteName(column))))];
  // SQLite steps over every row before the place: from the end that is nearer.
  const isLate = order.length > 0 && place > rows / 2;
  const by = order.map((column) => (isLate ? `${column} DESC` : column)).join(', ');
  const at = isLate ? rows - 1 - place : place;
  return `SELECT ${parts.join(', ')} FROM ${sqliteName(table)}${by && ` ORDER BY ${by}`} LIMIT 1 OFFSET ${at}`;
};

/** How many lines a row of so many columns is. */
export const partsOf = (columns: number): number => Math.max(1, Math.ceil(columns / columnsAtOnce));

const inParts = (values: readonly string[]): readonly string[] =>
  Array.from(
    {length: partsOf(values.length)},
    (_, at) =>
      `json_array(${values.slice(at * columnsAtOnce, (at + 1) * columnsAtOnce).join(', ')})`,
  );

/** Nothing is escaped for COPY here. */
const plainLine = (cell: Cell): string =>
  cellLine({...cell, profile: {...cell.profile, answers: new Map()}});

const raw = (column: string): string =>
  `CASE typeof(${column}) WHEN 'blob' THEN 'x''' || hex(substr(${column}, 1, ${cellCharacters / 2})) || '''' ELSE substr(CAST(${column} AS TEXT), 1, ${cellCharacters + 1}) END`;

/** Before a row is asked for: so that both sides write the same alike. */
export const plainSettings: readonly string[] = [
  "SET datestyle = 'ISO, YMD'",
  "SET timezone = 'UTC'",
  'SET bytea_output = hex',
  'SET extra_float_digits = 1',
  'SET row_security = off',
];

type Place = Parameters<typeof qualified>[0] & Pick<IncomingTable, 'later'>;

export const targetRow = (
  place: Place,
  {columns, identity}: {readonly columns: readonly string[]; readonly identity: Identity},
): string => {
  const cells = columns.map((name) => `left(${identifier(name)}::text, ${cellCharacters + 1})`);
  const where = identity.map(isSame);
  return `SELECT to_json(ARRAY[${cells.join(', ')}]::text[]) FROM ${place.later ? `(${place.later(place.schema)}) AS t` : qualified(place)}${where.length === 0 ? '' : ` WHERE ${where.join(' AND ')}`} LIMIT 1`;
};

/** Types that have an `=` and read what they print. */
const comparable =
  /^(smallint|integer|bigint|numeric|double precision|boolean|text|character varying|bytea|uuid|date|time)/;

const isSame = ({column, type, text}: Identity[number]): string => {
  const name = identifier(column);
  if (text === null) return `${name} IS NULL`;
  const value = said(text, type);
  if (comparable.test(type) && [...text].length < identityCharacters)
    return `${name} = ${literal(value)}::${type}`;
  return `left(${name}::text, 200) = ${literal([...value].slice(0, 200).join(''))}`;
};

/** COPY doubles the backslash in front of bytes. */
const said = (text: string, type: string): string =>
  type === 'bytea' ? text.replace(/^\\\\x/, '\\x') : text;

export const cellsIn = (lines: readonly string[]): readonly SampleCell[] =>
  lines.flatMap((line) =>
    (JSON.parse(line) as readonly (string | number | null)[]).map((cell) =>
      cell === null ? null : String(cell),
    ),
  );
