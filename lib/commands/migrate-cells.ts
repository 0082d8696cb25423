/**
 * A value as SQLite writes it: for loading, as COPY reads text, and for comparing, in the form that
 * the server is asked for too. All of it is C at work; JavaScript sees no cell.
 * https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.2
 */
import type {Choice} from '../model/migrate/choose-type.ts';
import type {IncomingTable} from '../model/migrate/incoming.ts';
import {usualClass} from '../model/migrate/kept-class.ts';
import {countOf, type Profile, type Question} from '../model/migrate/profile.ts';
import type {NamedTable} from '../model/migrate/sqlite-table.ts';
import {comparesAsLoaded} from './migrate-canonical.ts';
import {sqliteName} from './sqlite.ts';

export type Cell = {
  /** In the source. */
  readonly column: string;
  readonly choice: Choice;
  readonly profile: Profile;
};

type Written = {readonly own: NamedTable | undefined; readonly purpose: 'load' | 'compare'};

/** What the server computes itself is compared, but not loaded. */
export const cellsOf = ({columns}: IncomingTable, {own, purpose}: Written): readonly Cell[] => {
  const written = columns.filter(({generated}) => generated === undefined || purpose === 'compare');
  const names = new Set(written.map(({name}) => name));
  const all = own?.columns ?? [];
  const cells = all
    .filter(({name}) => names.has(name))
    .map(({fact, choice, profile}) => ({column: fact.name, choice, profile}));
  const classes = all
    .filter(({classColumn}) => classColumn !== undefined && names.has(classColumn))
    .map(({fact, choice, profile}) => ({
      column: fact.name,
      choice: {...choice, form: 'class' as const},
      profile,
    }));
  return [...cells, ...classes];
};

/** Every row of a table as a line of COPY; NULL is the printing's own. Not by an index: in the order of the table itself. */
export const tableLines = (
  table: string,
  {cells, purpose}: {readonly cells: readonly Cell[]; readonly purpose: 'load' | 'compare'},
): string =>
  `SELECT ${cells.map((cell) => cellText(cell, purpose)).join(', ')} FROM ${sqliteName(table)} NOT INDEXED`;

const cellText = ({column, choice, profile}: Cell, purpose: 'load' | 'compare'): string => {
  const name = sqliteName(column);
  const isOther = purpose === 'compare' && !comparesAsLoaded(choice);
  const write = isOther ? compared[choice.form] : loaded[choice.form];
  return (write ?? loaded[choice.form])(name, profile);
};

/** One cell as it is loaded. */
export const cellLine = (cell: Cell): string => cellText(cell, 'load');

type Write = (column: string, profile: Profile) => string;

/** As the server writes them itself. Backslash first: it is what the others become. */
const escapes: readonly (readonly [Question, string, string])[] = [
  ['backslash', String.raw`'\'`, String.raw`'\\'`],
  ['tab', 'char(9)', String.raw`'\t'`],
  ['lineFeed', 'char(10)', String.raw`'\n'`],
  ['return', 'char(13)', String.raw`'\r'`],
  ['backspace', 'char(8)', String.raw`'\b'`],
  ['verticalTab', 'char(11)', String.raw`'\v'`],
  ['formFeed', 'char(12)', String.raw`'\f'`],
];

/** Only what some value holds is looked for: the profile has counted. */
const escaped: Write = (text, profile) =>
  escapes.reduce(
    (value, [question, from, to]) =>
      countOf(profile, question) > 0 ? `replace(${value}, ${from}, ${to})` : value,
    text,
  );

const same: Write = (column) => column;
const digits = (column: string) => `printf('%.15g', ${column})`;

/** As few digits as come back as the same number; `mark` is what keeps `5.0` from becoming `5`. */
const shortest = (column: string, mark: '' | '!') =>
  `CASE WHEN CAST(printf('%${mark}.15g', ${column}) AS REAL) = ${column} THEN printf('%${mark}.15g', ${column})
    WHEN CAST(printf('%!.16g', ${column}) AS REAL) = ${column} THEN printf('%!.16g', ${column})
    WHEN CAST(printf('%!.17g', ${column}) AS REAL) = ${column} THEN printf('%!.17g', ${column})
    ELSE printf('%!.20g', ${column}) END`;

const infinities = (column: string, finite: string) =>
  `CASE ${column} WHEN 9e999 THEN 'Infinity' WHEN -9e999 THEN '-Infinity' ELSE ${finite} END`;

const unlessNull = (column: string, value: string) =>
  `CASE WHEN ${column} IS NOT NULL THEN ${value} END`;

const bits = (column: string) => `hex(ieee754_to_blob(${column} + 0.0))`;

const hexLine = (column: string, bytes: string) =>
  unlessNull(column, String.raw`'\\x' || lower(hex(${bytes}))`);

const second = `'%Y-%m-%d %H:%M:%S'`;

/** A whole number of microseconds since 1970. */
const moment = (micro: string) =>
  `strftime(${second}, (${micro}) / 1000000, 'unixepoch') || printf('.%06d', (${micro}) % 1000000) || '+00'`;

const whole = (column: string) => `CAST(round(${column} * 1e6) AS INTEGER)`;

const loaded: Record<Choice['form'], Write> = {
  integer: same,
  decimal: (column) => unlessNull(column, digits(column)),
  /** Seventeen digits would do if each were right: SQLite's are not always, and twenty leave room for that. */
  double: (column) => unlessNull(column, infinities(column, `printf('%!.20g', ${column})`)),
  numeric: (column) =>
    `CASE typeof(${column}) WHEN 'integer' THEN ${column} WHEN 'real' THEN ${infinities(column, shortest(column, ''))} END`,
  text: escaped,
  'text of anything': (column, profile) =>
    `CASE typeof(${column}) WHEN 'text' THEN ${escaped(column, profile)} WHEN 'real' THEN ${infinities(column, shortest(column, '!'))} ELSE ${column} END`,
  bytes: (column) => hexLine(column, column),
  'bytes of anything': (column) =>
    hexLine(
      column,
      `CASE typeof(${column}) WHEN 'blob' THEN ${column} WHEN 'real' THEN CAST(${infinities(column, shortest(column, '!'))} AS BLOB) ELSE CAST(CAST(${column} AS TEXT) AS BLOB) END`,
    ),
  boolean: (column) => `CASE ${column} WHEN 1 THEN 't' WHEN 0 THEN 'f' END`,
  'boolean words': (column) => `CASE ${column} WHEN 'true' THEN 't' WHEN 'false' THEN 'f' END`,
  'boolean letters': same,
  'text form': same,
  json: escaped,
  array: same,
  'integer text': same,
  'epoch seconds': (column) => `strftime(${second}, ${column}, 'unixepoch') || '+00'`,
  'epoch milliseconds': (column) => moment(`${column} * 1000`),
  'epoch microseconds': moment,
  'epoch real': (column) => moment(whole(column)),
  webkit: (column) => moment(`${column} - 11644473600000000`),
  cocoa: (column) => moment(`${whole(column)} + 978307200000000`),
  julian: (column) => `strftime('%Y-%m-%d %H:%M:%f', ${column})`,
  class: (column, profile) =>
    `CASE WHEN typeof(${column}) NOT IN ('null', '${usualClass(profile)}') THEN typeof(${column}) END`,
};

const compared: Partial<Record<Choice['form'], Write>> = {
  double: (column) => unlessNull(column, bits(column)),
  numeric: (column) =>
    unlessNull(
      column,
      `CASE WHEN typeof(${column}) = 'real' AND (${column} <> CAST(${column} AS INTEGER) OR ${column} + 0.0 >= 9223372036854775808.0 OR ${column} + 0.0 < -9223372036854775808.0) THEN ${bits(column)} ELSE CAST(CAST(${column} AS INTEGER) AS TEXT) END`,
    ),
  'epoch seconds': same,
  'epoch milliseconds': same,
  'epoch microseconds': same,
  'epoch real': whole,
  webkit: same,
  cocoa: whole,
};
