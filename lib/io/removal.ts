import {rename} from 'node:fs/promises';
import {basename, join} from 'node:path';
import {OpsError} from '../model/errors.ts';
import {syncFolder} from './durable.ts';
import {removeFolder} from './remove-folder.ts';
import type {StoredSet} from './store.ts';

/** So many at once stop being sets, and then lose their files. */
const removedTogether = 50;

/**
 * Removes sets, the first ones first: each stops being one in a single rename, which is on the disk
 * before any file goes. Killed in between, the next run sweeps the rest. Needs the lock of the shelf.
 * One that can't be removed does not keep the others. Errors: the signal's reason, between two batches;
 * toolFailed naming those that stay.
 */
export const removeSets = async (
  shelf: string,
  sets: readonly StoredSet[],
  signal?: AbortSignal,
): Promise<void> => {
  const stuck: Stuck[] = [];
  for (let from = 0; from < sets.length; from += removedTogether) {
    signal?.throwIfAborted();
    const batch = sets.slice(from, from + removedTogether);
    stuck.push(...(await removeTogether(shelf, batch)));
  }
  if (stuck.length === 0) return;
  throw new OpsError('toolFailed', `could not be removed: ${stuck.map(({id}) => id).join(', ')}`, {
    hint: 'check the rights and the disk; the next run clears up what was begun',
    cause: stuck[0]?.cause,
  });
};

type Stuck = {readonly id: string; readonly cause: unknown};

const removeTogether = async (
  shelf: string,
  sets: readonly StoredSet[],
): Promise<readonly Stuck[]> => {
  const asides = sets.map(({manifest, folder}) => ({
    id: manifest.id,
    folder,
    aside: join(shelf, `.${manifest.id}.removed`),
  }));
  const stuck: Stuck[] = [];
  const gone: string[] = [];
  for (const {id, folder, aside} of asides)
    await rename(folder, aside).then(
      () => gone.push(aside),
      (cause: unknown) => stuck.push({id, cause}),
    );
  await syncFolder(shelf);
  for (const aside of gone)
    await removeFolder(aside).catch((cause: unknown) => stuck.push({id: basename(aside), cause}));
  return stuck;
};
