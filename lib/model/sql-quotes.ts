/** Where quotes of SQL open and close, line by line: what stands between them is nobody's statement. */

/** What opened a quotation that is not closed yet: `'`, `"`, `$$`, `$body$`; undefined outside of all. */
export type OpenQuote = string | undefined;

/**
 * What is open at the end of a line, by what was open at its beginning. For SQL as PostgreSQL's own
 * programs write it: quotes inside a quotation are doubled, never escaped by a backslash.
 * https://www.postgresql.org/docs/current/sql-syntax-lexical.html
 */
export const quoteAfter = (line: string, before: OpenQuote): OpenQuote => {
  // A command for psql has rules of its own, and ends with its line.
  if (before === undefined && line.startsWith('\\')) return undefined;
  let open = before;
  for (let at = 0; at < line.length; ) {
    if (open !== undefined) {
      const end = line.indexOf(open, at);
      if (end < 0) return open;
      at = end + open.length;
      open = undefined;
      continue;
    }
    opening.lastIndex = at;
    const mark = opening.exec(line)?.[0];
    if (mark === undefined || mark === '--') return undefined;
    at = opening.lastIndex;
    open = mark;
  }
  return open;
};

/** A doubled quote closes and opens again; a dollar inside a word opens nothing. */
const opening = /'|"|--|(?<![\w$\u0080-\uffff])\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$/g;
