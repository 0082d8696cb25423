import {type FileHandle, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {OpsError} from '../model/errors.ts';
import {createPrivately} from './durable.ts';
import {freeBytes} from './folder-size.ts';
import {openRegular} from './regular-file.ts';

/**
 * A new private file that a process writes through its descriptor; on the disk when this returns.
 * A full or broken disk may speak only at fsync, so what fsync says is part of the write.
 * Errors: whatever `write` throws; toolFailed for the file itself.
 */
export const intoFile = (
  path: string,
  write: (descriptor: number) => Promise<unknown>,
): Promise<void> =>
  withNewFile(path, async (file) => {
    await hintingAtSpace(path, () => write(file.fd));
    await file.sync().catch((cause: unknown) => {
      throw notWritten(path, cause);
    });
  });

/** The same for a file that is read once and removed: nobody waits for the disk. Errors: as above. */
export const intoPassingFile = (
  path: string,
  write: (descriptor: number) => Promise<unknown>,
): Promise<void> =>
  withNewFile(path, async (file) => void (await hintingAtSpace(path, () => write(file.fd))));

const withNewFile = async (path: string, fill: (file: FileHandle) => Promise<void>) => {
  const file = await createPrivately(path).catch((cause: unknown) => {
    throw notWritten(path, cause);
  });
  try {
    await fill(file);
  } finally {
    await file.close();
  }
};

/** A compressor only says that it could not write: whether the disk is full is seen before the file goes. */
export const hintingAtSpace = async <Value>(
  path: string,
  work: () => Promise<Value>,
): Promise<Value> => {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof OpsError) || error.hint !== undefined) throw error;
    const free = await freeBytes(dirname(path)).catch(() => undefined);
    if (free === undefined || free > nothingLeft) throw error;
    throw new OpsError(error.kind, `${error.message}: the disk of '${path}' is full`, {
      hint: 'free some space or set PGKEEP_BACKUPS to a larger disk; pgkeep removes no set to make room',
      cause: error.cause,
    });
  }
};

const nothingLeft = 65_536;

/** Removes a file that may be there. */
export const removeFile = (path: string): Promise<void> => rm(path, {force: true});

const notWritten = (path: string, cause: unknown) =>
  new OpsError('toolFailed', `'${path}' could not be written`, {
    hint: 'check the free space and the health of the disk (df -h, dmesg), then run again',
    cause,
  });

/** A file to read, handed to a process as its input; a link is not followed. Errors: notIntact. */
export const withInput = async <Value>(
  path: string,
  read: (descriptor: number) => Promise<Value>,
): Promise<Value> => {
  const file = await openRegular(path, {links: 'refused'}).catch((cause: unknown) => {
    throw new OpsError('notIntact', `'${path}' can't be opened`, {
      hint: 'the set is damaged: use another one, `pgkeep list` shows them',
      cause,
    });
  });
  try {
    return await read(file.fd);
  } finally {
    await file.close();
  }
};

/** A text as a private file for as long as a program reads it. */
export const withTextFile = async <Value>(
  text: string,
  use: (path: string) => Promise<Value>,
): Promise<Value> => {
  const folder = await mkdtemp(join(tmpdir(), 'pgkeep-'));
  try {
    const path = join(folder, 'text');
    await writeFile(path, text, {mode: 0o600});
    return await use(path);
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
};
