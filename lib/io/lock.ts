/** One writer per database's folder on this host. */
import {constants, ftruncateSync, writeSync} from 'node:fs';
import {open} from 'node:fs/promises';
import {OpsError} from '../model/errors.ts';
import {printable} from '../model/redact.ts';
import {tryFlock} from './flock.ts';
import type {Shell} from './shell.ts';

/** What a waiting run is told about the one at work. */
export type Holder = {readonly verb: string; readonly since: string};

/**
 * Do the work under the lock of `file`, which is made when missing and never removed.
 * Errors: locked (exit 75) naming who holds it; unavailable where the host has no `flock`.
 */
export const withLock = async <Value>(
  shell: Shell,
  {
    file,
    verb,
    since,
    what = 'another run is at work on this database',
  }: {readonly file: string; readonly what?: string} & Holder,
  work: () => Promise<Value>,
): Promise<Value> => {
  const lock = await tryFlock(shell, file).catch((cause: unknown) => {
    if (cause instanceof OpsError) throw cause;
    throw new OpsError('unavailable', `the lock '${file}' can't be opened`, {cause});
  });
  if (lock === undefined)
    throw new OpsError('locked', `${what}${await holderOf(file)}`, {
      hint: 'wait for it to end, then run again',
    });
  try {
    ftruncateSync(lock.descriptor);
    writeSync(lock.descriptor, `${JSON.stringify({verb, since, pid: process.pid})}\n`, 0);
    return await work();
  } finally {
    lock.release();
  }
};

/** What its file says of the run that holds a lock. */
export const holderOf = async (file: string): Promise<string> => {
  try {
    const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      const {verb, since, pid} = JSON.parse(await handle.readFile('utf8'));
      return printable(`: ${verb} since ${since}, process ${pid}`);
    } finally {
      await handle.close();
    }
  } catch {
    return '';
  }
};
