/**
 * Statements that SQLite once had, out of a comment in PostgreSQL, which anybody may have written. `sqlite3` reads a
 * line of its input as a command of its own where it begins with a dot and no statement is open: so each has
 * to be one statement and no more.
 * https://www.sqlite.org/cli.html#special_commands_to_sqlite3_dot_commands_
 */
import {isWord, type Token, textOf, tokensOf} from '../migrate/sqlite-lexer.ts';

/** The text to say, without the semicolon that ends it; undefined where it is not one CREATE statement of that kind. */
export const oneStatement = (sql: string, kind: string): string | undefined => {
  const tokens = tokensOf(sql);
  const isCreate = isWord(tokens[0], 'CREATE');
  const isOfKind = tokens.slice(1, 4).some((token) => isWord(token, kind.toUpperCase()));
  const isOpen = tokens.some(({kind: of, text}) => of === 'strange' && /["'`[\0]/.test(text));
  if (!isCreate || !isOfKind || isOpen || endsWithin(tokens, kind)) return undefined;
  return hasEndingLine(sql) ? textOf(tokens) : sql;
};

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
