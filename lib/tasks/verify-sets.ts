import {whileReading} from '../io/readers.ts';
import type {Shelf, StoredSet} from '../io/store.ts';
import {OpsError} from '../model/errors.ts';
import type {Level, Proof} from '../model/proof.ts';
import type {Context} from './context.ts';
import {findSet, readShelves} from './find-set.ts';
import {readingSet} from './reading-set.ts';
import {verify} from './verify.ts';

export type VerifyRequest = {
  readonly which: 'all' | {readonly name: string};
  readonly database: string | undefined;
  readonly level: Level;
};

export type Verified = {
  readonly verified: readonly {readonly set: StoredSet; readonly proof: Proof}[];
  /** With all: folders named like sets that can't be read as one, and why. */
  readonly unreadable: Shelf['unreadable'];
};

/**
 * Verify one set or all, one after the other; a damaged one does not keep the others from being
 * read. Errors: usage where there is nothing to verify; notIntact for a folder that is no set.
 */
export const verifySets = async (
  context: Context,
  {which, database, level}: VerifyRequest,
): Promise<Verified> => {
  if (which !== 'all') {
    const set = await findSet(context, which.name, database);
    const proof = await readingSet(context, set, () => verify(context, set, level));
    return {verified: [{set, proof}], unreadable: []};
  }
  const shelves = (await readShelves(context, database)).map(({folder}) => folder);
  return reading(context, shelves, async () => {
    // Read again: nothing goes from here on.
    const {sets, unreadable} = await every(context, database);
    const verified: Verified['verified'][number][] = [];
    for (const set of sets) verified.push({set, proof: await verify(context, set, level)});
    return {verified, unreadable};
  });
};

const reading = <Value>(
  context: Context,
  [shelf, ...others]: readonly string[],
  work: () => Promise<Value>,
): Promise<Value> =>
  shelf === undefined
    ? work()
    : whileReading(context.shell, shelf, () => reading(context, others, work));

const every = async (context: Context, database: string | undefined): Promise<Shelf> => {
  const shelves = await readShelves(context, database);
  const sets = shelves.flatMap(({sets}) => sets);
  const unreadable = shelves.flatMap(({unreadable}) => unreadable);
  if (sets.length + unreadable.length > 0) return {sets, unreadable};
  throw new OpsError('usage', `there is no set to verify in '${context.settings.backups}'`, {
    hint: '`pgkeep backup` makes one',
  });
};
