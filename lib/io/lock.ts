/**
 * One writer per database's folder on this host. The lock is flock(2) on a descriptor that pgkeep
 * holds: it ends with the process, whatever ends it, so no stale lock can exist.
 * https://man7.org/linux/man-pages/man2/flock.2.html
 */
import {constants} from 'node:fs';
import {open} from 'node:fs/promises';
import {OpsError} from '../model/errors.ts';
import {printable} from '../model/redact.ts';
import {type Shell, ToolError} from './shell.ts';
import {lookUp} from './tools.ts';

const held = 75;

/** What a waiting run is told about the one at work. */
export type Holder = {readonly verb: string; readonly since: string};

/**
 * Do the work under the lock of `file`, which is made when missing and never removed.
 * Errors: locked (exit 75) naming who holds it; unavailable where the host has no `flock`.
 */
export const withLock = async <Value>(
  shell: Shell,
  {file, verb, since}: {readonly file: string} & Holder,
  work: () => Promise<Value>,
): Promise<Value> => {
  const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
  const handle = await open(file, flags, 0o600).catch((cause: unknown) => {
    throw new OpsError('unavailable', `the lock '${file}' can't be opened`, {cause});
  });
  try {
    await take(shell, handle.fd, file);
    await handle.truncate();
    await handle.write(`${JSON.stringify({verb, since, pid: process.pid})}\n`, 0);
    return await work();
  } finally {
    await handle.close();
  }
};

const take = async (shell: Shell, descriptor: number, file: string) => {
  const flock = lookUp(shell, 'flock');
  if (flock === undefined)
    throw new OpsError('unavailable', 'the program flock was not found', {
      hint: 'install it (Debian: apt-get install util-linux; macOS: brew install flock)',
    });
  try {
    const command = {
      file: flock,
      args: ['--nonblock', '--conflict-exit-code', String(held), '0'],
      env: {},
    };
    await shell.pipe([command], {input: descriptor, output: 'text'});
  } catch (error) {
    const isHeld =
      error instanceof OpsError &&
      error.cause instanceof ToolError &&
      error.cause.exitCode === held;
    if (!isHeld) throw error;
    throw new OpsError('locked', `another run is at work on this database${await holderOf(file)}`, {
      hint: 'wait for it to end, then run again',
    });
  }
};

const holderOf = async (file: string): Promise<string> => {
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
