/** A dump that somebody else made, looked at before any program of PostgreSQL reads it. */
import {randomBytes} from 'node:crypto';
import {constants, readFileSync} from 'node:fs';
import {type FileHandle, lstat, open, readdir, readFile, realpath, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {EndsEarly, entriesIn, filesInToc, type TocEntry} from '../model/archive-toc.ts';
import {sniffedBytes} from '../model/dump-kind.ts';
import {OpsError} from '../model/errors.ts';
import {cutIn, readTarHead, tarBlock} from '../model/tar-members.ts';

export type DumpPath = {
  /** Absolute, links followed. */
  readonly path: string;
  readonly isFolder: boolean;
  readonly bytes: number;
  readonly changedAt: Date;
  /** Another after every change. */
  readonly stamp: string;
};

/** Errors: usage for what is not there, and for what is neither a file nor a folder. */
export const lookAtPath = async (name: string): Promise<DumpPath> => {
  const path = await realpath(name).catch((cause: unknown) => {
    throw new OpsError('usage', `'${name}' can't be opened`, {
      hint: 'name a dump that pg_dump or pg_dumpall made',
      cause,
    });
  });
  const stats = await stat(path);
  if (!stats.isFile() && !stats.isDirectory())
    throw new OpsError('usage', `'${path}' is neither a file nor a folder`, {
      hint: 'name a dump that pg_dump or pg_dumpall made',
    });
  return {
    path,
    isFolder: stats.isDirectory(),
    bytes: stats.size,
    changedAt: stats.mtime,
    stamp: `${stats.dev} ${stats.ino} ${stats.size} ${stats.mtimeMs}`,
  };
};

/** The first bytes of a file. Errors: those of `open`. */
export const readHead = (path: string): Promise<Buffer> =>
  withFile(path, (file) => bytesAt(file, 0, sniffedBytes));

/** A word of a hundred and sixty bits that nobody guesses: letters and digits alone. */
export const newSecret = (): string => randomBytes(20).toString('hex');

/**
 * Why a tar file is no whole one of pg_dump; undefined where it is. pg_restore looks for its members in it
 * again and again for ever where it was cut off.
 */
export const tarFault = (path: string): Promise<string | undefined> =>
  withFile(path, async (file) => {
    const {size} = await file.stat();
    const names = new Set<string>();
    for (let at = 0; ; ) {
      const head = readTarHead(await bytesAt(file, at, tarBlock), {at, names});
      if (head === 'end') return undefined;
      if ('fault' in head) return head.fault;
      names.add(head.name);
      at += tarBlock + head.bytes;
      if (at > size) return cutIn(head.name);
    }
  });

const folderMember =
  /^(toc\.dat|\d+\.dat(\.gz|\.lz4|\.zst)?|blobs(_\d+)?\.toc|blob_\d+\.dat(\.gz|\.lz4|\.zst)?)$/;

/** Why a folder is no whole dump in directory format, or could lead pg_restore out of it; undefined where it is one. */
export const folderFault = async (folder: string): Promise<string | undefined> => {
  const names = await readdir(folder);
  for (const name of names) {
    if (!folderMember.test(name)) return `it holds '${name}', which pg_dump does not put there`;
    if (!(await lstat(join(folder, name))).isFile()) return `'${name}' in it is no ordinary file`;
  }
  if (!names.includes('toc.dat')) return 'it has no toc.dat';
  const isThere = (name: string) =>
    names.some((other) => other === name || other.replace(/\.(gz|lz4|zst)$/, '') === name);
  const outside = namesIn(folder, names).find((name) => !folderMember.test(name));
  if (outside !== undefined) return `its table of contents names '${outside}'`;
  const missing = namesIn(folder, names).find((name) => !isThere(name));
  return missing === undefined ? undefined : `'${missing}' is missing in it`;
};

/** Every file that the tables of contents of a folder name. */
const namesIn = (folder: string, names: readonly string[]): readonly string[] => {
  try {
    const listed = filesInToc(readFileSync(join(folder, 'toc.dat')));
    const ofObjects = names
      .filter((name) => name.endsWith('.toc'))
      .flatMap((name) => readFileSync(join(folder, name), 'latin1').split('\n').filter(Boolean))
      .map((line) => line.replace(/^\d+ /, ''));
    return [...listed, ...ofObjects];
  } catch (cause) {
    throw new OpsError('notIntact', `the table of contents in '${folder}' can't be read`, {
      hint: 'the dump is damaged: take another one',
      cause,
    });
  }
};

/** In bytes: a million tables fit. */
const longestToc = 1_000_000_000;

/**
 * The table of contents of an archive whose first `bytes` bytes, or all of it, are in a file; undefined where
 * they are too few. Errors: notIntact where more of them would not help.
 */
export const readToc = async (
  path: string,
  bytes: number,
): Promise<readonly TocEntry[] | undefined> => {
  const head = await readFile(path);
  try {
    return entriesIn(head);
  } catch (cause) {
    if (cause instanceof EndsEarly && head.length === bytes && bytes < longestToc) return undefined;
    throw new OpsError('notIntact', "the table of contents of the dump can't be read", {
      hint: 'the set is damaged: use another one, `pgkeep list` shows them',
      cause,
    });
  }
};

const bytesAt = async (file: FileHandle, at: number, length: number): Promise<Buffer> => {
  const {buffer, bytesRead} = await file.read(Buffer.alloc(length), 0, length, at);
  return buffer.subarray(0, bytesRead);
};

const withFile = async <Value>(path: string, use: (file: FileHandle) => Promise<Value>) => {
  const file = await open(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    return await use(file);
  } finally {
    await file.close();
  }
};
