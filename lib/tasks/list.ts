import type {Context} from './context.ts';
import {describeSet, type SetSummary} from './describe.ts';
import {latestOn, readShelves} from './find-set.ts';

export type Listed = {
  readonly sets: readonly (SetSummary & {
    /** Whether it is the one that `latest` means, with `--database` where there are several. */
    readonly isLatest: boolean;
  })[];
  /** Folders named like sets that are none, and why. */
  readonly unreadable: readonly {readonly folder: string; readonly why: string}[];
  /** Why `latest` means nothing for a database, a sentence each. */
  readonly notes: readonly string[];
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
    unreadable: shelves.flatMap(({unreadable}) => unreadable),
    notes: listed.flatMap(({latest}) => ('doubt' in latest ? [latest.doubt] : [])),
  };
};
