/** Values that stand for a value: what nobody has filled in yet. */

/** Whatever the key is: only what no application would take for a value. */
const marks: readonly RegExp[] = [
  /(^|[^a-z])(change|replace)[-_ ]?(me|this|it)([^a-z]|$)/i,
  /(^|[^a-z])(set|fill)[-_ ]?me([^a-z]|$)/i,
  /(^|[^a-z])(replace|insert|enter|put|add|change)[-_ ](me[-_ ])?(with|your)([^a-z]|$)/i,
  /^["'<]?your[-_][a-z]/i,
  /(^|[^a-z])your[-_ ]?(secret|password|api[-_ ]?key|token|domain|username)([^a-z]|$)/i,
  /^<[^<>@]+>$/,
  /^\{\{.*\}\}$/,
  /^(TODO|FIXME|TBD)\b/,
  /^(x{3,}|\*{3,}|\.{3,}|…|-{3,}|\?{3,})$/i,
  /(^|[^a-z])(placeholder|redacted)([^a-z]|$)/i,
];

/** In what is secret: an application may well be called `todo`, and a list stand in brackets. */
const secretMarks: readonly RegExp[] = [
  /(^|[^a-z])(example|sample|dummy|todo|fixme|tbd|your|here)([^a-z]|$)/i,
  /^(none|null|undefined|foo|bar|foobar|baz)$/i,
  /change[-_]?(me|it)/i,
  /x{6,}/i,
  /<[^<>]+>|^\[.*\]$|^\$\{?\w+\}?$/,
];

/** Names that nobody owns: https://www.rfc-editor.org/rfc/rfc2606 */
const exampleHost = /(^|[@./])example\.(com|net|org)\b|\.example\b/i;

/** What a value has of a placeholder; undefined where it looks filled in. */
export const placeholderKind = (
  value: string,
  {isSecret}: {readonly isSecret: boolean},
): 'placeholder' | 'example host' | undefined => {
  const isMarked = [...marks, ...(isSecret ? secretMarks : [])].some((mark) => mark.test(value));
  if (isMarked) return 'placeholder';
  return exampleHost.test(value) ? 'example host' : undefined;
};
