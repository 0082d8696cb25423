/**
 * Statements that SQLite once had, out of a comment in PostgreSQL, which anybody may have written. `sqlite3` reads a
 * line of its input as a command of its own where it begins with a dot and no statement is open: so each has
 * to be one statement and no more.
 * https://www.sqlite.org/cli.html#special_commands_to_sqlite3_dot_commands_
 */
import {isWord, type Token, textOf, tokensOf} from '../migrate/sqlite-lexer.ts';

type Wanted = {readonly type: string; readonly name: string; readonly sql: string};

/** The text to say, without the semicolon that ends it; undefined where it is not the one CREATE statement of this object. */
export const oneStatement = ({type, name, sql}: Wanted): string | undefined => {
  const tokens = tokensOf(sql);
  const isOf = hasHead(tokens, {type, name: name.toLowerCase()});
  if (!isOf || !isClosed(sql, tokens) || endsWithin(tokens, type)) return undefined;
  return hasEndingLine(sql) ? textOf(tokens) : sql;
};

/**
 * As SQLite itself writes it: it keeps no more than this before the name. `CREATE TABLE … AS SELECT` is none:
 * that could read files of this host into the new one, even with -safe.
 */
const hasHead = (
  tokens: readonly Token[],
  {type, name}: {readonly type: string; readonly name: string},
): boolean => {
  const at = type === 'index' && isWord(tokens[1], 'UNIQUE') ? 2 : 1;
  const behind = heads[type];
  return (
    behind !== undefined &&
    isWord(tokens[0], 'CREATE') &&
    isWord(tokens[at], type.toUpperCase()) &&
    tokens[at + 1]?.value.toLowerCase() === name &&
    isWord(tokens[at + 2], ...behind)
  );
};

/** What comes behind the name. */
const heads: Readonly<Record<string, readonly string[]>> = {
  table: ['('],
  index: ['ON'],
  view: ['AS', '('],
  trigger: ['BEFORE', 'AFTER', 'INSTEAD', 'DELETE', 'INSERT', 'UPDATE'],
};

/** No quote or comment takes what follows for a part of it; variables, whose ends parsers see differently, are in no schema. */
const isClosed = (sql: string, tokens: readonly Token[]): boolean =>
  tokensOf(`${sql}\n;`).length === tokens.length + 1 &&
  !tokens.some(({kind, text}) => kind === 'strange' && /["'`[\0$?@#:]/.test(text));

/** The program of a trigger is in semicolons up to its END; nothing else has any. */
const endsWithin = (tokens: readonly Token[], kind: string): boolean => {
  if (kind !== 'trigger') return tokens.some((token) => isWord(token, ';'));
  const ends = tokens.findIndex((token, at) => isWord(token, 'END') && isWord(tokens[at - 1], ';'));
  const begins = tokens.findIndex((token) => isWord(token, 'BEGIN'));
  const isEarly = tokens.slice(0, begins).some((token) => isWord(token, ';'));
  return begins < 0 || isEarly || ends !== tokens.length - 1;
};

/** A line that is `/` or `go` alone ends a statement for sqlite3, as it does elsewhere. */
const hasEndingLine = (sql: string): boolean => /^\s*(\/|go)\s*;?\s*$/im.test(sql);
