/** The store as files: what an application reads as a file of its own, and all else as lines of JSON. */
import {type JsonMember, type JsonValue, parseJson} from './json-value.ts';
import {jsonbText} from './jsonb-text.ts';

/** A row as its line of COPY has it, by the names of its columns; what is NULL is not there. */
export type StoreCells = Readonly<Record<string, string>>;

const escapes: Readonly<Record<string, string>> = {
  ...{b: '\b', f: '\f', n: '\n', r: '\r', t: '\t', v: '\v', '\\': '\\'},
};

export const cellsIn = (line: string, columns: readonly string[]): StoreCells =>
  Object.fromEntries(
    line.split('\t').flatMap((cell, at) => {
      const plain = cell.replace(/\\(.)/g, (_, letter: string) => escapes[letter] ?? letter);
      return cell === '\\N' ? [] : [[columns[at] ?? '', plain]];
    }),
  );

/** Kinds that have a file of their own. */
export const ownFiles = ['settings', 'state'] as const;

export type OwnFile = (typeof ownFiles)[number];

/**
 * Whether a row is wholly said by its document: no time to live, no bytes, no text that only looks like one.
 * Of several databases none is.
 */
export const ownFileOf = ({
  kind,
  data,
  encoding = 'json',
  expires_at: expires,
  db = '0',
}: StoreCells): OwnFile | undefined =>
  data !== undefined && encoding === 'json' && expires === undefined && db === '0'
    ? ownFiles.find((name) => name === kind)
    : undefined;

const jsonCells = new Set(['data', 'fields_expire_at']);

/** One line: the columns by name; bytes in base64, times in ISO form. */
export const storeLine = (cells: StoreCells): string => {
  const members = Object.entries(cells).map(([name, cell]): JsonMember => [name, said(name, cell)]);
  return `{${members.map(([name, value]) => `${JSON.stringify(name)}: ${jsonbText(value)}`).join(', ')}}\n`;
};

const said = (name: string, cell: string): JsonValue => {
  if (jsonCells.has(name)) return parseJson(cell, {for: 'reading'});
  if (name === 'bytes') return Buffer.from(cell.slice(2), 'hex').toString('base64');
  if (name.endsWith('_at')) return cell.replace(' ', 'T').replace(/\+00$/, 'Z');
  return name === 'db' ? {number: cell} : cell;
};

/** A document as people write it: two spaces, numbers as they are. */
export const indented = (value: JsonValue, margin = ''): string => {
  const inner = `${margin}  `;
  const block = (open: string, parts: readonly string[], close: string) =>
    parts.length === 0
      ? `${open}${close}`
      : `${open}\n${parts.map((part) => `${inner}${part}`).join(',\n')}\n${margin}${close}`;
  if (Array.isArray(value))
    return block(
      '[',
      value.map((each) => indented(each, inner)),
      ']',
    );
  if (value instanceof Object && 'members' in value) {
    const members = value.members.map(
      ([name, each]) => `${JSON.stringify(name)}: ${indented(each, inner)}`,
    );
    return block('{', members, '}');
  }
  return jsonbText(value);
};
