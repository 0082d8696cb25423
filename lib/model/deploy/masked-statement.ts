/** A statement as a report may show it: what it does, and no value of production in it. */

/** So much of one is shown. */
export const longestShown = 160;

const token =
  /(?<gap>\s+|--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|(?<value>[eE]'(?:[^'\\]|''|\\[\s\S])*(?:'|$)|(?:[bBxXnN]|[uU]&)?'(?:[^']|'')*(?:'|$)|\d[\w.]*|\.\d+)|(?<dollar>\$(?:[A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$)|"(?:[^"]|"")*(?:"|$)|\$\d+|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|[\s\S]/y;

/**
 * Texts and numbers become `?`, comments go, blanks are one; at most `longestShown` characters. Names stay. It
 * takes whatever stands in a log: what does not end is masked to the end.
 */
export const maskedStatement = (sql: string): string => {
  let masked = '';
  for (let at = 0; at < sql.length && masked.length <= 4 * longestShown; ) {
    token.lastIndex = at;
    const found = token.exec(sql);
    const {gap, value, dollar} = found?.groups ?? {};
    at = token.lastIndex;
    if (dollar !== undefined) {
      const end = sql.indexOf(dollar, at);
      at = end < 0 ? sql.length : end + dollar.length;
    }
    if (gap === undefined) masked += value === undefined && dollar === undefined ? found?.[0] : '?';
    else if (masked !== '' && !masked.endsWith(' ')) masked += ' ';
  }
  return shortened(masked.trim().replace(/;$/, ''));
};

/** A list of values says as much as one of them. */
const shortened = (masked: string): string => {
  const short = masked
    .replace(/\?(\s*,\s*\?)+/g, '?, …')
    .replace(/(\((?:\?|\?, …)\))(\s*,\s*\((?:\?|\?, …)\))+/g, '$1, …');
  return short.length > longestShown ? `${short.slice(0, longestShown)}…` : short;
};
