import type {StoredSet} from '../io/store.ts';
import {OpsError} from '../model/errors.ts';
import type {Level, Proof} from '../model/proof.ts';
import type {Context} from './context.ts';
import {findSet, readShelves} from './find-set.ts';
import {verify} from './verify.ts';

export type VerifyRequest = {
  readonly which: 'all' | {readonly name: string};
  readonly database: string | undefined;
  readonly level: Level;
};

/**
 * Verify one set or all, one after the other; a damaged one does not keep the others from being
 * read. Errors: usage where there is nothing to verify; notIntact for a folder that is no set.
 */
export const verifySets = async (
  context: Context,
  {which, database, level}: VerifyRequest,
): Promise<readonly {set: StoredSet; proof: Proof}[]> => {
  const sets =
    which === 'all'
      ? await every(context, database)
      : [await findSet(context, which.name, database)];
  const verified: {set: StoredSet; proof: Proof}[] = [];
  for (const set of sets) verified.push({set, proof: await verify(context, set, level)});
  return verified;
};

const every = async (
  context: Context,
  database: string | undefined,
): Promise<readonly StoredSet[]> => {
  const shelves = await readShelves(context, database);
  const broken = shelves.flatMap(({unreadable}) => unreadable);
  for (const {folder, why} of broken) context.reporter.warn(`${folder} is no set: ${why}`);
  const sets = shelves.flatMap(({sets}) => sets);
  if (sets.length > 0) return sets;
  throw new OpsError(
    broken.length > 0 ? 'notIntact' : 'usage',
    `there is no set to verify in '${context.settings.backups}'`,
    {
      hint: '`pgkeep backup` makes one',
    },
  );
};
