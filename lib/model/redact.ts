/** Takes secrets out of a text by value: raw, percent-encoded, base64. */
export type Redact = (text: string) => string;

/** A redactor for these secrets; those shorter than three characters would mask half of every text and are left out. */
export const redactor = (secrets: readonly string[]): Redact => {
  const forms = secrets
    .filter((secret) => secret.length >= 3)
    .flatMap((secret) => [
      secret,
      encodeURIComponent(secret),
      encodeURI(secret),
      Buffer.from(secret).toString('base64'),
    ])
    .sort((a, b) => b.length - a.length);
  const unique = [...new Set(forms)];
  return (text) => unique.reduce((masked, form) => masked.replaceAll(form, '***'), text);
};

/**
 * A text from outside (a server's message, a name) made safe for a terminal and a log line:
 * control characters, escape sequences and bidirectional overrides become visible.
 * Line feeds and tabs stay where `keepLines` says so.
 */
export const printable = (text: string, {keepLines = false} = {}): string =>
  text.replace(
    /[\u0000-\u001f\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g,
    (character) => {
      if (keepLines && (character === '\n' || character === '\t')) return character;
      if (character === '\n') return String.raw`\n`;
      if (character === '\t') return String.raw`\t`;
      return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
    },
  );
