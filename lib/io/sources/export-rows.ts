/** A file of rows as `export` writes it: known by its beginning, copied, and read line by line. */
import {createWriteStream} from 'node:fs';
import {pipeline} from 'node:stream/promises';
import {OpsError} from '../../model/errors.ts';
import {
  createExportReader,
  type ExportPart,
  headBytes,
  isExport,
  longestRowBytes,
} from '../../model/migrate/export-file.ts';
import {JsonFault} from '../../model/migrate/json-value.ts';
import {printable} from '../../model/redact.ts';
import {linesIn} from '../line-file.ts';
import {openRegular} from '../regular-file.ts';

/** False for what can't be read too: whoever reads it says so. */
export const isExportFile = async (path: string): Promise<boolean> => {
  const file = await openRegular(path, {links: 'followed'}).catch(() => undefined);
  if (!file) return false;
  try {
    const {buffer, bytesRead} = await file.read(Buffer.alloc(headBytes), 0, headBytes, 0);
    return isExport(buffer.subarray(0, bytesRead));
  } finally {
    await file.close();
  }
};

/** So that two readings are of the same bytes, whoever writes. Errors: toolFailed. */
export const copyFileAside = async (
  path: string,
  to: string,
  signal: AbortSignal,
): Promise<void> => {
  const file = await openRegular(path, {links: 'followed'});
  const options = {autoClose: true, highWaterMark: 1 << 20};
  const writer = createWriteStream(to, {flags: 'wx', mode: 0o600, highWaterMark: 1 << 20});
  await pipeline(file.createReadStream(options), writer, {signal}).catch((cause: unknown) => {
    signal.throwIfAborted();
    throw new OpsError('toolFailed', `'${printable(path)}' could not be copied`, {
      hint: 'check the free space and the health of the disk (df -h, dmesg), then run again',
      cause,
    });
  });
};

type Reading = {
  /** The file that the operator named. */
  readonly shown: string;
  readonly signal: AbortSignal;
};

/** All tables and rows of a file, in their order. Errors: notIntact with the line, where it is no export. */
export const readExport = async (
  path: string,
  {shown, signal}: Reading,
  hear: (part: ExportPart) => void,
): Promise<void> => {
  const reader = createExportReader();
  const utf8 = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true});
  let at = 0;
  try {
    for await (const lines of linesIn(path, {atOnce: 1_000, longest: longestRowBytes})) {
      signal.throwIfAborted();
      for (const line of lines) {
        at += 1;
        const part = reader.read(utf8.decode(Buffer.from(line, 'latin1')));
        if (part) hear(part);
      }
    }
    reader.end();
  } catch (error) {
    const why = faultIn(error);
    if (why === undefined) throw error;
    throw new OpsError('notIntact', `'${printable(shown)}' ${why} (line ${at})`, {
      hint: 'write it anew with `pgkeep export --json-path`; in another layout it is one document',
    });
  }
};

const faultIn = (error: unknown): string | undefined => {
  if (error instanceof JsonFault) return error.message;
  return error instanceof TypeError &&
    'code' in error &&
    error.code === 'ERR_ENCODING_INVALID_ENCODED_DATA'
    ? 'is no UTF-8'
    : undefined;
};
