import type {Context} from './context.ts';
import {describeSet, type SetSummary} from './describe.ts';
import {readShelves} from './find-set.ts';

export type Listed = {
  readonly sets: readonly SetSummary[];
  /** Folders named like sets that are none, and why. */
  readonly unreadable: readonly {readonly folder: string; readonly why: string}[];
};

/** The sets that are there, by database, newest first. Reads manifests, not dumps. */
export const list = async (context: Context, database?: string): Promise<Listed> => {
  const shelves = await readShelves(context, database);
  return {
    sets: shelves.flatMap(({sets}) =>
      sets.toReversed().map((set) => describeSet(set, context.now)),
    ),
    unreadable: shelves.flatMap(({unreadable}) => unreadable),
  };
};
