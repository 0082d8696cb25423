import {readJournal} from '../io/journal.ts';
import {undoable} from '../model/restore-journal.ts';
import type {Context} from './context.ts';
import {describeSet, type SetSummary} from './describe.ts';
import {latestOn, readShelves, type Shelved} from './find-set.ts';
import {expiresAt} from './kept.ts';

export type Listed = {
  readonly sets: readonly (SetSummary & {
    /** Whether it is the one that `latest` means, with `--database` where there are several. */
    readonly isLatest: boolean;
  })[];
  /** Folders named like sets that are none, and why. */
  readonly unreadable: readonly {readonly folder: string; readonly why: string}[];
  /** Restores that were made from here and can be taken back: the newest of each database. */
  readonly undo: readonly Undo[];
  /** Why `latest` means nothing for a database, a sentence each. */
  readonly notes: readonly string[];
};

export type Undo = {
  readonly database: string;
  /** The set that was restored. */
  readonly set: string | null;
  /** What was there, kept under this name. */
  readonly kept: string;
  /** ISO, UTC: `prune --databases` drops it from then on. */
  readonly until: string;
};

/** The sets that are there, by database, newest first. Reads manifests, not dumps. */
export const list = async (context: Context, database?: string): Promise<Listed> => {
  const shelves = await readShelves(context, database);
  const listed = shelves.map((shelf) => ({...shelf, latest: latestOn(shelf, context.now)}));
  return {
    sets: listed.flatMap(({sets, latest}) =>
      sets.toReversed().map((set) => ({
        ...describeSet(set, context.now),
        isLatest: 'set' in latest && latest.set === set,
      })),
    ),
    undo: (await Promise.all(shelves.map((shelf) => undoOf(context, shelf)))).flat(),
    unreadable: shelves.flatMap(({unreadable}) => unreadable),
    notes: listed.flatMap(({latest}) => ('doubt' in latest ? [latest.doubt] : [])),
  };
};

const undoOf = async (context: Context, {folder}: Shelved): Promise<readonly Undo[]> => {
  const [entry] = undoable(await readJournal(folder));
  if (!entry) return [];
  const {database, set, before: kept, at} = entry;
  return [{database, set, kept, until: expiresAt(context, at).toISOString()}];
};
