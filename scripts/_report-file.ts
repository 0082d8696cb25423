/** A file that is written when all is done: that it can be is looked at before anything begins. */
import {constants} from 'node:fs';
import {access, stat, writeFile} from 'node:fs/promises';
import {dirname} from 'node:path';
import {OpsError} from '../lib/model/errors.ts';

/** Errors: usage where the folder is not there, may not be written to, or the name is a folder's. */
export const assertReportable = async (path: string | undefined): Promise<void> => {
  if (path === undefined) return;
  const isFolder = await stat(path).then(
    (found) => found.isDirectory(),
    () => false,
  );
  const mayWrite = await access(dirname(path), constants.W_OK).then(
    () => true,
    () => false,
  );
  if (!isFolder && mayWrite) return;
  throw new OpsError('usage', `'${path}' can't be written`, {
    hint: 'name a file in a folder that is there and may be written to',
  });
};

export const writeReport = async (path: string | undefined, text: () => string): Promise<void> => {
  if (path !== undefined) await writeFile(path, text(), {mode: 0o600});
};
