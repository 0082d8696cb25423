import {closeSync, constants, fstatSync, openSync, statSync} from 'node:fs';
import {lockStandardInput} from '../commands/host.ts';
import {OpsError} from '../model/errors.ts';
import type {Shell} from './shell.ts';

/** A file lock of this host, held until released or until this process is gone. */
export type Flock = {readonly release: () => void};

/**
 * Take the lock of a file, making the file (0600) where there is none; undefined where another
 * process holds it. Errors: unavailable where the host has no `flock`; system errors of `open`
 * (ENOENT where the folder has gone).
 */
export const tryFlock = async (shell: Shell, file: string): Promise<Flock | undefined> => {
  const descriptor = openSync(
    file,
    constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW,
    0o600,
  );
  try {
    const {stdout} = await shell.pipe([lockStandardInput], {input: descriptor, output: 'text'});
    const code = stdout.trim();
    if (code !== '0' && code !== '75')
      throw new OpsError(
        'unavailable',
        `the lock '${file}' can't be taken: flock ended with ${code}`,
        {
          hint: 'install util-linux, which has flock',
        },
      );
    // Whoever held it before may have removed the file: a lock on a file without a name locks nobody out.
    if (code === '0' && isStillThere(file, descriptor))
      return {release: () => closeSync(descriptor)};
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
  closeSync(descriptor);
  return undefined;
};

const isStillThere = (file: string, descriptor: number): boolean => {
  const named = statSync(file, {throwIfNoEntry: false});
  return named !== undefined && named.ino === fstatSync(descriptor).ino;
};
