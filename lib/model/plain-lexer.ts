/**
 * Takes a plain dump apart line by line as psql would: which text is a statement, what is quoted, where a
 * backslash is a command for psql. Anything that pg_dump does not write and psql may read in another way than
 * this lexer is refused, not guessed at.
 * https://github.com/postgres/postgres/blob/REL_18_STABLE/src/fe_utils/psqlscan.l
 */

/** Something in a dump that is not taken: where it stands and what it is. */
export class DumpRefused extends Error {
  override readonly name = 'DumpRefused';
  readonly line: number;

  constructor(line: number, what: string) {
    super(`line ${line}: ${what}`);
    this.line = line;
  }
}

export type Statement = {
  /** Without comments; the inside of long texts and of dollar quotes is left out. */
  readonly text: string;
  readonly first: number;
  readonly last: number;
  /** Whether other text stands on its first or last line. */
  readonly isShared: boolean;
};

export type LexerHands = {
  readonly statement: (statement: Statement) => void;
  /** A line that begins with a backslash where a statement may begin. */
  readonly command: (line: string, number: number) => void;
};

const longestKept = 400_000;
const longestText = 80;
const marks =
  /'|"|--|\/\*|\\|;|\(|\)|(?<![\w$\u0080-\u00ff])\$(?:[A-Za-z_\u0080-\u00ff][\w\u0080-\u00ff]*)?\$/g;

/** Feed it every line that is not of a COPY, as latin1, without its line feed. */
export const createLexer = ({statement, command}: LexerHands) => {
  let text = '';
  let first = 0;
  let open: string | undefined;
  let comments = 0;
  let depth = 0;
  let isAfterEscaped = false;
  let endsOn = 0;
  let isShared = false;

  const keep = (part: string) => {
    if (/\S/.test(part)) isAfterEscaped = false;
    if (text.length < longestKept) text += part;
  };
  const end = (number: number) => {
    const trimmed = text.trim();
    const begins = first;
    text = '';
    depth = 0;
    first = 0;
    isAfterEscaped = false;
    if (trimmed !== '') statement({text: trimmed, first: begins, last: number, isShared});
    endsOn = number;
  };

  /** Where a quotation that is open ends in a line; the line's length where it does not. */
  const close = (line: string, from: number): number => {
    if (open === "E'") return closeEscaped(line, from);
    const found = line.indexOf(open as string, from);
    if (found < 0) return line.length + 1;
    const after = found + (open as string).length;
    open = undefined;
    return after;
  };
  const closeEscaped = (line: string, from: number): number => {
    for (let at = from; at < line.length; at += 1) {
      if (line[at] === '\\') at += 1;
      else if (line[at] === "'" && line[at + 1] === "'") at += 1;
      else if (line[at] === "'") {
        open = undefined;
        isAfterEscaped = true;
        return at + 1;
      }
    }
    return line.length + 1;
  };

  const mark = (found: string, line: string, {at, number}: {at: number; number: number}) => {
    if (found === "'") {
      const before = line.slice(Math.max(0, at - 64), at);
      if (isAfterEscaped || /(?<![\w$\u0080-\u00ff])[\d.]+[eE]$/.test(before))
        throw new DumpRefused(number, 'a text where pg_dump writes none');
      open = /(?<![\w$\u0080-\u00ff])[eE]$/.test(before) ? "E'" : "'";
    } else if (found === '"' || found.startsWith('$')) open = found;
    else if (found === '(') depth += 1;
    else if (found === ')') depth = Math.max(0, depth - 1);
    else if (found === '\\') throw new DumpRefused(number, 'a command for psql inside a statement');
    else if (found === ';' && depth === 0) {
      isShared = endsOn === first || /\S/.test(line.slice(at + 1));
      return end(number);
    }
    if (!found.startsWith('$')) keep(found === "'" ? '' : found);
  };

  /** Outside of quotes, from a position to the next mark and past it. */
  const step = (line: string, from: number, number: number): number => {
    marks.lastIndex = from;
    const found = marks.exec(line);
    const plain = line.slice(from, found?.index ?? line.length);
    if (/(?<![\w$\u0080-\u00ff])[\d.]+\$/.test(plain))
      throw new DumpRefused(number, 'a dollar behind a number');
    if (
      first === 0 &&
      /\S/.test(plain + (found && found[0] !== '--' && found[0] !== '/*' ? 'x' : ''))
    )
      first = number;
    keep(plain);
    if (!found || found[0] === '--') return line.length + 1;
    if (found[0] === '/*') comments = 1;
    else mark(found[0], line, {at: found.index, number});
    return found.index + found[0].length;
  };

  const comment = (line: string, from: number): number => {
    const next = /\/\*|\*\//g;
    next.lastIndex = from;
    const found = next.exec(line);
    if (!found) return line.length + 1;
    comments += found[0] === '/*' ? 1 : -1;
    return found.index + 2;
  };

  return {
    line(line: string, number: number): void {
      const isCommand = open === undefined && comments === 0 && first === 0 && line[0] === '\\';
      if (isCommand) command(line, number);
      let at = isCommand ? line.length : 0;
      while (at < line.length) {
        const from = at;
        if (comments > 0) at = comment(line, at);
        else if (open === undefined) at = step(line, at, number);
        else {
          const quote = open;
          at = close(line, at);
          const inside = line.slice(from, Math.min(at, line.length));
          const isName = quote === '"';
          if (isName || (quote === "'" && from > 0 && inside.length <= longestText))
            keep(isName ? inside : `'${inside}`);
        }
      }
      if (first !== 0) keep('\n');
    },
    /** Whether nothing is open: no quotation, no comment, no statement. */
    isAtRest: () => open === undefined && comments === 0 && text.trim() === '',
  };
};
