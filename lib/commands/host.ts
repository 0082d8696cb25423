/** Small sentences to the host itself. */
import type {Command} from '../model/command.ts';

/**
 * An exclusive lock on the file behind standard input, without waiting. It stays with the open
 * file, which the caller holds too: it is freed when the caller closes it or dies, however it dies.
 * Prints 0 (taken), 75 (another has it) or the shell's code for a missing program.
 * https://man7.org/linux/man-pages/man1/flock.1.html
 */
export const lockStandardInput: Command = {
  file: '/bin/sh',
  args: ['-c', 'flock -n -E 75 0; echo $?'],
  env: {},
};

/**
 * A folder and all below. `rm` walks by open folders, so that whoever may write inside cannot
 * lead a root's removal elsewhere with a link swapped in; node's `fs.rm` walks by names.
 */
export const removeTree = (folder: string): Command => ({
  file: 'rm',
  args: ['-rf', '--', folder],
  env: {},
});
