/**
 * What PostgreSQL is asked for so that its answer is SQL for `sqlite3`: each value as a literal of its class; and,
 * for comparing, each value as a letter for its class and its text. No line of it has a line break, a tab
 * or any sign that either program takes for its own.
 * https://www.sqlite.org/lang_expr.html#literal_values_constants_
 */
import type {ExportedColumn} from '../model/export/exported-column.ts';
import type {ValueClass} from '../model/migrate/kept-class.ts';
import {type Part, partsOf} from './export-parts.ts';

/** The literal of a value. */
export const literalOf = (column: ExportedColumn): string =>
  `coalesce(${chosen(partsOf(column), literals)}, 'NULL')`;

/** The letter and text of a value; NULL for NULL. */
export const comparedOf = (column: ExportedColumn): string => chosen(partsOf(column), compared);

type Say = (part: Part) => string;

const chosen = (parts: readonly Part[], say: Say): string => {
  const [only] = parts;
  if (only && parts.length === 1) return `(${say(only)})`;
  const cases = parts.map((part) =>
    part.when === undefined ? `ELSE ${say(part)}` : `WHEN ${part.when} THEN ${say(part)}`,
  );
  return `CASE ${cases.join(' ')} END`;
};

const bits = (value: string) => `encode(float8send(${value}), 'hex')`;
const hex = (value: string) => `encode(${value}, 'hex')`;

/** A decimal fraction is not always read by SQLite as the nearest double: its bits are. */
const literals: Say = ({value, storage, how}) => {
  if (how === 'bytes') return `'CAST(x''' || ${hex(value)} || ''' AS TEXT)'`;
  if (how === 'digits')
    return `CASE ltrim(${value}, '-') WHEN 'Infinity' THEN replace(${value}, 'Infinity', '9e999') ELSE 'CAST(''' || ${value} || ''' AS REAL)' END`;
  if (how === 'julian') return `'julianday(''' || ${value} || ''')'`;
  return plainLiterals[storage](value);
};

const plainLiterals: Readonly<Record<ValueClass, (value: string) => string>> = {
  integer: (value) => `(${value})::text`,
  real: (value) => `'ieee754_from_blob(x''' || ${bits(value)} || ''')'`,
  text: (value) =>
    `CASE WHEN ${value} ~ E'[\\\\x01\\\\x02\\\\n\\\\r\\\\\\\\]' THEN ${escaped(value)} ELSE ${quoted(value)} END`,
  blob: (value) => `'x''' || ${hex(value)} || ''''`,
};

const quoted = (value: string) => `'''' || replace(${value}, '''', '''''') || ''''`;

/** A backslash becomes two letters first and is read last: no two letters of the text can be taken for one of these. */
const signs = [
  ['\\', 'b', 92],
  ['\n', 'n', 10],
  ['\r', 'r', 13],
  ['\u0001', 'o', 1],
  ['\u0002', 't', 2],
] as const;

const escaped = (value: string): string => {
  const written = signs.reduce(
    (text, [, letter, code]) => `replace(${text}, chr(${code}), '\\${letter}')`,
    value,
  );
  const read = [...signs].reverse().map(([, letter, code]) => `, ''\\${letter}'', char(${code}))`);
  return `'${'replace('.repeat(signs.length)}' || ${quoted(written)} || '${read.join('')}'`;
};

const compared: Say = ({value, storage, how}) => {
  if (how === 'bytes') return `'t' || ${hex(value)}`;
  if (how === 'digits') return `'r' || ${bits(`(${value})::float8`)}`;
  if (how === 'julian') return `'j' || ${value}`;
  return plainCompared[storage](value);
};

const plainCompared: Readonly<Record<ValueClass, (value: string) => string>> = {
  integer: (value) => `'i' || (${value})::text`,
  real: (value) => `'r' || ${bits(value)}`,
  text: (value) => `'t' || ${value}`,
  blob: (value) => `'b' || ${hex(value)}`,
};
