/** A file of JSON as a row of the store. */
import {OpsError} from '../errors.ts';
import {printable} from '../redact.ts';
import {JsonFault, type JsonValue, parseJson} from './json-value.ts';

/** JSONB holds 256 MB. */
export const largestDocumentBytes = 200_000_000;

/**
 * The document in a file's bytes. A byte order mark in front is passed over. Errors: notIntact with line and
 * column for what is no JSON, and for what JSONB can't hold as it is (doubled names, \u0000, …).
 */
export const parseDocument = (bytes: Buffer, path: string): JsonValue => {
  const text = textIn(bytes, path);
  try {
    return parseJson(text, {for: 'jsonb'});
  } catch (error) {
    if (!(error instanceof JsonFault)) throw error;
    const before = text.slice(0, error.at).split('\n');
    const place = `line ${before.length}, column ${(before.at(-1) ?? '').length + 1}`;
    throw new OpsError('notIntact', `'${printable(path)}' ${error.message} (${place})`, {
      hint: 'correct the file: what is there now would not come back the same',
    });
  }
};

const textIn = (bytes: Buffer, path: string): string => {
  try {
    return new TextDecoder('utf-8', {fatal: true}).decode(bytes);
  } catch {
    throw new OpsError('notIntact', `'${printable(path)}' is no UTF-8`, {
      hint: 'save it as UTF-8 (iconv -f LATIN1 -t UTF-8), then run again',
    });
  }
};

/** `config/settings.json` → `settings`. */
export const kindOfFile = (path: string): string =>
  (path.split('/').at(-1) ?? '').replace(/\.json$/i, '') || 'document';
