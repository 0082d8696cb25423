import {readdir, rmdir, unlink} from 'node:fs/promises';
import {join} from 'node:path';

/**
 * Removes a folder and all below it; one that is not there is fine. What refuses to go is told by the system's own
 * reason: `fs.rm` takes a file that may not be removed for a folder, and says ENOTDIR.
 * Errors: those of unlink, rmdir, readdir.
 */
export const removeFolder = async (folder: string): Promise<void> => {
  try {
    for (const entry of await readdir(folder, {withFileTypes: true})) {
      const path = join(folder, entry.name);
      // A link is no directory here, whatever it leads to.
      await (entry.isDirectory() ? removeFolder(path) : unlink(path));
    }
    await rmdir(folder);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
  }
};
