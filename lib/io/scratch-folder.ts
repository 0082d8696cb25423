/**
 * The folder of a throw-away server, `pgkeep-scratch-XXXXXX`:
 *
 *     lock      held while its pgkeep lives; ours, so that the server's account can't touch it
 *     log       what the server says
 *     server/   0700, the server's own: `data/`, and `socket/` where its path is short enough
 *     socket    else a link to where the sockets are
 *
 * A pgkeep ended by SIGKILL leaves it behind; the next one that makes a folder beside sweeps it.
 */
import {chmod, chown, mkdir, mkdtemp, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import type {RunAs} from '../commands/server.ts';
import {OpsError} from '../model/errors.ts';
import {type Flock, tryFlock} from './flock.ts';
import {
  farSocketPrefix,
  removeLeftover,
  scratchPrefix,
  sweepScratchFolders,
} from './scratch-sweep.ts';
import type {Shell} from './shell.ts';

export type ScratchFolder = {
  readonly path: string;
  readonly data: string;
  readonly socket: string;
  readonly log: string;
  /** Removes everything and frees the lock. Errors: toolFailed. */
  remove(): Promise<void>;
};

/** The kernel takes 107 bytes for a socket's path; some systems fewer. */
const longestSocketPath = 100;

/**
 * Make the folder inside `parent`, after sweeping what dead runs left there.
 * Errors: unavailable where the parent can't hold it.
 */
export const makeScratchFolder = async (
  shell: Shell,
  parent: string,
  {account}: RunAs,
): Promise<ScratchFolder> => {
  await sweepScratchFolders(shell, parent);
  const {path, lock} = await lockedFolder(shell, parent);
  const own = async (name: string, mode: number) => {
    await chmod(name, mode);
    if (account) await chown(name, account.uid, account.gid);
  };
  const remove = async () => {
    await removeLeftover(shell, path);
    lock.release();
  };
  try {
    // The server's account passes through, and can neither list nor replace what is ours.
    if (account) {
      await chown(path, process.getuid?.() ?? 0, account.gid);
      await chmod(path, 0o710);
    }
    await mkdir(join(path, 'server'));
    await own(join(path, 'server'), 0o700);
    await writeFile(join(path, 'log'), '', {mode: 0o600, flag: 'wx'});
    await own(join(path, 'log'), 0o600);
    const socket = await socketFolder(path);
    await own(socket, 0o700);
    return {path, data: join(path, 'server', 'data'), socket, log: join(path, 'log'), remove};
  } catch (error) {
    await remove();
    throw error;
  }
};

const lockedFolder = async (shell: Shell, parent: string): Promise<{path: string; lock: Flock}> => {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const path = await mkdtemp(join(parent, scratchPrefix)).catch((cause) => {
      throw new OpsError(
        'unavailable',
        `no folder for a throw-away server can be made in '${parent}'`,
        {
          hint: 'name a writable folder with space for a copy of the database: PGKEEP_SCRATCH',
          cause,
        },
      );
    });
    const lock = await tryFlock(shell, join(path, 'lock')).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined;
      throw error;
    });
    if (lock) return {path, lock};
  }
  throw new OpsError('unavailable', `another process removes every folder made in '${parent}'`);
};

const socketFolder = async (path: string): Promise<string> => {
  const near = join(path, 'server', 'socket');
  if (Buffer.byteLength(join(near, '.s.PGSQL.5432.lock')) <= longestSocketPath) {
    await mkdir(near);
    return near;
  }
  const far = await mkdtemp(farSocketPrefix);
  await symlink(far, join(path, 'socket'));
  return far;
};
