/** Retention: looks at the sets of a shelf, decides, and removes what may go. */
import {join} from 'node:path';
import {withLock} from '../io/lock.ts';
import {readShelf, removeSet, type StoredSet, sweepShelf} from '../io/store.ts';
import {standingOf} from '../model/proof.ts';
import {applyPolicy, type Decision, pruneObjection} from '../model/retention.ts';
import type {Context} from './context.ts';

export type Pruned = {
  readonly shelf: string;
  readonly decisions: readonly Decision[];
  /** What was really removed. */
  readonly removed: readonly string[];
  /** Why nothing was removed although the policy says so. */
  readonly objection: string | undefined;
};

/** What a prune would do; touches nothing. */
export const planPrune = async ({now, settings}: Context, shelf: string): Promise<Pruned> => {
  const {sets} = await readShelf(shelf);
  const decisions = applyPolicy(sets.map(candidateOf), {days: settings.retentionDays}, now);
  return {shelf, decisions, removed: [], objection: pruneObjection(decisions)};
};

/**
 * Remove what the policy lets go, oldest first, under the shelf's lock. Errors: locked; toolFailed
 * where the disk refuses.
 */
export const prune = (context: Context, shelf: string): Promise<Pruned> =>
  withLock(
    context.shell,
    {file: join(shelf, '.lock'), verb: 'prune', since: context.now.toISOString()},
    async () => {
      await sweepShelf(shelf);
      const plan = await planPrune(context, shelf);
      if (plan.objection !== undefined) return plan;
      const {sets} = await readShelf(shelf);
      const goes = new Set(plan.decisions.filter(({isKept}) => !isKept).map(({id}) => id));
      const removed: string[] = [];
      for (const set of sets.filter(({manifest}) => goes.has(manifest.id))) {
        context.signal.throwIfAborted();
        await removeSet(set);
        removed.push(set.manifest.id);
      }
      return {...plan, removed};
    },
  );

const candidateOf = ({manifest, proofs, isPinned}: StoredSet) => ({
  id: manifest.id,
  reason: manifest.reason,
  standing: standingOf(proofs),
  isPinned,
  server: manifest.server.systemIdentifier,
});
