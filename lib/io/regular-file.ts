/** Reading what lies in a folder that others may have written to: ordinary files only. */
import {closeSync, constants, fstatSync, openSync, readFileSync} from 'node:fs';
import {type FileHandle, open} from 'node:fs/promises';

/**
 * An ordinary file, open for reading: a FIFO would wait for ever, a device never end.
 * Errors: those of `open`; ELOOP for a link, unless it may be followed; an Error for what is no file.
 */
export const openRegular = async (
  path: string,
  {links}: {readonly links: 'refused' | 'followed'},
): Promise<FileHandle> => {
  const noLinks = links === 'refused' ? constants.O_NOFOLLOW : 0;
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK | noLinks);
  if ((await file.stat()).isFile()) return file;
  await file.close();
  throw new Error(`'${path}' is no ordinary file`);
};

/**
 * The bytes of a small file, read at once: a thousand sets have two thousand of them, and each step
 * through the thread pool costs more than the reading.
 * Errors: as above; an Error where it is longer than `atMost` bytes.
 */
export const readSmall = async (
  path: string,
  {atMost}: {readonly atMost: number},
): Promise<Buffer> => {
  const flags = constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW;
  const file = openSync(path, flags);
  try {
    const stats = fstatSync(file);
    if (!stats.isFile()) throw new Error(`'${path}' is no ordinary file`);
    if (stats.size > atMost)
      throw new Error(`'${path}' has ${stats.size} bytes, ${atMost} are allowed`);
    return readFileSync(file);
  } finally {
    closeSync(file);
  }
};
