/** Small sentences to the host itself. */
import type {Command} from '../model/command.ts';

/** The exit code of `lockStandardInput` where another process has the lock. */
export const heldElsewhere = 75;

/**
 * A lock on the file behind standard input, without waiting: one process alone, or several that share
 * it. It stays with the open
 * file, which the caller holds too, and is freed when the caller closes it or dies.
 * https://man7.org/linux/man-pages/man1/flock.1.html
 */
export const lockStandardInput = (flock: string, mode: 'alone' | 'shared'): Command => ({
  file: flock,
  args: [
    ...(mode === 'shared' ? ['--shared'] : []),
    ...['--nonblock', '--conflict-exit-code', String(heldElsewhere), '0'],
  ],
  env: {},
});

/**
 * A folder and all below. `rm` walks by open folders, so that whoever may write inside cannot
 * lead a root's removal elsewhere with a link swapped in; node's `fs.rm` walks by names.
 */
export const removeTree = (folder: string): Command => ({
  file: 'rm',
  args: ['-rf', '--', folder],
  env: {},
});
