/**
 * What CREATE TABLE and CREATE INDEX say that no PRAGMA tells: checks, expressions, collations, and what
 * may be deferred. https://www.sqlite.org/lang_createtable.html
 */
import {closingOf, isWord, splitAtCommas, type Token, tokensOf} from './sqlite-lexer.ts';

export type Check = {readonly name: string | undefined; readonly expression: readonly Token[]};

export type ColumnText = {
  readonly name: string;
  readonly collation: string | undefined;
  readonly generated: readonly Token[] | undefined;
};

export type TableText = {
  readonly columns: readonly ColumnText[];
  readonly checks: readonly Check[];
  /** In the order written, which is the reverse of what PRAGMA foreign_key_list counts. */
  readonly foreignKeys: readonly {
    readonly name: string | undefined;
    readonly isDeferred: boolean;
    readonly isDeferrable: boolean;
  }[];
  /** What ON CONFLICT has of its constraints: `REPLACE`, `IGNORE`. */
  readonly conflicts: readonly string[];
  readonly isAutoincrement: boolean;
};

type Draft = {
  columns: ColumnText[];
  checks: Check[];
  foreignKeys: {name: string | undefined; isDeferred: boolean; isDeferrable: boolean}[];
  conflicts: string[];
  isAutoincrement: boolean;
};

const tableConstraints = ['CONSTRAINT', 'PRIMARY', 'UNIQUE', 'CHECK', 'FOREIGN'];

/** Reads the text of one table; of a virtual table, or what is none, nothing. */
export const readTable = (sql: string): TableText => {
  const tokens = tokensOf(sql);
  const open = tokens.findIndex((token) => isWord(token, '('));
  const draft: Draft = {
    ...{columns: [], checks: [], foreignKeys: [], conflicts: [], isAutoincrement: false},
  };
  if (open < 0 || isWord(tokens[1], 'VIRTUAL')) return draft;
  for (const part of splitAtCommas(tokens.slice(open + 1, closingOf(tokens, open)))) {
    const [first] = part;
    if (first === undefined) continue;
    const isConstraint = isWord(first, ...tableConstraints);
    const found = readConstraints(part, {from: isConstraint ? 0 : 1, draft});
    if (!isConstraint) draft.columns.push({name: first.value, ...found});
  }
  return draft;
};

type Found = Omit<ColumnText, 'name'>;

/** Constraints one after the other, of a column or of the table; commas between the latter may be missing. */
const readConstraints = (
  tokens: readonly Token[],
  {from, draft}: {from: number; draft: Draft},
): Found => {
  let found: Found = {collation: undefined, generated: undefined};
  let name: string | undefined;
  for (let at = from; at < tokens.length; at += 1) {
    const token = tokens[at];
    const next = tokens[at + 1];
    if (isWord(token, 'CONSTRAINT')) name = next?.value;
    if (isWord(token, 'COLLATE')) found = {...found, collation: next?.value.toUpperCase()};
    if (isWord(token, 'CONFLICT') && isWord(tokens[at - 1], 'ON') && next)
      draft.conflicts.push(next.value.toUpperCase());
    if (isWord(token, 'AUTOINCREMENT')) draft.isAutoincrement = true;
    if (isWord(token, 'REFERENCES')) {
      draft.foreignKeys.push({name, ...deferralOf(tokens.slice(at))});
      name = undefined;
    }
    if (!isWord(token, '(')) continue;
    const inner = tokens.slice(at + 1, closingOf(tokens, at));
    const before = tokens[at - 1];
    if (isWord(before, 'CHECK')) draft.checks.push({name, expression: inner});
    if (isWord(before, 'AS')) found = {...found, generated: inner};
    if (isWord(before, 'CHECK', 'UNIQUE') || isWord(tokens[at - 2], 'PRIMARY')) name = undefined;
    at += inner.length + 1;
  }
  return found;
};

/** Up to the next REFERENCES. DEFERRABLE alone is initially immediate; NOT DEFERRABLE wins. */
const deferralOf = (tokens: readonly Token[]) => {
  const next = tokens.findIndex((token, index) => index > 0 && isWord(token, 'REFERENCES'));
  const own = tokens.slice(0, next < 0 ? tokens.length : next);
  const at = own.findIndex((token) => isWord(token, 'DEFERRABLE'));
  const isDeferrable = at > 0 && !isWord(own[at - 1], 'NOT');
  const isDeferred =
    isDeferrable && isWord(own[at + 1], 'INITIALLY') && isWord(own[at + 2], 'DEFERRED');
  return {isDeferrable, isDeferred};
};

export type IndexText = {
  /** One for each column of the index, without COLLATE, ASC and DESC, which PRAGMA index_xinfo tells. */
  readonly parts: readonly (readonly Token[])[];
  /** The condition of a partial index. */
  readonly where: readonly Token[] | undefined;
};

/** Reads the text of one CREATE INDEX. */
export const readIndex = (sql: string): IndexText => {
  const tokens = tokensOf(sql);
  const open = tokens.findIndex((token) => isWord(token, '('));
  const close = closingOf(tokens, open);
  const where = isWord(tokens[close + 1], 'WHERE') ? tokens.slice(close + 2) : undefined;
  return {parts: splitAtCommas(tokens.slice(open + 1, close)).map(withoutOrder), where};
};

const withoutOrder = (tokens: readonly Token[]): readonly Token[] => {
  const rest = isWord(tokens.at(-1), 'ASC', 'DESC') ? tokens.slice(0, -1) : tokens;
  return isWord(rest.at(-2), 'COLLATE') ? rest.slice(0, -2) : rest;
};
