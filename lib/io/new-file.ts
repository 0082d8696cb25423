/** A file that was not there before: built aside, and put in place without replacing anything. */
import {link, lstat, readdir, unlink} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {OpsError} from '../model/errors.ts';
import {printable} from '../model/redact.ts';
import {systemHint} from '../model/system-fault.ts';
import {isAlive} from './alive.ts';
import {removeFile} from './descriptor.ts';
import {syncFolder} from './durable.ts';

/**
 * A file that is made under a name of this run's own, and gets its name when it is whole; what runs that were killed
 * have left of it goes. Errors: usage where something is there already, or the folder is not; toolFailed.
 */
export const makeNew = async <Value>(
  path: string,
  make: (aside: string) => Promise<Value>,
): Promise<Value> => {
  await assertNew(path);
  await sweepAside(path);
  const aside = `${path}.${process.pid}.incoming`;
  try {
    const made = await make(aside);
    await putInPlace(aside, path);
    return made;
  } finally {
    await removeFile(aside);
  }
};

const sweepAside = async (path: string): Promise<void> => {
  const [folder, name] = [dirname(path), basename(path)];
  const found = await readdir(folder).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code !== 'ENOENT' && cause.code !== 'ENOTDIR') return [];
    throw new OpsError('usage', `there is no folder '${printable(folder)}' to write to`, {
      hint: 'make it, or name another file',
      cause,
    });
  });
  for (const other of found) {
    const [, pid] = /^\.(\d+)\.incoming$/.exec(other.slice(name.length)) ?? [];
    if (pid !== undefined && other.startsWith(name) && !isAlive(Number(pid)))
      await removeFile(join(folder, other));
  }
};

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
