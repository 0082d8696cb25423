/**
 * The words of a command as an operator writes it in a setting: blanks part them, quotes and backslashes
 * keep them together. No shell reads them, so what only a shell would do is refused and not passed on.
 */

/** Outside quotes these mean something to a shell; within double quotes the first two still do. */
const shellOnly = /[$`|&;<>()*?~#{}!]/;

/** Undefined for nothing, for a quote that is never closed, and for what only a shell could do. */
export const wordsOf = (text: string): readonly string[] | undefined => {
  const words: string[] = [];
  const part =
    /\s+|'(?<single>[^']*)'|"(?<double>(?:[^"\\$`]|\\.)*)"|\\(?<escaped>.)|(?<plain>[^\s'"\\]+)/suy;
  let isOpen = false;
  while (part.lastIndex < text.length) {
    const found = part.exec(text);
    if (!found) return undefined;
    const {single, double, escaped, plain} = found.groups ?? {};
    if (plain !== undefined && shellOnly.test(plain)) return undefined;
    const said = single ?? double?.replace(/\\(["\\$`])/g, '$1') ?? escaped ?? plain;
    if (said === undefined) {
      isOpen = false;
      continue;
    }
    if (isOpen) words.push(`${words.pop()}${said}`);
    else words.push(said);
    isOpen = true;
  }
  return words.length === 0 ? undefined : words;
};
