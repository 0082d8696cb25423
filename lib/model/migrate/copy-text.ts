/**
 * Lines of COPY's text format, written as the server itself writes them: the same rows are the same
 * bytes on both sides. https://www.postgresql.org/docs/current/sql-copy.html#id-1.9.3.55.9.2
 */

/** A cell as the server prints it; undefined for NULL. */
export type CopyCell = string | undefined;

/** One row, its line feed included. */
export const copyLine = (cells: readonly CopyCell[]): string =>
  `${cells.map((cell) => (cell === undefined ? '\\N' : escaped(cell))).join('\t')}\n`;

/** The cells of a line, its line feed taken off; null for NULL. */
export const cellsOfLine = (line: string): readonly (string | null)[] =>
  line
    .split('\t')
    .map((cell) =>
      cell === '\\N' ? null : cell.replace(/\\(.)/g, (_, sign: string) => meanings[sign] ?? sign),
    );

const meanings: Readonly<Record<string, string>> = {
  ...{b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v'},
};

/** `\x` and hexadecimal digits: bytes as BYTEA prints them. */
export const byteaCell = (bytes: Buffer): string => `\\x${bytes.toString('hex')}`;

/** As far as JavaScript counts; PostgreSQL ends a little later, in the year 294276. */
const lastMillisecond = 8.64e15;

/** A time as TIMESTAMPTZ prints it in UTC: `2026-11-20 03:15:00.5+00`; `infinity` beyond the year 275760. */
export const timeCell = (milliseconds: number): string => {
  if (milliseconds > lastMillisecond) return 'infinity';
  const [day, time = ''] = new Date(milliseconds).toISOString().replace(/^\+0?/, '').split('T');
  const [whole = '', fraction = ''] = time.replace('Z', '').split('.');
  const kept = fraction.replace(/0+$/, '');
  return `${day} ${whole}${kept === '' ? '' : `.${kept}`}+00`;
};

const escapes: Readonly<Record<string, string>> = {
  '\\': '\\\\',
  '\b': '\\b',
  '\f': '\\f',
  '\n': '\\n',
  '\r': '\\r',
  '\t': '\\t',
  '\v': '\\v',
};

const escaped = (cell: string): string =>
  cell.replace(/[\\\b\f\n\r\t\v]/g, (character) => escapes[character] ?? character);
