/**
 * Tar files of sets. The tar package writes and reads the format; it never writes to the disk
 * here: a hostile archive can name any path, so each member goes to a file that we have opened.
 */
import {createReadStream} from 'node:fs';
import {link, lstat, rename, rm, stat} from 'node:fs/promises';
import {basename, dirname, join} from 'node:path';
import {pipeline} from 'node:stream/promises';
import {create, Parser, type ReadEntry} from 'tar';
import type {Member} from '../model/bundle.ts';
import {OpsError} from '../model/errors.ts';
import {longestManifest} from '../model/manifest.ts';
import {createPrivately, syncFolder} from './durable.ts';
import {openRegular} from './regular-file.ts';

/**
 * Pack files into a new tar file, in the order given; the same files give the same bytes. Written
 * aside, on the disk when this returns. Errors: usage where `path` is there already; toolFailed.
 */
export const packInto = async (
  path: string,
  {folder, names}: {readonly folder: string; readonly names: readonly string[]},
): Promise<void> => {
  await refuseExisting(path);
  const aside = join(dirname(path), `.${basename(path)}.pgkeep-partial`);
  await refuseMissing(dirname(path));
  try {
    // What a killed run left: nobody else gives such names.
    await rm(aside, {force: true});
    const file = await createPrivately(aside);
    try {
      const packed = create({...portable, cwd: folder}, [...names]);
      // A plain write may take a part of the bytes only, and says so by a number.
      for await (const chunk of packed) await file.writeFile(chunk);
      await file.sync();
    } finally {
      await file.close();
    }
    await publish(aside, path);
  } catch (cause) {
    await rm(aside, {force: true});
    if (cause instanceof OpsError) throw cause;
    if ((cause as NodeJS.ErrnoException).code === 'EEXIST') await refuseExisting(path);
    throw new OpsError('toolFailed', `'${path}' could not be written`, {
      hint: 'check the free space and the health of the disk, then run again',
      cause,
    });
  }
  await syncFolder(dirname(path));
};

/** Under its name, unless somebody took that meanwhile: a rename would replace what is there. */
const publish = async (aside: string, path: string) => {
  try {
    await link(aside, path);
    await rm(aside);
  } catch (error) {
    const {code} = error as NodeJS.ErrnoException;
    if (code !== 'EPERM' && code !== 'ENOTSUP' && code !== 'EOPNOTSUPP') throw error;
    // A file system without links.
    await refuseExisting(path);
    await rename(aside, path);
  }
};

/** Nothing of the host goes in: no owner, no time, and not the mode that a copy left behind. */
const portable = {
  ...{strict: true, portable: true, mtime: new Date(0), noDirRecurse: true, follow: false},
  onWriteEntry({stat}: {stat?: {mode: number} | undefined}) {
    if (stat) stat.mode = (stat.mode & ~0o7777) | 0o600;
  },
};

export type Listing = {
  readonly members: readonly Member[];
  /** The text of the first member. */
  readonly first: string;
};

/** What a tar file holds; only the first member is read. Errors: notIntact for what is no whole tar. */
export const listMembers = async (path: string): Promise<Listing> => {
  const members: Member[] = [];
  const chunks: Buffer[] = [];
  await parse(path, (entry) => {
    const isFirst = members.length === 0;
    members.push({path: entry.path, type: entry.type, bytes: entry.size});
    if (isFirst && entry.size <= longestManifest) entry.on('data', (chunk) => chunks.push(chunk));
    else entry.resume();
  });
  return {members, first: Buffer.concat(chunks).toString('utf8')};
};

/**
 * Copy members out of a tar file, each to the new file that `place` gives for its path, or nowhere.
 * Errors: notIntact; whatever opening the files throws.
 */
export const unpackTo = async (
  path: string,
  place: (member: string) => string | undefined,
): Promise<void> => {
  const writes: Promise<unknown>[] = [];
  const faults: unknown[] = [];
  await parse(path, (entry) => {
    const target = place(entry.path);
    if (target === undefined) return void entry.resume();
    const copied = copy(entry, target).catch((error: unknown) => {
      faults.push(error);
      // Its bytes are passed over, or the archive would never come to its end.
      entry.resume();
    });
    writes.push(copied);
  });
  await Promise.all(writes);
  if (faults.length > 0) throw faults[0];
};

const copy = async (entry: ReadEntry, target: string) => {
  const file = await createPrivately(target);
  try {
    for await (const chunk of entry) await file.writeFile(chunk as Buffer);
    await file.sync();
  } finally {
    await file.close();
  }
};

const parse = async (path: string, onReadEntry: (entry: ReadEntry) => void) => {
  await assertTar(path);
  try {
    const parser = new Parser({strict: true, onReadEntry});
    await pipeline(createReadStream(path), parser as unknown as NodeJS.WritableStream);
  } catch (cause) {
    throw new OpsError('notIntact', `'${path}' can't be read as a tar file`, {
      hint: 'the bundle is damaged or cut: fetch it again',
      cause,
    });
  }
};

/** The package would unpack compressed archives too, and with them a bomb: ours are plain. */
const assertTar = async (path: string) => {
  const file = await openRegular(path, {links: 'followed'}).catch((cause: unknown) => {
    throw new OpsError('usage', `'${path}' can't be opened`, {cause});
  });
  try {
    const header = Buffer.alloc(512);
    const {bytesRead} = await file.read(header, 0, 512, 0);
    if (bytesRead === 512 && header.subarray(257, 262).toString() === 'ustar') return;
  } finally {
    await file.close();
  }
  throw new OpsError('notIntact', `'${path}' is no bundle: it does not begin as a tar file`, {
    hint: '`pgkeep bundle SET` makes one',
  });
};

const refuseMissing = async (folder: string) => {
  const found = await stat(folder).catch(() => undefined);
  if (!found?.isDirectory())
    throw new OpsError('usage', `there is no folder '${folder}'`, {
      hint: 'make it, or name another file with --out',
    });
};

const refuseExisting = async (path: string) => {
  // Not opened: a FIFO would wait, a link that leads nowhere would seem to be nothing.
  if (await lstat(path).catch(() => undefined))
    throw new OpsError('usage', `'${path}' is there already`, {
      hint: 'name another file with --out',
    });
};
