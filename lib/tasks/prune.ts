/** Retention: looks at the sets of a shelf, decides, and removes what may go. */
import {join} from 'node:path';
import {readBaseline, recordBaseline} from '../io/baseline.ts';
import {withLock} from '../io/lock.ts';
import {whileNobodyReads} from '../io/readers.ts';
import {removeSets} from '../io/removal.ts';
import {readShelf, type Shelf, type StoredSet} from '../io/store.ts';
import type {Baseline} from '../model/baseline.ts';
import {candidateOf} from '../model/candidate.ts';
import {displayName} from '../model/catalog.ts';
import type {Manifest} from '../model/manifest.ts';
import {applyPolicy, type Decision, objectionsTo} from '../model/retention.ts';
import {policyOf} from '../model/retention-policy.ts';
import {type Fall, shrunkenTables} from '../model/shrink.ts';
import type {Context} from './context.ts';
import {sweep} from './sweep.ts';

export type Pruned = {
  readonly shelf: string;
  readonly decisions: readonly Decision[];
  /** What was really removed. */
  readonly removed: readonly string[];
  /** Why nothing is removed although the policy says so, a sentence each; overruled by the operator. */
  readonly objections: readonly string[];
  /** Falls in size or rows that stand behind objections, with the tables that shrank. */
  readonly falls: readonly (Fall & {readonly tables: readonly string[]})[];
  /** What else the operator should know. */
  readonly notes: readonly string[];
  /** Folders named like sets that can't be read as one: left alone. */
  readonly unreadable: Shelf['unreadable'];
};

type Look = {
  readonly plan: Pruned;
  readonly sets: readonly StoredSet[];
  readonly baseline: Baseline;
};

/** What a prune would do; touches nothing. */
export const planPrune = async (context: Context, shelf: string): Promise<Pruned> =>
  (await look(context, shelf)).plan;

/**
 * Remove what the policy lets go, oldest first, under the shelf's lock. With `allowLarge` objections
 * don't count, and the newest sets are accepted as they are: the alarm ends with that.
 * Errors: locked; toolFailed where the disk refuses.
 */
export const prune = (
  context: Context,
  shelf: string,
  {allowLarge}: {readonly allowLarge: boolean},
): Promise<Pruned> =>
  withLock(
    context.shell,
    {file: join(shelf, '.lock'), verb: 'prune', since: context.now.toISOString()},
    async () => {
      await sweep(context, shelf);
      const first = await look(context, shelf);
      if (first.plan.objections.length > 0 && !allowLarge) return first.plan;
      const isAccepted = first.plan.falls.length > 0;
      if (isAccepted) await recordBaseline(shelf, first.baseline);
      const {plan, sets, baseline} = isAccepted ? await look(context, shelf) : first;
      const goes = new Set(plan.decisions.filter(({isKept}) => !isKept).map(({id}) => id));
      const going = sets.filter(({manifest}) => goes.has(manifest.id));
      if (going.length > 0 && !isAccepted) await recordBaseline(shelf, baseline);
      if (going.length > 0)
        await whileNobodyReads(context.shell, shelf, () =>
          removeSets(shelf, going, context.signal),
        );
      return {...plan, removed: going.map(({manifest}) => manifest.id)};
    },
  );

const look = async (context: Context, shelf: string): Promise<Look> => {
  const {sets, unreadable} = await readShelf(shelf);
  const baseline = await readBaseline(shelf);
  const {now, settings} = context;
  const retention = applyPolicy(sets.map(candidateOf), policyOf(settings), {now, baseline});
  const manifests = new Map(sets.map(({manifest}) => [manifest.id, manifest]));
  const falls = retention.falls.map((fall) => ({
    ...fall,
    tables: shrunkenTables(
      rowsByName(manifests.get(fall.before)),
      rowsByName(manifests.get(fall.newest)),
    ),
  }));
  const objections = objectionsTo(retention);
  const {decisions, notes} = retention;
  const plan = {shelf, decisions, removed: [], objections, falls, notes, unreadable};
  return {plan, sets, baseline: new Map([...baseline, ...retention.newest])};
};

const rowsByName = (manifest: Manifest | undefined) =>
  (manifest?.tables ?? []).map((table) => ({name: displayName(table), rows: table.rows}));
