/** A file that was not there before: built aside, and put in place without replacing anything. */
import {link, lstat, unlink} from 'node:fs/promises';
import {dirname} from 'node:path';
import {OpsError} from '../model/errors.ts';
import {printable} from '../model/redact.ts';
import {systemHint} from '../model/system-fault.ts';
import {syncFolder} from './durable.ts';

/** Errors: usage where something is there already. */
export const assertNew = async (path: string): Promise<void> => {
  const found = await lstat(path).catch(() => undefined);
  if (found) throw isThere(path);
};

/** Gives a file its name, on the disk when this returns. Errors: usage where something has come there meanwhile. */
export const putInPlace = async (aside: string, path: string): Promise<void> => {
  // Not by a rename, which would replace what is there.
  await link(aside, path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'EEXIST') throw isThere(path);
    const hint = systemHint(cause) ?? 'look at the folder, then run again';
    throw new OpsError('toolFailed', `'${printable(path)}' could not be written`, {hint, cause});
  });
  await unlink(aside);
  await syncFolder(dirname(path));
};

const isThere = (path: string) =>
  new OpsError('usage', `'${printable(path)}' is there already`, {
    hint: 'name a file that is not there',
  });
