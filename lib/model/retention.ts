/**
 * Which sets go and which stay, and why: a pure function of what is there. It never asks what day
 * it is: ages count back from the newest good set, so failed nights delete nothing.
 */
import dayjs from 'dayjs';
import utc from 'dayjs/plugin/utc.js';
import type {Manifest} from './manifest.ts';
import type {Standing} from './proof.ts';
import {momentOf} from './set-id.ts';

dayjs.extend(utc);

export type RetentionPolicy = {readonly days: number};

/** What retention has to know of a set. */
export type Candidate = {
  readonly id: string;
  readonly reason: Manifest['reason'];
  readonly standing: Standing;
  readonly isPinned: boolean;
  /** The server that it was taken of: sets of another server, come by a bundle, are kept by their own. */
  readonly server: string | null;
};

export type Decision = {
  readonly id: string;
  readonly isKept: boolean;
  /** Why it is kept, or why it goes; never empty. */
  readonly reasons: readonly string[];
};

/** How many sets of each `before-*` reason are always kept. */
const keptBefore = 3;

/**
 * A decision for every set, oldest first. `now` only tells which sets are dated in the future:
 * they are kept and count for nothing.
 */
export const applyPolicy = (
  sets: readonly Candidate[],
  policy: RetentionPolicy,
  now: Date,
): readonly Decision[] =>
  [...new Set(sets.map(({server}) => server))]
    .flatMap((server) =>
      decide(
        sets.filter((set) => set.server === server),
        policy,
        now,
      ),
    )
    .sort((a, b) => (a.id < b.id ? -1 : 1));

const decide = (
  sets: readonly Candidate[],
  policy: RetentionPolicy,
  now: Date,
): readonly Decision[] => {
  const ordered = sets.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const isFuture = ({id}: Candidate) => (momentOf(id)?.getTime() ?? 0) > now.getTime();
  const present = ordered.filter((set) => !isFuture(set));
  // A set that passed no check, such as one from a bundle, is none that others could be measured by.
  const good = present.filter(({standing}) => standing.proven !== undefined);
  const newest = good.at(-1);
  const proven =
    good.findLast(({standing}) => standing.drill !== undefined) ??
    good.findLast(({standing}) => standing.proven === 'archive');
  const oldestKept = dayjs.utc(newest && momentOf(newest.id)).subtract(policy.days, 'day');
  return ordered.map((set) => {
    const reasons = [
      isFuture(set) && 'dated in the future: the clock jumped',
      set.isPinned && 'pinned',
      set === newest && 'the newest good set',
      set === proven &&
        `the newest set proven by ${set.standing.drill ? 'a drill' : 'an archive check'}`,
      isAmongNewestOf(set, present) && `among the newest ${keptBefore} of '${set.reason}'`,
      newest === undefined && 'there is no good set',
      newest !== undefined &&
        !isFuture(set) &&
        !dayjs.utc(momentOf(set.id)).isBefore(oldestKept) &&
        `within ${policy.days} days of the newest good set`,
    ].filter((reason) => reason !== false);
    return reasons.length > 0
      ? {id: set.id, isKept: true, reasons}
      : {
          id: set.id,
          isKept: false,
          reasons: [`older than ${policy.days} days before the newest good set`],
        };
  });
};

/**
 * Why a prune is not to be carried out, although the policy says so; undefined where it may.
 * More than half of the sets at once is a typo far more often than a wish.
 */
export const pruneObjection = (decisions: readonly Decision[]): string | undefined => {
  const removed = decisions.filter(({isKept}) => !isKept).length;
  return removed > 1 && removed > decisions.length / 2
    ? `the policy would remove ${removed} of ${decisions.length} sets at once`
    : undefined;
};

const isAmongNewestOf = (set: Candidate, present: readonly Candidate[]): boolean =>
  set.reason.startsWith('before-') &&
  present
    .filter(({reason}) => reason === set.reason)
    .slice(-keptBefore)
    .includes(set);
