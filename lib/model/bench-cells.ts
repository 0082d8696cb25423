/**
 * What two engines answered, brought to one form: SQLite has no booleans, times, UUIDs or JSON, and
 * says 3.0 where PostgreSQL says 3.
 */
import {JsonFault, type JsonValue, parseJson} from './migrate/json-value.ts';
import {jsonbText} from './migrate/jsonb-text.ts';

/** A cell as `sqlite3 -quote` prints it. */
export type SqliteCell =
  | null
  | {readonly number: string}
  | {readonly text: string}
  | {readonly bytes: string};

/** Cells in one form: equal ones are equal texts; numbers apart, which `bench-compare.ts` sees to. */
export type PlainRow = readonly string[];

const literal =
  /(?<text>'(?:[^']|'')*')|X'(?<bytes>(?:[0-9a-f]{2})*)'|(?<nothing>NULL)|(?<number>[-+]?(?:Inf|9\.0e\+999|[0-9][0-9.]*(?:e[-+]?[0-9]+)?))/iy;

/** The rows that `.mode quote` printed: SQL literals with commas between them. Errors: one that names the place. */
export const parseQuoted = (output: string): readonly (readonly SqliteCell[])[] => {
  const rows: SqliteCell[][] = [];
  let row: SqliteCell[] = [];
  for (let at = 0; at < output.length; at = literal.lastIndex + 1) {
    literal.lastIndex = at;
    const groups = literal.exec(output)?.groups;
    const after = output[literal.lastIndex];
    if (!groups || (after !== ',' && after !== '\n'))
      throw new Error(`sqlite3 printed something that is no value, at character ${at}`);
    row.push(cellOf(groups));
    if (after === ',') continue;
    rows.push(row);
    row = [];
  }
  return rows;
};

const cellOf = ({text, bytes, number}: Record<string, string | undefined>): SqliteCell => {
  if (text !== undefined) return {text: text.slice(1, -1).replaceAll("''", "'")};
  if (bytes !== undefined) return {bytes: bytes.toLowerCase()};
  return number === undefined ? null : {number};
};

/** What a column of PostgreSQL's answer is made of, as its JSON shows it. */
export type ColumnKind = 'boolean' | 'time' | 'bytes' | 'json' | 'uuid' | 'text' | 'plain';

const time =
  /^(\d{4,6}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?)\s*(Z|[+-]\d\d(?::?\d\d)?)?)?$/;
const uuid = /^[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}$/i;

/** Errors: none; a column of several kinds is plain. */
export const kindOf = (column: readonly JsonValue[]): ColumnKind => {
  const values = column.filter((value) => value !== null);
  const all = (test: (value: JsonValue) => boolean) => values.length > 0 && values.every(test);
  const isText = (pattern: RegExp) => (value: JsonValue) =>
    typeof value === 'string' && pattern.test(value);
  if (all((value) => typeof value === 'boolean')) return 'boolean';
  if (all(isText(time))) return 'time';
  if (all(isText(/^\\x(?:[0-9a-f]{2})*$/))) return 'bytes';
  if (all(isText(uuid))) return 'uuid';
  if (all((value) => typeof value === 'string')) return 'text';
  const isDocument = (value: JsonValue) => value instanceof Object && !('number' in value);
  return all(isDocument) ? 'json' : 'plain';
};

/** A cell of PostgreSQL's answer. */
export const plainOfPostgres = (value: JsonValue, kind: ColumnKind): string => {
  if (value === null) return 'null';
  if (typeof value === 'boolean') return kind === 'boolean' ? String(value) : `#${value ? 1 : 0}`;
  if (typeof value === 'object')
    return 'number' in value ? plainNumber(value.number) : `json ${jsonbText(value)}`;
  return plainText(value, kind);
};

/** A cell of SQLite's answer, read as PostgreSQL's column is. */
export const plainOfSqlite = (cell: SqliteCell, kind: ColumnKind): string => {
  if (cell === null) return 'null';
  if ('bytes' in cell) return kind === 'uuid' ? uuidOf(cell.bytes) : `bytes ${cell.bytes}`;
  if ('text' in cell) {
    if (kind === 'boolean') return truth(cell.text.toLowerCase()) ?? `text ${cell.text}`;
    return plainText(cell.text, kind);
  }
  if (kind === 'boolean') return truth(cell.number) ?? plainNumber(cell.number);
  if (kind === 'time') return `time ${epochOf(Number(cell.number))}`;
  if (isOdd(cell.number)) return `text ${odd(cell.number)}`;
  // A column of numbers and texts has become one of texts.
  const number = plainNumber(cell.number);
  return kind === 'text' ? `text ${number.slice(1)}` : number;
};

const truths: Readonly<Record<string, boolean>> = {
  ...{'1': true, true: true, t: true, yes: true, y: true, on: true},
  ...{'0': false, false: false, f: false, no: false, n: false, off: false},
};
const truth = (text: string): string | undefined =>
  Object.hasOwn(truths, text) ? String(truths[text]) : undefined;

/** PostgreSQL's JSON has no infinities: they are texts there. */
const isOdd = (number: string): boolean => /inf|e\+999/i.test(number);
const odd = (number: string): string => (number.startsWith('-') ? '-Infinity' : 'Infinity');

const plainText = (text: string, kind: ColumnKind): string => {
  if (kind === 'time') return timeOf(text);
  if (kind === 'bytes')
    return `bytes ${text.startsWith('\\x') ? text.slice(2) : Buffer.from(text).toString('hex')}`;
  if (kind === 'uuid') return uuidOf(text);
  if (kind !== 'json') return `text ${text}`;
  try {
    return `json ${jsonbText(parseJson(text, {for: 'reading'}))}`;
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    return `text ${text}`;
  }
};

const uuidOf = (text: string): string => `uuid ${text.toLowerCase().replaceAll('-', '')}`;

/** Whole numbers digit for digit; the rest as a double, of which engines print different lengths. */
const plainNumber = (number: string): string => {
  if (/^[-+]?\d+$/.test(number)) return `#${BigInt(number)}`;
  const value = Number(number);
  return `#${Number.isSafeInteger(value) ? BigInt(value) : value}`;
};

/** Microseconds since 1970; without an offset the time is taken as UTC, on both sides alike. */
const timeOf = (text: string): string => {
  const [, day, clock = '00:00:00', offset = 'Z'] = time.exec(text) ?? [];
  if (day === undefined) return `text ${text}`;
  const [hours = '', minutes = '', seconds = '00'] = clock.split(':');
  const [whole = '00', fraction = ''] = seconds.split('.');
  const zone =
    offset === 'Z' ? 'Z' : `${offset.slice(0, 3)}:${offset.slice(3).replace(':', '') || '00'}`;
  const instant = Date.parse(`${day}T${hours}:${minutes}:${whole}${zone}`);
  if (Number.isNaN(instant)) return `text ${text}`;
  return `time ${BigInt(instant) * 1_000n + BigInt(fraction.padEnd(6, '0').slice(0, 6) || 0)}`;
};

/** A number as an instant: seconds, milliseconds or microseconds since 1970, by how large it is. */
const epochOf = (number: number): bigint => {
  const size = Math.abs(number);
  const factor = size < 1e11 ? 1e6 : size < 1e14 ? 1e3 : 1;
  return BigInt(Math.round(number * factor));
};
