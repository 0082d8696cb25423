/** What dead runs left of their throw-away servers. */
import {lstat, readdir, readFile, readlink, rmdir} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {removeTree} from '../commands/host.ts';
import {OpsError} from '../model/errors.ts';
import {tryFlock} from './flock.ts';
import type {Shell} from './shell.ts';

export const scratchPrefix = 'pgkeep-scratch-';
/** Where sockets go when the folder's own path is too long for one. */
export const farSocketPrefix = '/tmp/pgkeep-socket-';

/**
 * Remove the scratch folders in `parent` that are ours and whose pgkeep is gone, their servers
 * ended first. One in use is left alone: its lock is held.
 */
export const sweepScratchFolders = async (
  shell: Shell,
  parent: string,
): Promise<readonly string[]> => {
  const names = await readdir(parent).catch(() => []);
  const swept: string[] = [];
  for (const name of names.filter((name) => name.startsWith(scratchPrefix))) {
    const path = join(parent, name);
    const facts = await lstat(path).catch(() => undefined);
    if (!facts?.isDirectory() || facts.uid !== process.getuid?.()) continue;
    if (await sweep(shell, path)) swept.push(path);
  }
  return swept;
};

const sweep = async (shell: Shell, path: string): Promise<boolean> => {
  // An empty one was just made or just left: if just made, its maker sees it gone and makes another.
  if (
    await rmdir(path).then(
      () => true,
      () => false,
    )
  )
    return true;
  const lock = await tryFlock(shell, join(path, 'lock')).catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (!lock) return false;
  try {
    await endOrphan(join(path, 'server', 'data'));
    // What can't be removed is no reason to refuse today's work; it is tried again next time.
    return await removeLeftover(shell, path).then(
      () => true,
      () => false,
    );
  } finally {
    lock.release();
  }
};

/** By `rm`, in a process that no abort ends: an interrupted pgkeep clears up too. */
export const removeLeftover = async (shell: Shell, path: string): Promise<void> => {
  const far = await readlink(join(path, 'socket')).catch(() => undefined);
  const ends = [];
  for (const folder of far?.startsWith(farSocketPrefix) ? [far, path] : [path]) {
    ends.push(await shell.start(removeTree(folder), {stdin: 'ignore'}).ended);
  }
  const failed = ends.find((end) => end.exitCode !== 0);
  if (failed)
    throw new OpsError(
      'toolFailed',
      `the throw-away server's folder '${path}' could not be removed`,
      {
        hint: `remove it by hand: rm -rf '${path}'`,
        cause: new Error(failed.failure ?? failed.stderr.trim()),
      },
    );
};

/** Only where the kernel could not end the server with its pgkeep. Linux tells whose process it is. */
const endOrphan = async (data: string): Promise<void> => {
  const pid = Number(
    (await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '')).split('\n')[0],
  );
  if (!Number.isInteger(pid) || pid <= 1) return;
  const isServer = async () => {
    const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
    return words.split('\0').includes(data);
  };
  for (const signal of ['SIGQUIT', 'SIGKILL'] as const) {
    if (!(await isServer())) return;
    try {
      process.kill(pid, signal);
    } catch {
      return;
    }
    for (let waits = 0; waits < 100 && (await isServer()); waits += 1) await setTimeout(50);
  }
};
