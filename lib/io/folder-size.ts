import {existsSync} from 'node:fs';
import {readdir, stat, statfs} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {OpsError} from '../model/errors.ts';

/** The bytes of all files below a folder; a file that vanishes meanwhile counts as none. */
export const folderBytes = async (folder: string): Promise<number> => {
  const entries = await readdir(folder, {withFileTypes: true}).catch(() => []);
  const sizes = await Promise.all(
    entries.map((entry) => {
      const path = join(folder, entry.name);
      return entry.isDirectory()
        ? folderBytes(path)
        : stat(path).then(
            ({size}) => size,
            () => 0,
          );
    }),
  );
  return sizes.reduce((sum, size) => sum + size, 0);
};

/** The names of all files below a folder, relative to it, with slashes, sorted. */
export const filesBelow = async (folder: string, prefix = ''): Promise<readonly string[]> => {
  const entries = await readdir(join(folder, prefix), {withFileTypes: true});
  const names = await Promise.all(
    entries.map(async (entry) => {
      const name = prefix === '' ? entry.name : `${prefix}/${entry.name}`;
      return entry.isDirectory() ? filesBelow(folder, name) : [name];
    }),
  );
  return names.flat().sort();
};

/** The bytes that an ordinary user may still write where a folder is. */
export const freeBytes = async (folder: string): Promise<number> => {
  const {bavail, bsize} = await statfs(folder).catch((cause: unknown) => {
    throw new OpsError('unavailable', `the folder '${folder}' can't be used`, {
      hint: 'make it, or name another one: `pgkeep settings` shows which is used for what',
      cause,
    });
  });
  return bavail * bsize;
};

/** The same where the folder will be made: in the nearest one above it that is there. */
export const freeBytesNear = (folder: string): Promise<number> =>
  existsSync(folder) || folder === dirname(folder)
    ? freeBytes(folder)
    : freeBytesNear(dirname(folder));
