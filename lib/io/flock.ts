/**
 * Locks of this host: flock(2) on a descriptor that pgkeep holds. A lock ends with the process,
 * whatever ends it, so no stale one can exist.
 * https://man7.org/linux/man-pages/man2/flock.2.html
 */
import {closeSync, constants, fstatSync, openSync, statSync} from 'node:fs';
import {heldElsewhere, lockStandardInput} from '../commands/host.ts';
import {OpsError} from '../model/errors.ts';
import {type Shell, ToolError} from './shell.ts';
import {lookUp} from './tools.ts';

export type Flock = {
  /** Of the locked file, open for reading and writing. */
  readonly descriptor: number;
  release(): void;
};

/**
 * Take the lock of a file, alone or with others that share it, making the file (0600) where there is none; undefined where another
 * process holds it. Errors: unavailable where the host has no `flock`; those of `open` (ENOENT
 * where the folder has gone).
 */
export const tryFlock = async (
  shell: Shell,
  file: string,
  mode: 'alone' | 'shared' = 'alone',
): Promise<Flock | undefined> => {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
  const descriptor = openSync(file, flags, 0o600);
  const release = () => closeSync(descriptor);
  try {
    if (await take(shell, {descriptor, file, mode})) return {descriptor, release};
  } catch (error) {
    release();
    throw error;
  }
  release();
  return undefined;
};

type Taking = {descriptor: number; file: string; mode: 'alone' | 'shared'};

const take = async (shell: Shell, {descriptor, file, mode}: Taking): Promise<boolean> => {
  const flock = lookUp(shell, 'flock');
  if (flock === undefined)
    throw new OpsError('unavailable', 'the program flock was not found', {
      hint: 'install it (Debian: apt-get install util-linux; macOS: brew install flock)',
    });
  try {
    await shell.pipe([lockStandardInput(flock, mode)], {input: descriptor, output: 'text'});
  } catch (error) {
    const isHeld =
      error instanceof OpsError &&
      error.cause instanceof ToolError &&
      error.cause.exitCode === heldElsewhere;
    if (!isHeld) throw error;
    return false;
  }
  // Whoever held it before may have removed the file: a lock on a file without a name keeps nobody out.
  const named = statSync(file, {throwIfNoEntry: false});
  return named !== undefined && named.ino === fstatSync(descriptor).ino;
};
