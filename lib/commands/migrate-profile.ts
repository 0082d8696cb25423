/** What is asked of a SQLite table's values: aggregates alone, one reading for all columns. */
import type {Question} from '../model/migrate/profile.ts';
import {type TextForm, textForm} from '../model/migrate/text-forms.ts';
import {type Part, rowsOf} from './migrate-part.ts';
import {sqliteName, sqliteText} from './sqlite.ts';

const shown = (value: string) =>
  `json_array(typeof(${value}), CASE typeof(${value}) WHEN 'blob' THEN hex(substr(${value}, 1, 30)) ELSE substr(CAST(${value} AS TEXT), 1, 60) END)`;

/** The number of rows, then for each column: how many values, the least and the greatest of them. */
export const firstLook = (part: Part, columns: readonly string[]): string => {
  const looks = columns
    .map(byBytes)
    .map(
      (column) =>
        `json_array(count(${column}), ${shown(`min(${column})`)}, ${shown(`max(${column})`)})`,
    );
  return `SELECT ${['count(*)', ...looks].join(', ')} ${rowsOf(part)}`;
};

/** Compared byte by byte, whatever the column says: its collation may be the application's alone. */
const byBytes = (column: string): string => `(${sqliteName(column)} COLLATE BINARY)`;

/** The answers to questions, one number each, in their order. */
export const secondLook = (
  part: Part,
  questions: readonly {readonly column: string; readonly question: Question}[],
): string =>
  `SELECT ${questions.map(({column, question}) => answerTo(question, byBytes(column))).join(', ')} ${rowsOf(part)}`;

const answerTo = (question: Question, column: string): string =>
  question === 'longest'
    ? `coalesce(max(length(${column})), 0)`
    : `count(*) FILTER (WHERE ${conditionOf(question, column)})`;

/** True for a value that is so; what is counted is looked at no further than it takes to know. */
const conditionOf = (question: Question, column: string): string => {
  if (question.startsWith('form ')) {
    const name = question.slice('form '.length);
    const form = textForm(name);
    return form ? formCondition(form, column) : (wordForms[name]?.(column) ?? '0');
  }
  return conditions[question as keyof typeof conditions](column);
};

const isOf = (storage: string) => (column: string) => `typeof(${column}) = '${storage}'`;
const contains = (character: string) => (column: string) =>
  `typeof(${column}) = 'text' AND ${column} GLOB '*' || ${character} || '*'`;

const conditions: Record<
  Exclude<Question, 'longest' | `form ${string}`>,
  (column: string) => string
> = {
  integers: isOf('integer'),
  reals: isOf('real'),
  texts: isOf('text'),
  blobs: isOf('blob'),
  /**
   * The double nearest to a whole number divided by a power of ten, so that fifteen digits say it exactly; the
   * division is IEEE's own, SQLite's reading of digits is not always the nearest. Negative zero is none.
   */
  decimals: (column) =>
    `CASE WHEN ${column} = 0 THEN ieee754_to_blob(${column} + 0.0) = x'0000000000000000'
      WHEN abs(${column} + 0.0) < 1e9 THEN CAST(round(${column} * 1e6) AS INTEGER) / 1e6 = ${column}
      WHEN abs(${column} + 0.0) < 1e13 THEN CAST(round(${column} * 1e2) AS INTEGER) / 1e2 = ${column}
      WHEN abs(${column} + 0.0) < 1e15 THEN CAST(${column} AS INTEGER) = ${column} ELSE 0 END`,
  /** Whole numbers that a double does not hold. */
  beyondDouble: (column) =>
    `typeof(${column}) = 'integer' AND ${column} NOT BETWEEN -9007199254740992 AND 9007199254740992`,
  wholeMicroseconds: (column) =>
    `abs(${column} + 0.0) < 4e9 AND CAST(round(${column} * 1e6) AS INTEGER) / 1e6 = ${column}`,
  julianMilliseconds: (column) => `julianday(strftime('%Y-%m-%d %H:%M:%f', ${column})) = ${column}`,
  infinities: (column) => `typeof(${column}) = 'real' AND ${column} IN (9e999, -9e999)`,
  nul: (column) => `instr(${column}, char(0)) > 0 AND typeof(${column}) = 'text'`,
  backslash: contains(String.raw`'\'`),
  tab: contains('char(9)'),
  lineFeed: contains('char(10)'),
  return: contains('char(13)'),
  backspace: contains('char(8)'),
  verticalTab: contains('char(11)'),
  formFeed: contains('char(12)'),
  /** Not deeper than a server's stack holds, and not with a NUL that it would not take. */
  json: (column) => `json_valid(${column}) AND ${column} GLOB '[[{]*'`,
  integerTexts: (column) => `CAST(CAST(${column} AS INTEGER) AS TEXT) = ${column}`,
};

/** Spelt one way alone; an array of plain words, as the server writes it itself. */
const wordForms: Readonly<Record<string, (column: string) => string>> = {
  'boolean words': (column) => `${column} IN ('true', 'false')`,
  'boolean letters': (column) => `${column} IN ('t', 'f')`,
  array: (column) =>
    `${column} = '{}' OR (${column} GLOB '{[a-z0-9]*[a-z0-9]}' OR ${column} GLOB '{[a-z0-9]}')
      AND substr(${column}, 2, length(${column}) - 2) NOT GLOB '*[^a-z0-9,_-]*' AND instr(${column}, ',,') = 0
      AND instr(replace(replace(${column}, '{', ','), '}', ','), ',null,') = 0`,
};

const patterns: Readonly<Record<string, string>> = {
  f: '[0-9a-f]',
  '0': '[0-9]',
  '\u0000': '0',
};

/**
 * SQLite takes 30 February for 1 March as soon as it reckons with it: a moment is right where it comes back then. A
 * year before 1 is none to PostgreSQL.
 */
const formCondition = ({shape, moment}: TextForm, column: string): string => {
  if (moment === 'date') return `date(${column}, '+0 days') = ${column} AND ${column} >= '0001'`;
  if (moment === 'time') return `time(${column}) = ${column}`;
  if (moment === 'moment' && shape === '0000-00-00 00:00:00')
    return `datetime(${column}, '+0 days') = ${column} AND ${column} >= '0001'`;
  const pattern = shape.replace(/[f0\u0000]/g, (sign) => patterns[sign] ?? sign);
  const isShaped = `${column} GLOB ${sqliteText(pattern)}`;
  return moment === undefined
    ? isShaped
    : `${isShaped} AND strftime('%Y-%m-%d${shape.charAt(10)}%H:%M:%S', substr(${column}, 1, 19), '+0 days') = substr(${column}, 1, 19) AND ${column} >= '0001'`;
};

/** All texts of these columns, as they are: for a program that looks at their bytes. A pure one holds nothing else. */
export const allTexts = (
  part: Part,
  columns: readonly {readonly name: string; readonly isPure: boolean}[],
): string =>
  `SELECT ${columns
    .map(({name, isPure}) => {
      const column = sqliteName(name);
      return isPure ? column : `CASE typeof(${column}) WHEN 'text' THEN ${column} END`;
    })
    .join(', ')} ${rowsOf(part)}`;

/**
 * How many texts of a column are no UTF-8: a character that is read and written again is another. Slow: only asked
 * where there is such a text in the table.
 */
export const invalidTexts = (table: string, column: string): string => {
  const name = sqliteName(column);
  return `SELECT coalesce(sum((WITH RECURSIVE letter(at) AS (SELECT 1 UNION ALL SELECT at + 1 FROM letter WHERE at < length(${name}))
    SELECT max(CAST(char(unicode(substr(${name}, at, 1))) AS BLOB) <> CAST(substr(${name}, at, 1) AS BLOB)) FROM letter)), 0)
    FROM ${sqliteName(table)} NOT INDEXED WHERE typeof(${name}) = 'text' AND ${name} <> ''`;
};

/** Some values that are not of a class, for people: where, what class, and what. */
export const otherValues = (
  table: string,
  {column, storage, at}: {readonly column: string; readonly storage: string; readonly at: string},
): string => {
  const name = sqliteName(column);
  return `SELECT json_object('at', CAST(${at} AS TEXT), 'class', typeof(${name}), 'value', CASE typeof(${name}) WHEN 'blob' THEN 'x''' || hex(substr(${name}, 1, 30)) || '''' ELSE substr(CAST(${name} AS TEXT), 1, 60) END)
    FROM ${sqliteName(table)} NOT INDEXED WHERE ${name} IS NOT NULL AND typeof(${name}) <> ${sqliteText(storage)} LIMIT 5`;
};

/** What is left of a stream when plain letters are taken out: controls, backslashes, what is no ASCII. */
export const withoutPlainText = {
  file: 'tr',
  args: ['-d', String.raw`\036\037\040-\133\135-\176`],
  env: {LC_ALL: 'C'},
};

/** Prints each line that is no valid UTF-8; exit code 1 where there is none. https://www.gnu.org/software/grep/manual/ */
export const linesOfNoUtf8 = {
  file: 'grep',
  args: ['--text', '--invert-match', '--line-regexp', '--max-count=1', '.*'],
  env: {LC_ALL: 'C.UTF-8'},
};
