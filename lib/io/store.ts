/**
 * The folder where sets live. A set is built in `.<id>.partial`, made complete by its manifest,
 * and published by one rename: whatever stops a run, no set is ever half there.
 */
import {lstatSync} from 'node:fs';
import {readdir, unlink} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {asOpsError, OpsError} from '../model/errors.ts';
import {longestManifest, type Manifest, parseManifest} from '../model/manifest.ts';
import {type Proof, type Proofs, parseProofs, serialiseProof} from '../model/proof.ts';
import {momentOf} from '../model/set-id.ts';
import {isSafeFolder, slugOf} from '../model/set-name.ts';
import {systemHint} from '../model/system-fault.ts';
import {sha256Of} from './checksum.ts';
import {appendDurably, ownFolder, privateFolder, syncFolder} from './durable.ts';
import {readSmall} from './regular-file.ts';
import {removeSets} from './removal.ts';
import {removeFolder} from './remove-folder.ts';

export type StoredSet = Proofs & {
  /** Absolute path. */
  readonly folder: string;
  readonly manifest: Manifest;
  /** Of the manifest's bytes: what a proof is about. */
  readonly manifestSha256: string;
  readonly isPinned: boolean;
};

export type Shelf = {
  /** Complete sets, oldest first, ordered by id. */
  readonly sets: readonly StoredSet[];
  /** Folders named like a set that can't be read as one, and why. */
  readonly unreadable: readonly Unreadable[];
};

export type Unreadable = {readonly folder: string; readonly id: string; readonly why: string};

/** The file that makes a folder a set. */
export const manifestName = 'manifest.json';
const proofName = 'proof.jsonl';
const pinName = 'pinned';

/** The folder of one database's sets. A name that is no safe folder name becomes a slug and a hash. */
export const shelfFolder = (backups: string, database: string): string => {
  if (isSafeFolder(database)) return join(backups, database);
  return join(backups, `${slugOf(database)}-${sha256Of(database).slice(0, 8)}`);
};

/** The sets in one database's folder. A folder that is not there is an empty shelf. */
export const readShelf = async (folder: string): Promise<Shelf> => {
  const sets: StoredSet[] = [];
  const unreadable: Unreadable[] = [];
  for (const name of (await namesIn(folder)).filter((name) => momentOf(name)).sort()) {
    const path = join(folder, name);
    try {
      const set = await openSet(path);
      // A copy under another name: what retention decides of an id would befall both.
      if (set.manifest.id !== name)
        throw new OpsError('notIntact', `its manifest is that of ${set.manifest.id}`);
      // It would be the newest of a database that it holds nothing of.
      if (shelfFolder(dirname(folder), set.manifest.database) !== folder)
        throw new OpsError('notIntact', 'its manifest is of another database');
      sets.push(set);
    } catch (error) {
      unreadable.push({folder: path, id: name, why: asOpsError(error).message});
    }
  }
  return {sets, unreadable};
};

/** The folders in `backups` that hold, or may hold, sets. */
export const shelvesIn = async (backups: string): Promise<readonly string[]> => {
  const folders = (await namesIn(backups, {foldersOnly: true})).filter(
    (name) => !name.startsWith('.'),
  );
  return folders.sort().map((name) => join(backups, name));
};

/** One set by its folder. Errors: usage where there is none; notIntact where it has no manifest or a bad one. */
export const openSet = async (folder: string): Promise<StoredSet> => {
  const path = join(folder, manifestName);
  const content = await readSmall(path, {atMost: longestManifest}).catch((cause: unknown) => {
    if (!lstatSync(folder, {throwIfNoEntry: false}))
      throw new OpsError('usage', `there is no folder '${folder}'`, {
        hint: '`pgkeep list` shows the sets that are there',
      });
    throw new OpsError('notIntact', `'${folder}' has no manifest: it is no complete set`, {
      hint: 'use another set: `pgkeep list` shows them',
      cause,
    });
  });
  const manifest = parseManifest(content.toString('utf8'), path);
  const manifestSha256 = sha256Of(content);
  // Proofs are shorter still.
  const lines = await readSmall(join(folder, proofName), {atMost: longestManifest}).catch(() => '');
  return {
    folder,
    manifest,
    manifestSha256,
    ...parseProofs(lines.toString(), {manifestSha256}),
    isPinned: isPinnedNow(folder),
  };
};

/** Whether the set in a folder is pinned at this moment, by whatever bears the name: a link that leads nowhere is a pin too. */
export const isPinnedNow = (folder: string): boolean =>
  lstatSync(join(folder, pinName), {throwIfNoEntry: false}) !== undefined;

/** Records what a verification found, on the disk when this returns. */
export const recordProof = (
  {folder, manifestSha256}: Pick<StoredSet, 'folder' | 'manifestSha256'>,
  proof: Proof,
): Promise<void> => appendDurably(join(folder, proofName), serialiseProof(proof, {manifestSha256}));

/** Makes a set one that retention keeps, or no longer; on the disk when this returns. */
export const setPin = async (
  {folder}: Pick<StoredSet, 'folder'>,
  isPinned: boolean,
): Promise<void> => {
  const path = join(folder, pinName);
  if (isPinned) return appendDurably(path, '');
  await unlink(path).catch((cause: NodeJS.ErrnoException) => {
    if (cause.code === 'ENOENT') return;
    throw new OpsError('toolFailed', `'${path}' could not be removed`, {
      hint: systemHint(cause) ?? 'look at what is there: a pin is an ordinary file',
      cause,
    });
  });
  await syncFolder(folder);
};

/** What a sweep came upon: the names that are gone, and those that stay, with the system's reason. */
export type Swept = {
  readonly removed: readonly string[];
  readonly stuck: readonly {readonly name: string; readonly why: string}[];
};

/**
 * Removes what runs that died have left in a shelf. Needs its lock. One that can't be removed is told and
 * stays: it is no set, and stands in nobody's way.
 */
export const sweepShelf = async (shelf: string): Promise<Swept> => {
  const leftovers = (await namesIn(shelf)).filter((name) =>
    /^\.\d{8}T\d{6}Z\.(partial|removed)$/.test(name),
  );
  const removed: string[] = [];
  const stuck: Swept['stuck'][number][] = [];
  for (const name of leftovers)
    await removeFolder(join(shelf, name)).then(
      () => removed.push(name),
      (error: Error) => stuck.push({name, why: error.message}),
    );
  return {removed, stuck};
};

/** Makes the folder of a database's sets. Errors: unavailable. */
export const prepareShelf = async (backups: string, shelf: string): Promise<void> => {
  await ownFolder(backups);
  await privateFolder(shelf);
};

/** Removes one set. Needs the lock of its shelf. */
export const removeSet = (set: StoredSet): Promise<void> =>
  removeSets(join(set.folder, '..'), [set]);

/** The names in a folder; none where there is no folder. Errors: unavailable. */
export const namesIn = async (
  folder: string,
  {foldersOnly = false} = {},
): Promise<readonly string[]> => {
  try {
    const entries = await readdir(folder, {withFileTypes: true});
    return entries.filter((entry) => !foldersOnly || entry.isDirectory()).map(({name}) => name);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === 'ENOENT') return [];
    throw new OpsError('unavailable', `the folder '${folder}' can't be read`, {cause});
  }
};
