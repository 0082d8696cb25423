/**
 * The database as it was before the deploy: the set of phase 6 restored beside and swapped in. What serves now stays as a
 * database beside and as a set, so that nothing written since is lost for good.
 */
import {OpsError} from '../../model/errors.ts';
import {sourceOfSet} from '../build-beside.ts';
import type {Context} from '../context.ts';
import {findSet} from '../find-set.ts';
import {identify} from '../identify.ts';
import {type Planned, planRestore} from '../plan-restore.ts';
import {refuseFaults, restore} from '../restore.ts';
import type {RollbackPlan} from './plan-rollback.ts';

export type DataLoss = Planned & {
  readonly set: string;
  /** Since the set was taken. */
  readonly seconds: number;
  readonly source: ReturnType<typeof sourceOfSet>;
};

export type DataBack = {
  /** The set of what was there. */
  readonly snapshot: string | null;
  /** The database that it is kept in too. */
  readonly before: string;
  readonly swapMilliseconds: number | null;
};

/** What would be lost. Errors: usage where the deploy took no set; unavailable for the plan's faults. */
export const planDataBack = async (context: Context, {of}: RollbackPlan): Promise<DataLoss> => {
  const id = of.facts.origin?.set ?? of.facts.set;
  const {connection} = context.settings;
  if (id === undefined || connection === undefined)
    throw new OpsError('usage', `the deploy ${of.deploy} has taken no set to go back to`, {
      hint: 'restore one by hand: `pgkeep list`, then `pgkeep restore`',
    });
  const {system} = await identify(context, connection);
  const set = await findSet(context, id, connection.libpq['PGDATABASE'], system);
  const planned = await planRestore(context, connection, {
    ...{set, into: undefined, jobs: undefined, pick: undefined},
  });
  refuseFaults(planned.plan);
  const seconds = (context.now.getTime() - Date.parse(set.manifest.startedAt)) / 1_000;
  return {...planned, set: id, seconds, source: sourceOfSet(set)};
};

/** Nobody may write meanwhile. Errors: as `restore`; then the database is what it was. */
export const dataBack = async (context: Context, loss: DataLoss): Promise<DataBack> => {
  const {plan, look, source} = loss;
  const {connection} = context.settings;
  if (connection === undefined) throw new OpsError('settings', 'no database is configured');
  const restored = await restore(context, {
    ...{plan, look, source, connection, findStops: undefined},
    hands: {goOn: () => Promise.resolve(true)},
  });
  return {
    snapshot: restored.snapshot?.manifest.id ?? null,
    before: plan.before,
    swapMilliseconds: restored.swapMilliseconds ?? null,
  };
};
