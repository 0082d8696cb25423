/**
 * Writes that survive a power cut: aside, fsync, rename, fsync of the folder. An fsync that
 * failed is final: a second one may succeed although the data is lost.
 * https://wiki.postgresql.org/wiki/Fsync_Errors
 */
import {constants} from 'node:fs';
import {chmod, type FileHandle, mkdir, open, readdir, rename, rm, stat} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {OpsError} from '../model/errors.ts';

/** A new file that nobody else can read; a file or link that is there already is an error. */
export const createPrivately = (path: string) =>
  open(
    path,
    constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW,
    0o600,
  );

/** Wait until a file's bytes are on the disk. Errors: toolFailed naming the file and the reason. */
export const syncFile = (path: string): Promise<void> => sync(path, constants.O_RDONLY);

/** Wait until a folder's names are on the disk: without it a rename can be lost. */
export const syncFolder = (path: string): Promise<void> =>
  sync(path, constants.O_RDONLY | constants.O_DIRECTORY);

/** A file wholly old or wholly new, and on the disk when this returns; for this account alone where no mode is named. */
export const writeDurably = async (
  path: string,
  content: string,
  {mode = 0o600}: {readonly mode?: number} = {},
): Promise<void> => {
  const aside = `${path}.new`;
  try {
    await rm(aside, {force: true});
    await using(aside, async (file) => {
      await file.writeFile(content);
      // Not by the mode of its making, which the umask narrows.
      if (mode !== 0o600) await file.chmod(mode);
      await file.sync();
    });
    await rename(aside, path);
  } catch (cause) {
    throw writeFailed(path, cause);
  }
  await syncFolder(dirname(path));
};

/** One more line at the end of a file, on the disk when this returns; a last line that was torn stays one of its own. */
export const appendDurably = async (path: string, line: string): Promise<void> => {
  try {
    // Not blocking: a FIFO in its place is refused, not waited for.
    const {O_RDWR, O_APPEND, O_CREAT, O_NOFOLLOW, O_NONBLOCK} = constants;
    const flags = O_RDWR | O_APPEND | O_CREAT | O_NOFOLLOW | O_NONBLOCK;
    const file = await open(path, flags, 0o600);
    try {
      await file.appendFile((await isTorn(file)) ? `\n${line}` : line);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw writeFailed(path, cause);
  }
  await syncFolder(dirname(path));
};

/** Whether a power cut has left the last line without its end. Errors: for what is no file. */
const isTorn = async (file: FileHandle): Promise<boolean> => {
  const found = await file.stat();
  if (!found.isFile()) throw new Error('it is no file');
  if (found.size === 0) return false;
  const {buffer} = await file.read(Buffer.alloc(1), 0, 1, found.size - 1);
  return buffer[0] !== 0x0a;
};

/**
 * A folder to write in, made with mode 0700 where it is missing. One that is there already keeps
 * its mode, and is refused where strangers can write it. Errors: unavailable.
 */
export const ownFolder = async (path: string): Promise<void> => {
  try {
    await makeFolder(path);
    const found = await stat(path);
    if (!found.isDirectory()) throw new Error(`'${path}' is no folder`);
    const {mode, uid} = found;
    const strangers = uid === process.getuid?.() ? 0o002 : 0o022;
    if ((mode & strangers) === 0) return;
  } catch (cause) {
    throw new OpsError('unavailable', `the folder '${path}' can't be used`, {
      hint: 'make it writable for the user that runs pgkeep, or set PGKEEP_BACKUPS to another folder',
      cause,
    });
  }
  throw new OpsError('unavailable', `others can write the folder '${path}'`, {
    hint: `chmod go-w it, or set PGKEEP_BACKUPS to another folder`,
  });
};

/** Node's own recursion never ends where a file system takes no folders, as below /proc. */
const makeFolder = async (path: string): Promise<void> => {
  const make = () =>
    mkdir(path, {mode: 0o700}).catch((error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error;
    });
  await make().catch(async (error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT' || dirname(path) === path) throw error;
    await makeFolder(dirname(path));
    await make();
  });
};

/** A folder that is ours alone: one that is there already is narrowed to mode 0700. Errors: unavailable. */
export const privateFolder = async (path: string): Promise<void> => {
  await ownFolder(path);
  const {mode, uid} = await stat(path);
  if ((mode & 0o077) !== 0 && uid === process.getuid?.()) await chmod(path, 0o700);
};

const using = async (
  path: string,
  work: (file: Awaited<ReturnType<typeof open>>) => Promise<void>,
) => {
  const file = await createPrivately(path);
  try {
    await work(file);
  } finally {
    await file.close();
  }
};

const sync = async (path: string, flags: number) => {
  try {
    const file = await open(path, flags | constants.O_NOFOLLOW);
    try {
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (cause) {
    throw writeFailed(path, cause);
  }
};

const writeFailed = (path: string, cause: unknown) =>
  new OpsError('toolFailed', `'${path}' could not be written to the disk`, {
    hint: 'check the free space and the health of the disk (df -h, dmesg), then run again',
    cause,
  });

/** Removes what is in a folder and keeps the folder. */
export const emptyFolder = async (path: string): Promise<void> => {
  for (const name of await readdir(path))
    await rm(join(path, name), {recursive: true, force: true});
};
