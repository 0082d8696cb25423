/** Files of JSON, read whole. */
import {OpsError} from '../../model/errors.ts';
import {largestDocumentBytes} from '../../model/migrate/json-document.ts';
import {printable} from '../../model/redact.ts';
import {openRegular} from '../regular-file.ts';

export type JsonFile = {
  readonly path: string;
  readonly bytes: Buffer;
  /** When it was written last, in milliseconds since 1970. */
  readonly writtenAtMilliseconds: number;
};

/** Errors: usage where it is no file that this user may read; notIntact where it is larger than JSONB. */
export const readJsonFile = async (path: string): Promise<JsonFile> => {
  const file = await openRegular(path, {links: 'followed'}).catch((cause: unknown) => {
    throw new OpsError('usage', `'${printable(path)}' can't be read`, {
      hint: 'name a file of JSON that this user may read',
      cause,
    });
  });
  try {
    const {size, mtimeMs} = await file.stat();
    if (size > largestDocumentBytes)
      throw new OpsError('notIntact', `'${printable(path)}' is larger than PostgreSQL's JSONB`, {
        hint: 'take it apart into several documents',
      });
    return {path, bytes: await file.readFile(), writtenAtMilliseconds: Math.floor(mtimeMs)};
  } finally {
    await file.close();
  }
};
