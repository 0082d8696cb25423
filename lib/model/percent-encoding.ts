/** The percent-encoding of URLs, as strict as libpq's. */

/** A URL while it is read: variables found, and what is to be said about it. */
export type Reading = {
  readonly libpq: Record<string, string>;
  readonly warnings: string[];
  readonly faults: string[];
};

/** The text behind the percent signs; a fault where there is none, or none that a variable can hold. */
export const decode = (
  text: string | undefined,
  {as: what, reading}: {as: string; reading: Reading},
): string | undefined => {
  if (text === undefined) return undefined;
  if (/%(?![\da-f]{2})/i.test(text)) {
    reading.faults.push(`${what} holds a % without two hexadecimal digits: write % itself as %25`);
    return undefined;
  }
  const value = percentDecoded(text);
  // biome-ignore format: one table of what is refused
  const problem =
    value.includes('\0') ? 'a NUL byte (%00)'
    : /[\r\n]/.test(value) ? 'a line break'
    : value.includes('\uFFFD') ? 'bytes that are not UTF-8'
    : undefined;
  if (problem) reading.faults.push(`${what} holds ${problem}`);
  return problem ? undefined : value;
};

/** Never fails: what is no percent-encoding stays as it is. */
export const percentDecoded = (text: string): string =>
  text.replace(/(?:%[\da-f]{2})+/gi, (run) =>
    Buffer.from(run.replaceAll('%', ''), 'hex').toString('utf8'),
  );
