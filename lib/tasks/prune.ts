/** Retention: looks at the sets of a shelf, decides, and removes what may go. */
import {join} from 'node:path';
import {readBaseline, recordBaseline} from '../io/baseline.ts';
import {withLock} from '../io/lock.ts';
import {whileNobodyReads} from '../io/readers.ts';
import {removeSets} from '../io/removal.ts';
import {isPinnedNow, readShelf, type Shelf, type StoredSet} from '../io/store.ts';
import {type Baseline, serialiseBaseline} from '../model/baseline.ts';
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
  /** Why nothing is removed although the policy says so, a sentence each; none where the operator insists. */
  readonly objections: readonly string[];
  /** Falls in size or rows that stand behind objections, with the tables that shrank. */
  readonly falls: readonly (Fall & {readonly tables: readonly string[]})[];
  /** What else the operator should know. */
  readonly notes: readonly string[];
  /** Folders named like sets that can't be read as one: left alone. */
  readonly unreadable: Shelf['unreadable'];
};

export type Insistence = {
  /** Objections don't count, and what is there is accepted as it is: the alarm ends with that. */
  readonly allowLarge: boolean;
};

/** What a prune would do; touches nothing. */
export const planPrune = async (
  context: Context,
  shelf: string,
  insistence: Insistence,
): Promise<Pruned> => (await look(context, shelf, insistence)).plan;

/**
 * Remove what the policy lets go, oldest first, under the shelf's lock; nothing where there are
 * objections. Errors: locked; toolFailed where the disk refuses.
 */
export const prune = (context: Context, shelf: string, insistence: Insistence): Promise<Pruned> =>
  withLock(
    context.shell,
    {file: join(shelf, '.lock'), verb: 'prune', since: context.now.toISOString()},
    async () => {
      await sweep(context, shelf);
      const found = await look(context, shelf, insistence);
      const {plan, sets} = found;
      const goes = new Set(plan.decisions.filter(({isKept}) => !isKept).map(({id}) => id));
      const isRefused = plan.objections.length > 0;
      const going = isRefused ? [] : sets.filter(({manifest}) => goes.has(manifest.id));
      await record(shelf, found, {isNeeded: going.length > 0 || found.isAccepted});
      if (going.length === 0) return plan;
      const removed = await whileNobodyReads(context.shell, shelf, async () => {
        // Whoever pinned one since then has been told that it stays.
        const still = going.filter(({folder}) => !isPinnedNow(folder));
        await removeSets(shelf, still, context.signal);
        return still;
      });
      return {...plan, removed: removed.map(({manifest}) => manifest.id)};
    },
  );

// Before anything goes: thinned out, sets would be no neighbours any more. With nothing to go, a
// baseline that can't be written lags behind, and is compared with more sets, not with fewer.
const record = async (
  shelf: string,
  {baseline, next}: Look,
  {isNeeded}: {readonly isNeeded: boolean},
): Promise<void> => {
  if (serialiseBaseline(next) === serialiseBaseline(baseline)) return;
  const recording = recordBaseline(shelf, next);
  await (isNeeded ? recording : recording.catch(() => {}));
};

type Look = {
  readonly plan: Pruned;
  readonly sets: readonly StoredSet[];
  readonly baseline: Baseline;
  /** The baseline once the plan is carried out. */
  readonly next: Baseline;
  /** An alarm was ended by it. */
  readonly isAccepted: boolean;
};

const look = async (context: Context, shelf: string, {allowLarge}: Insistence): Promise<Look> => {
  const {sets, unreadable} = await readShelf(shelf);
  const baseline = await readBaseline(shelf);
  const {now, settings} = context;
  const judge = (since: Baseline) =>
    applyPolicy(sets.map(candidateOf), policyOf(settings), {now, baseline: since});
  const first = judge(baseline);
  const isAccepted = allowLarge && first.falls.length + first.leaps.length > 0;
  const next = new Map([...baseline, ...(isAccepted ? first.accepted : first.reached)]);
  const retention = isAccepted ? judge(next) : first;
  const {decisions, notes} = retention;
  const falls = retention.falls.map(withTables(sets));
  const objections = allowLarge ? [] : objectionsTo(retention);
  const plan = {shelf, decisions, removed: [], objections, falls, notes, unreadable};
  return {plan, sets, baseline, next, isAccepted};
};

const withTables = (sets: readonly StoredSet[]) => {
  const manifests = new Map(sets.map(({manifest}) => [manifest.id, manifest]));
  const rowsIn = (id: string) => rowsByName(manifests.get(id));
  return (fall: Fall) => {
    const {before, newest} = fall;
    return {...fall, tables: shrunkenTables(rowsIn(before), rowsIn(newest))};
  };
};

const rowsByName = (manifest: Manifest | undefined) =>
  (manifest?.tables ?? []).map((table) => ({name: displayName(table), rows: table.rows}));
