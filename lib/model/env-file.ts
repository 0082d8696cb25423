/**
 * The env file: dotenv's grammar, with the places where it would silently read something else than
 * what is written turned into faults with line numbers.
 *
 * A BOM, CRLF, `export `, spaces around `=`, quotes (over several lines too) and comments work.
 * https://github.com/motdotla/dotenv#rules
 */
import {parse} from 'dotenv';

export type EnvFile = {
  readonly values: ReadonlyMap<string, {readonly value: string; readonly line: number}>;
  readonly faults: readonly EnvFileFault[];
};

export type EnvFileFault = {
  readonly line: number;
  /** The setting at fault; undefined where the line itself can't be read. */
  readonly key: string | undefined;
  /** Never holds a value: any of them may be a secret. */
  readonly problem: string;
};

const longestLine = 65_536;
const longestFile = 1_048_576;

/** Values and faults of an env file; the last one of equal keys counts, as in dotenv. */
export const parseEnvFile = (text: string): EnvFile => {
  if (text.length > longestFile) {
    const problem = `the file is longer than ${longestFile} characters: this is no env file`;
    return {values: new Map(), faults: [{line: 1, key: undefined, problem}]};
  }
  const lines = text
    .replace(/^\uFEFF/, '')
    .replace(/\r\n?/g, '\n')
    .split('\n');
  const unreadable = lines.flatMap((line, index) => lineFault(line, index + 1) ?? []);
  if (unreadable.length > 0) return {values: new Map(), faults: unreadable};
  return collect(statementsOf(lines));
};

const lineFault = (line: string, number: number): EnvFileFault | undefined => {
  const problem =
    line.length > longestLine
      ? `longer than ${longestLine} characters`
      : line.includes('\0')
        ? 'holds a NUL byte'
        : line.includes('\uFFFD')
          ? 'is not valid UTF-8'
          : undefined;
  return problem === undefined ? undefined : {line: number, key: undefined, problem};
};

type Statement = {
  readonly line: number;
  readonly key: string | undefined;
  readonly text: string;
  readonly problem: string | undefined;
};

const assignment = /^\s*(?:export\s+)?([\w.-]+)(?:\s*=|:\s)\s*(.*)$/;

/** Line by line; a value that opens a quote goes on to the line that closes it. */
const statementsOf = (lines: readonly string[]): readonly Statement[] => {
  const statements: Statement[] = [];
  for (let index = 0; index < lines.length; index++) {
    const first = lines[index] ?? '';
    if (/^\s*(#|$)/.test(first)) continue;
    const line = index + 1;
    const [, key, rest = ''] = assignment.exec(first) ?? [];
    if (key === undefined) {
      statements.push({line, key: bareName(first), text: '', problem: 'expected NAME=value'});
      continue;
    }
    const quote = /^['"`]/.exec(rest)?.[0];
    if (quote === undefined) {
      statements.push({line, key, text: first, problem: cutByComment(rest)});
      continue;
    }
    const last = closingLine(lines, {from: index, rest, quote});
    const text = lines.slice(index, (last ?? index) + 1).join('\n');
    const problem = last === undefined ? `the ${quote} is never closed` : quoteProblem(text, quote);
    statements.push({line, key, text, problem});
    index = last ?? index;
  }
  return statements;
};

/** `NAME` alone is docker's way to pass a variable through: a fault only where we would read it. */
const bareName = (line: string): string | undefined =>
  /^\s*(?:export\s+)?([A-Za-z_]\w*)\s*$/.exec(line)?.[1];

/** dotenv ends an unquoted value at any `#`; people and docker expect it only after a space. */
const cutByComment = (rest: string): string | undefined =>
  /^[^#]*\S#/.test(rest) || /^#\S/.test(rest)
    ? 'the value holds a # and would be cut there: put it in quotes'
    : undefined;

const closingLine = (
  lines: readonly string[],
  {from, rest, quote}: {from: number; rest: string; quote: string},
): number | undefined => {
  const closes = new RegExp(`(?<!\\\\)${quote}`);
  if (closes.test(rest.slice(1))) return from;
  const further = lines.slice(from + 1).findIndex((line) => closes.test(line));
  return further < 0 ? undefined : from + 1 + further;
};

const quoteProblem = (text: string, quote: string): string | undefined => {
  const after = text.slice(text.lastIndexOf(quote) + 1);
  return /^\s*(#.*)?$/.test(after) || text.includes('#')
    ? undefined
    : 'something follows the closing quote';
};

const collect = (statements: readonly Statement[]): EnvFile => {
  const values = new Map<string, {value: string; line: number}>();
  const faults: EnvFileFault[] = [];
  for (const {line, key, text, problem} of statements) {
    if (problem !== undefined) faults.push({line, key, problem});
    if (key === undefined || problem !== undefined) continue;
    const value = parse(text)[key] ?? '';
    const earlier = values.get(key);
    if (earlier && earlier.value !== value) {
      faults.push({line, key, problem: `is given twice; line ${earlier.line} has another value`});
    }
    values.set(key, {value, line});
  }
  return {values, faults};
};
