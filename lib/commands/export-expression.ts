/**
 * An expression of PostgreSQL as one of SQLite, where both mean the same; what is not known here is told, not
 * guessed. Division is not: of whole numbers it is one thing, of fractions another.
 */
import {isWord, type Token, tokensOf} from '../model/migrate/sqlite-lexer.ts';
import {sqliteName, sqliteText} from './sqlite.ts';

export type ToSqlite = {readonly sql: string} | {readonly why: string};

/** The names that may stand in it, as PostgreSQL has them, and what they are in SQLite. */
export type Known = ReadonlyMap<string, string>;

export const toSqlite = (expression: string, known: Known): ToSqlite => {
  const words: string[] = [];
  const tokens = withoutCasts(tokensOf(expression));
  for (const [at, token] of tokens.entries()) {
    const word = wordFor(token, {tokens, at, known});
    if (word === undefined)
      return {why: `'${token.text.slice(0, 40)}' is not known to mean the same in SQLite`};
    if (word !== '') words.push(word);
  }
  return {sql: words.join(' ')};
};

type Place = {readonly tokens: readonly Token[]; readonly at: number; readonly known: Known};

const plainWords = new Set(
  'AND OR NOT IS NULL IN BETWEEN CASE WHEN THEN ELSE END TRUE FALSE DISTINCT FROM ESCAPE'.split(
    ' ',
  ),
);
const functions = new Set(['LOWER', 'UPPER', 'LENGTH', 'COALESCE', 'ABS', 'NULLIF', 'REPLACE']);
const operators = new Set(['=', '<>', '<', '<=', '>', '>=', '+', '-', '*', '||', '(', ')', ',']);

const wordFor = (token: Token, {tokens, at, known}: Place): string | undefined => {
  const {kind, value, text} = token;
  if (kind === 'number') return text;
  if (kind === 'text') return isWord(tokens[at - 1], 'E', 'B', 'X') ? undefined : sqliteText(value);
  if (isWord(token, '=') && isWord(tokens[at + 1], 'ANY')) return 'IN';
  if (kind === 'operator') return operators.has(text) ? text : undefined;
  if (kind === 'name' && text.startsWith('[')) return listOf(token, {tokens, at, known});
  if (kind !== 'word' && kind !== 'name') return undefined;
  const isCall = kind === 'word' && isWord(tokens[at + 1], '(');
  if (isCall && functions.has(value.toUpperCase())) return text;
  if (kind === 'word' && plainWords.has(value.toUpperCase())) return text;
  if (isWord(token, 'ANY')) return isWord(tokens[at - 1], '=') ? '' : undefined;
  if (isWord(token, 'ARRAY')) return '';
  const name = isCall ? undefined : known.get(value);
  return name === undefined ? undefined : sqliteName(name);
};

/** `= ANY (ARRAY['a', 'b'])` is how PostgreSQL keeps `IN ('a', 'b')`. */
const listOf = (token: Token, {tokens, at, known}: Place): string | undefined => {
  if (!isWord(tokens[at - 1], 'ARRAY')) return undefined;
  const inner = toSqlite(token.text.slice(1, -1), known);
  return 'sql' in inner ? inner.sql : undefined;
};

/** `'a'::character varying(5)` as `'a'`: SQLite knows no types of values. */
const withoutCasts = (tokens: readonly Token[]): readonly Token[] => {
  const kept: Token[] = [];
  for (let at = 0; at < tokens.length; at += 1) {
    const token = tokens[at] as Token;
    const isCast = token.text === ':' && tokens[at + 1]?.text === ':';
    if (isCast) at = endOfType(tokens, at + 2) - 1;
    else kept.push(token);
  }
  return kept;
};

const typeWords = ['VARYING', 'PRECISION', 'WITH', 'WITHOUT', 'TIME', 'ZONE'];

const endOfType = (tokens: readonly Token[], from: number): number => {
  let at = from + 1;
  while (isWord(tokens[at], ...typeWords) || isWord(tokens[at], '.'))
    at += isWord(tokens[at], '.') ? 2 : 1;
  if (isWord(tokens[at], '(')) at += 3;
  if (tokens[at]?.text === '[]') at += 1;
  return at;
};

/** Defaults that are functions of PostgreSQL's own, by the text of it. */
const defaults: Readonly<Record<string, string>> = {
  'now()': `(strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))`,
  CURRENT_TIMESTAMP: `(strftime('%Y-%m-%dT%H:%M:%f000Z', 'now'))`,
  CURRENT_DATE: 'CURRENT_DATE',
  'gen_random_uuid()': `(lower(hex(randomblob(4)) || '-' || hex(randomblob(2)) || '-4' || substr(hex(randomblob(2)), 2) || '-' || substr('89AB', 1 + (abs(random()) % 4), 1) || substr(hex(randomblob(2)), 2) || '-' || hex(randomblob(6))))`,
};

export const defaultToSqlite = (expression: string): ToSqlite => {
  const own = defaults[expression];
  if (own !== undefined) return {sql: own};
  const translated = toSqlite(expression, new Map());
  return 'sql' in translated ? {sql: `(${translated.sql})`} : translated;
};
