/**
 * The file that `export --json-path` writes, known by its lines: `{`, then for each table its name, a row on
 * each line with a comma in front of all but the first, and the end of its array; `}` at the end.
 */
import {endOfText, JsonFault, type JsonValue, parseJson} from './json-value.ts';

/** So much of a file's beginning tells. */
export const headBytes = 4_096;

/** Whether a file begins as an export does: other layouts of the same are documents. */
export const isExport = (head: Buffer): boolean =>
  /^\{\n"(?:[^"\\\n]|\\.)+": \[\n[\]{]/.test(head.toString('latin1'));

/** Larger rows are nobody's: JSONB itself ends about there. */
export const longestRowBytes = 200_000_000;

/** A member of a row, and its value letter by letter as well. */
export type RawMember = {readonly name: string; readonly raw: string; readonly value: JsonValue};

export type ExportPart = {readonly table: string} | {readonly row: readonly RawMember[]};

type Expected = 'begin' | 'table' | 'first row' | 'row' | 'end' | 'nothing';

export type ExportReader = {
  /** What a line says; undefined for the signs between. Errors: JsonFault. */
  readonly read: (line: string) => ExportPart | undefined;
  /** Errors: JsonFault where more had to come. */
  readonly end: () => void;
};

export const createExportReader = (): ExportReader => {
  const names = new Set<string>();
  let expected: Expected = 'begin';
  const sign = (next: Expected) => {
    expected = next;
    return undefined;
  };
  return {
    read: (line) => {
      if (expected === 'begin' && line === '{') return sign('table');
      if (expected === 'end' && line === '}') return sign('nothing');
      if (expected === 'table') {
        const table = tableIn(line);
        if (names.has(table)) throw new JsonFault('has a table twice', 0);
        names.add(table);
        sign('first row');
        return {table};
      }
      if (expected === 'first row' || expected === 'row') {
        if (line === '],') return sign('table');
        if (line === ']') return sign('end');
        const start = expected === 'row' ? ',{' : '{';
        if (!line.startsWith(start)) throw new JsonFault('has no row where one has to be', 0);
        expected = 'row';
        return {row: rowIn(line.slice(start.length - 1))};
      }
      throw new JsonFault('goes on where an export does not', 0);
    },
    end: () => {
      if (expected !== 'nothing') throw new JsonFault('ends too early', 0);
    },
  };
};

const tableIn = (line: string): string => {
  const [, name] = /^("(?:[^"\\]|\\.)*"): \[$/.exec(line) ?? [];
  const value = name === undefined ? undefined : parseJson(name, {for: 'jsonb'});
  if (typeof value !== 'string') throw new JsonFault('has no table where one has to be', 0);
  return value;
};

const rowIn = (text: string): readonly RawMember[] => {
  const value = parseJson(text, {for: 'reading'});
  const members = value instanceof Object && 'members' in value ? value.members : [];
  if (new Set(members.map(([name]) => name)).size < members.length)
    throw new JsonFault('has a column twice in one row', 0);
  const raws = rawValuesIn(text);
  return members.map(([name, each], at) => ({name, raw: raws[at] ?? '', value: each}));
};

/** The members' values as they are written; the text is an object of JSON by now. */
const rawValuesIn = (text: string): readonly string[] => {
  const signs = /["[\]{}:,]/g;
  const raws: string[] = [];
  let [depth, start] = [0, 0];
  for (let found = signs.exec(text); found; found = signs.exec(text)) {
    const {index, 0: sign} = found;
    if (sign === '"') signs.lastIndex = endOfText(text, index);
    if (sign === '[' || sign === '{') depth += 1;
    if (sign === ']' || sign === '}') depth -= 1;
    if (sign === ':' && depth === 1) start = index + 1;
    const isEnd = (sign === ',' && depth === 1) || (sign === '}' && depth === 0);
    if (isEnd && start > 0) raws.push(text.slice(start, index).trim());
  }
  return raws;
};
