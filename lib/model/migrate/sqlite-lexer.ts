/**
 * The words of SQL as SQLite reads them. https://www.sqlite.org/lang_keywords.html,
 * https://www.sqlite.org/quirks.html: four kinds of quotes, comments that need no end.
 */
export type Token = {
  /** `name` is quoted by "…", […] or `…`; SQLite takes "…" for a text where no column has the name. */
  readonly kind: 'word' | 'name' | 'text' | 'blob' | 'number' | 'operator' | 'strange';
  /** What it means: quotes taken off, `x'00ff'` as `00ff`. */
  readonly value: string;
  /** As it was written. */
  readonly text: string;
};

const pattern =
  /(?<blank>[ \t\n\f\r]+|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<blob>[xX]'[0-9a-fA-F]*')|(?<text>'(?:[^']|'')*')|(?<name>"(?:[^"]|"")*"|`(?:[^`]|``)*`|\[[^\]]*\])|(?<number>0[xX][0-9a-fA-F]+|(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?)|(?<word>[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)|(?<operator>->>|->|\|\||<<|>>|<=|>=|<>|==|!=|[-+*/%&|~<>=(),.;])|(?<strange>[\s\S])/uy;

/** All tokens of a text; what SQLite would not read at all is `strange`. */
export const tokensOf = (sql: string): readonly Token[] => {
  const tokens: Token[] = [];
  pattern.lastIndex = 0;
  for (let match = pattern.exec(sql); match; match = pattern.exec(sql)) {
    const [kind = 'strange', text = ''] =
      Object.entries(match.groups ?? {}).find(([, part]) => part !== undefined) ?? [];
    if (kind === 'blank') continue;
    tokens.push({kind: kind as Token['kind'], value: meaningOf(kind, text), text});
  }
  return tokens;
};

const meaningOf = (kind: string, text: string): string => {
  if (kind === 'blob') return text.slice(2, -1).toLowerCase();
  if (kind === 'text') return text.slice(1, -1).replaceAll("''", "'");
  if (kind !== 'name') return text;
  const quote = text.slice(-1);
  const body = text.slice(1, -1);
  return quote === ']' ? body : body.replaceAll(quote + quote, quote);
};

/** Whether a token is this keyword or operator; quoted words are never keywords. */
export const isWord = (token: Token | undefined, ...words: readonly string[]): boolean =>
  token !== undefined &&
  (token.kind === 'word' || token.kind === 'operator') &&
  words.includes(token.value.toUpperCase());

/** Where the parenthesis that opens at `from` closes; the end where it never does. */
export const closingOf = (tokens: readonly Token[], from: number): number => {
  let depth = 0;
  for (let at = from; at < tokens.length; at += 1) {
    if (isWord(tokens[at], '(')) depth += 1;
    if (isWord(tokens[at], ')')) depth -= 1;
    if (depth === 0) return at;
  }
  return tokens.length;
};

/** The parts between the commas that are in no parentheses. */
export const splitAtCommas = (tokens: readonly Token[]): readonly (readonly Token[])[] => {
  const parts: Token[][] = [[]];
  let depth = 0;
  for (const token of tokens) {
    if (isWord(token, '(')) depth += 1;
    if (isWord(token, ')')) depth -= 1;
    if (depth === 0 && isWord(token, ',')) parts.push([]);
    else parts.at(-1)?.push(token);
  }
  return parts;
};

/** The text of tokens, one blank between: the same meaning, comments left out. */
export const textOf = (tokens: readonly Token[]): string => tokens.map(({text}) => text).join(' ');
