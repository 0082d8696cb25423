/** How SQLite sorts, said in full: NULL is less than any value there, and greater than any in PostgreSQL. */
import {isWord, type Token} from './sqlite-lexer.ts';

/**
 * The same tokens with a direction behind each term of each ORDER BY.
 * https://www.sqlite.org/lang_select.html#the_order_by_clause
 */
export const withDirections = (tokens: readonly Token[]): readonly Token[] => {
  const result: Token[] = [];
  /** Brackets around each ORDER BY that is being read, the innermost last. */
  const open: number[] = [];
  let depth = 0;
  const endTerm = () => {
    if (!isWord(result.at(-1), 'ASC', 'DESC'))
      result.push({kind: 'word', value: 'ASC', text: 'ASC'});
  };
  for (const [at, token] of tokens.entries()) {
    if (open.at(-1) === depth && isWord(token, ...enders)) {
      endTerm();
      if (!isWord(token, ',')) open.pop();
    }
    if (isWord(token, '(')) depth += 1;
    if (isWord(token, ')')) depth -= 1;
    result.push(token);
    if (isWord(token, 'BY') && isWord(tokens[at - 1], 'ORDER')) open.push(depth);
  }
  if (open.length > 0) endTerm();
  return result;
};

const enders = [',', ')', 'LIMIT', 'UNION', 'EXCEPT', 'INTERSECT', 'ROWS', 'RANGE', 'GROUPS'];
