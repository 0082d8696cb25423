/** Who reads the sets of a shelf, and who is about to take some away. */
import {join} from 'node:path';
import {OpsError} from '../model/errors.ts';
import {tryFlock} from './flock.ts';
import type {Shell} from './shell.ts';

const name = '.readers';

/**
 * Read sets that nobody takes away meanwhile; several may read at once. Where the shelf can't be written,
 * nobody can remove from it either. Errors: locked while sets are being removed.
 */
export const whileReading = async <Value>(
  shell: Shell,
  shelf: string,
  read: () => Promise<Value>,
): Promise<Value> => {
  const lock = await tryFlock(shell, join(shelf, name), 'shared').catch(unlessUnwritable);
  if (lock === undefined)
    throw new OpsError('locked', `sets are being removed from '${shelf}'`, {
      hint: 'wait for it to end, then run again',
    });
  try {
    return await read();
  } finally {
    if (lock !== 'none') lock.release();
  }
};

/** Remove sets that nobody reads meanwhile. Errors: locked while somebody does. */
export const whileNobodyReads = async <Value>(
  shell: Shell,
  shelf: string,
  remove: () => Promise<Value>,
): Promise<Value> => {
  const lock = await tryFlock(shell, join(shelf, name));
  if (lock === undefined)
    throw new OpsError('locked', `somebody reads the sets in '${shelf}' (verify, bundle)`, {
      hint: 'wait for it to end, then run again',
    });
  try {
    return await remove();
  } finally {
    lock.release();
  }
};

const unlessUnwritable = (error: NodeJS.ErrnoException): 'none' => {
  if (['EROFS', 'EACCES', 'EPERM', 'ENOENT', 'ENOSPC'].includes(error.code ?? '')) return 'none';
  throw error;
};
