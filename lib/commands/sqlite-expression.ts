/**
 * An expression of SQLite as one of PostgreSQL, where both mean the same; what is not known here is not
 * carried over. The server has the last word: what it refuses is reported.
 * https://www.sqlite.org/lang_expr.html
 */
import {isWord, type Token} from '../model/migrate/sqlite-lexer.ts';
import {identifier, literal} from './sql.ts';

export type KnownColumn = {
  /** In the target. */
  readonly name: string;
  readonly type: string;
};

export type Translated = {readonly sql: string} | {readonly why: string};

export type Surroundings = {
  /** By the source's name in lower case. */
  readonly columns: ReadonlyMap<string, KnownColumn>;
  /** In a view: tables and aliases too, by their names in lower case. */
  readonly others?: ReadonlyMap<string, string>;
};

/** What keeps an expression from being carried over. */
class Untranslatable extends Error {}

export const translate = (tokens: readonly Token[], surroundings: Surroundings): Translated => {
  try {
    const words = tokens.map((token, at) => wordFor(token, {tokens, at}, surroundings));
    return {sql: words.filter((word) => word !== '').join(' ')};
  } catch (error) {
    if (error instanceof Untranslatable) return {why: error.message};
    throw error;
  }
};

type Place = {readonly tokens: readonly Token[]; readonly at: number};

const wordFor = (token: Token, place: Place, surroundings: Surroundings): string => {
  const {kind, value} = token;
  if (kind === 'number') return numberText(value);
  if (kind === 'text') return literal(value);
  if (kind === 'blob') return `'\\x${value}'::bytea`;
  if (kind === 'strange') throw new Untranslatable(`'${value}' is not known`);
  if (kind === 'operator') return operatorFor(value);
  const name = nameFor(token, place, surroundings);
  if (name !== undefined) return name;
  // https://www.sqlite.org/quirks.html#double_quoted_string_literals_are_accepted
  if (kind === 'name') return literal(value);
  return keywordFor(value.toUpperCase(), place, surroundings);
};

const numberText = (value: string) => (/^0x/i.test(value) ? String(BigInt(value)) : value);

const operators: Readonly<Record<string, string>> = {'==': '=', '!=': '<>'};

const operatorFor = (value: string): string => {
  if (value === '->' || value === '->>' || value === ';')
    throw new Untranslatable(`the operator ${value} means something else in PostgreSQL`);
  return operators[value] ?? value;
};

/** A column, table or alias; a truth value as the number that SQLite takes it for. */
const nameFor = (
  {kind, value}: Token,
  {tokens, at}: Place,
  {columns, others}: Surroundings,
): string | undefined => {
  const key = value.toLowerCase();
  const isCall = kind === 'word' && isWord(tokens[at + 1], '(');
  if (isCall) return undefined;
  const other = others?.get(key);
  if (other !== undefined) return identifier(other);
  const column = columns.get(key);
  if (!column || (kind === 'word' && keywords.has(value.toUpperCase()))) return undefined;
  const isPart = isWord(tokens[at + 1], '.');
  const isNumber = others === undefined || isReckonedWith({tokens, at});
  return column.type === 'boolean' && !isPart && isNumber
    ? `${identifier(column.name)}::integer`
    : identifier(column.name);
};

/** A view gives truth values as such, and compares and adds them up as numbers. */
const isReckonedWith = ({tokens, at}: Place): boolean => {
  const start = isWord(tokens[at - 1], '.') ? at - 2 : at;
  const isSummed = isWord(tokens[start - 1], '(') && isWord(tokens[start - 2], 'SUM', 'AVG');
  return isSummed || isComparison(tokens[at + 1]) || isComparison(tokens[start - 1]);
};

const isComparison = (token: Token | undefined) =>
  isWord(token, '=', '==', '<>', '!=', '<', '>', '<=', '>=', 'IN', 'BETWEEN');

const keywords = new Set(
  'AND OR NOT IS NULL IN BETWEEN LIKE CASE WHEN THEN ELSE END TRUE FALSE CAST AS ESCAPE DISTINCT FROM'.split(
    ' ',
  ),
);

const inViews = new Set(
  'SELECT WHERE GROUP BY ORDER HAVING LIMIT OFFSET JOIN NATURAL LEFT INNER OUTER CROSS ON USING UNION ALL EXCEPT INTERSECT ASC DESC WITH EXISTS OVER PARTITION FILTER'.split(
    ' ',
  ),
);

/** Whether it is a word of the language's own, unquoted, and no name. */
export const isKeyword = ({kind, value}: Token): boolean =>
  kind === 'word' && (keywords.has(value.toUpperCase()) || inViews.has(value.toUpperCase()));

/** Functions of the same name and meaning. */
const functions = new Set(
  'ABS COALESCE LOWER UPPER LENGTH TRIM LTRIM RTRIM REPLACE NULLIF COUNT SUM ROUND MIN MAX AVG SUBSTR ROW_NUMBER RANK DENSE_RANK LAG LEAD FIRST_VALUE LAST_VALUE'.split(
    ' ',
  ),
);

const renamed: Readonly<Record<string, string>> = {
  IFNULL: 'coalesce',
  SUBSTRING: 'substr',
  INSTR: 'strpos',
  CHAR_LENGTH: 'length',
};

const keywordFor = (word: string, {tokens, at}: Place, {others}: Surroundings): string => {
  const isCall = isWord(tokens[at + 1], '(');
  if (isCall && renamed[word] !== undefined) return renamed[word];
  if (isCall && functions.has(word)) return functionFor(word, {tokens, at});
  if (word === 'LIKE') return 'ILIKE';
  if (word === 'ASC') return 'ASC NULLS FIRST';
  if (word === 'DESC') return 'DESC NULLS LAST';
  if (word === 'ISNULL') return 'IS NULL';
  if (word === 'NOTNULL') return 'IS NOT NULL';
  if (keywords.has(word)) return word;
  if (others && inViews.has(word)) return word;
  const isType = isWord(tokens[at - 1], 'AS') && isWord(tokens[at + 1], ')', '(');
  if (isType) return castType(word);
  throw new Untranslatable(`'${word}' is not known to mean the same in PostgreSQL`);
};

/** Of several arguments, min and max are least and greatest. */
const functionFor = (word: string, {tokens, at}: Place): string => {
  if (word !== 'MIN' && word !== 'MAX') return word.toLowerCase();
  let depth = 0;
  for (const token of tokens.slice(at + 1)) {
    if (isWord(token, '(')) depth += 1;
    if (isWord(token, ')')) depth -= 1;
    if (depth === 0) break;
    if (depth === 1 && isWord(token, ','))
      throw new Untranslatable(`${word} of several values treats NULL in another way`);
  }
  return word.toLowerCase();
};

const castType = (word: string): string => {
  const type = {
    INTEGER: 'bigint',
    INT: 'bigint',
    TEXT: 'text',
    REAL: 'double precision',
    NUMERIC: 'numeric',
  }[word];
  if (type === undefined) throw new Untranslatable(`CAST AS ${word} is not known`);
  return type;
};
