import {rename, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {OpsError} from '../model/errors.ts';
import {syncFolder} from './durable.ts';
import type {StoredSet} from './store.ts';

/** So many at once stop being sets, and then lose their files. */
const removedTogether = 50;

/**
 * Removes sets, the first ones first: each stops being one in a single rename, which is on the disk
 * before any file goes. Killed in between, the next run sweeps the rest. Needs the lock of the shelf.
 * Errors: the signal's reason, between two batches; toolFailed.
 */
export const removeSets = async (
  shelf: string,
  sets: readonly StoredSet[],
  signal?: AbortSignal,
): Promise<void> => {
  for (let from = 0; from < sets.length; from += removedTogether) {
    signal?.throwIfAborted();
    const batch = sets.slice(from, from + removedTogether);
    try {
      await removeTogether(shelf, batch);
    } catch (cause) {
      if (cause instanceof OpsError) throw cause;
      throw new OpsError('toolFailed', `sets in '${shelf}' could not be removed`, {
        hint: 'check the rights and the disk; the next run clears up what was begun',
        cause,
      });
    }
  }
};

const removeTogether = async (shelf: string, sets: readonly StoredSet[]): Promise<void> => {
  const asides = sets.map(({manifest, folder}) => ({
    folder,
    aside: join(shelf, `.${manifest.id}.removed`),
  }));
  for (const {folder, aside} of asides) await rename(folder, aside);
  await syncFolder(shelf);
  await Promise.all(asides.map(({aside}) => rm(aside, {recursive: true, force: true})));
};
