import {openSet, type StoredSet, setPin} from '../io/store.ts';
import type {Context} from './context.ts';
import {findSet} from './find-set.ts';
import {readingSet} from './reading-set.ts';

/** Keep a set whatever retention says. Doing it twice is no fault. Errors: usage for an unknown set; locked while sets are being removed. */
export const pin = (context: Context, name: string, database?: string): Promise<StoredSet> =>
  change(context, {name, database, isPinned: true});

/** Give a set back to retention. Doing it twice is no fault. Errors: as `pin`. */
export const unpin = (context: Context, name: string, database?: string): Promise<StoredSet> =>
  change(context, {name, database, isPinned: false});

const change = async (
  context: Context,
  {name, database, isPinned}: {name: string; database: string | undefined; isPinned: boolean},
): Promise<StoredSet> => {
  const set = await findSet(context, name, database);
  // A prune looks for pins again once nobody reads: none is lost between its decision and its deed.
  return readingSet(context, set, async () => {
    await setPin(set, isPinned);
    return openSet(set.folder);
  });
};
