/**
 * Which sets go and which stay, and why: a pure function of what is there. It never asks what day
 * it is: ages count back from the newest good set, so failed nights delete nothing. Sets are judged
 * among their own kind: one server, one choice of filters.
 */
import type {Baseline, Measure} from './baseline.ts';
import {leapsAmong} from './leap.ts';
import type {Manifest} from './manifest.ts';
import {acceptedAs, reachedBy} from './measures.ts';
import type {Standing} from './proof.ts';
import type {RetentionPolicy} from './retention-policy.ts';
import {choosers, protectors, whyNot} from './retention-rules.ts';
import {idFor} from './set-id.ts';
import {blindSpots, type Fall, fallsAmong} from './shrink.ts';
import {fitInto} from './size-limit.ts';

/** What retention has to know of a set. */
export type Candidate = {
  readonly id: string;
  readonly reason: Manifest['reason'];
  readonly standing: Standing;
  readonly isPinned: boolean;
  /** The server and the filters that it was taken with: sets of other groups are kept by their own. */
  readonly group: string;
  /** All its files. */
  readonly bytes: number;
  /** The dump alone, and what it was packed with: sizes of another packing can't be compared. */
  readonly dumpBytes: number;
  readonly packing: string;
  /** Null where they were not counted. */
  readonly rows: number | null;
};

export type Decision = {
  readonly id: string;
  readonly isKept: boolean;
  /** Every rule that keeps it, or why it goes; never empty. */
  readonly reasons: readonly string[];
};

export type Judged = Decision & {
  /** Kept by more than the policy's choice: no limit of size removes it. */
  readonly isProtected: boolean;
  readonly bytes: number;
};

export type Retention = {
  /** One for each set, oldest first. */
  readonly decisions: readonly Decision[];
  /** Falls in size or rows that nobody has accepted and that are not over. */
  readonly falls: readonly Fall[];
  /** Good sets dated more than a year after the one before them, not accepted yet, a sentence each. */
  readonly leaps: readonly string[];
  /** The baseline from here on: up to the first alarm. */
  readonly reached: Baseline;
  /** The baseline once the operator has accepted what is there. */
  readonly accepted: Baseline;
  /** What the operator should know of the limit of size, and of what could not be compared. */
  readonly notes: readonly string[];
};

export type Surroundings = {
  /** Only tells which sets are dated in the future: they are kept and count for nothing. */
  readonly now: Date;
  /**
   * By group, the last good set that raised no alarm or was accepted by the operator, however small,
   * and what it measured: from there on each set is compared with the one before it.
   */
  readonly baseline: Baseline;
};

/** A decision for every set, with reasons, and what should keep them from being carried out. */
export const applyPolicy = (
  sets: readonly Candidate[],
  policy: RetentionPolicy,
  surroundings: Surroundings,
): Retention => {
  const ordered = sets.toSorted(byId);
  const groups = [...new Set(ordered.map(({group}) => group))];
  const {now, baseline} = surroundings;
  const results = groups.map((name) => {
    const members = ordered.filter(({group}) => group === name);
    return {name, ...judge(members, policy, {now, baseline: baseline.get(name)})};
  });
  const judged = results.flatMap(({judged}) => judged).sort(byId);
  const {decisions, notes} = fitInto(judged, policy.maxTotalBytes);
  return {
    decisions,
    falls: results.flatMap(({falls}) => falls),
    leaps: results.flatMap(({leaps}) => leaps),
    reached: byGroup(results.map(({name, reached}) => [name, reached])),
    accepted: byGroup(results.map(({name, accepted}) => [name, accepted])),
    notes: [...results.flatMap(({blind}) => blind), ...notes],
  };
};

/**
 * Why decisions are not to be carried out unless the operator insists (`--allow-large-prune`), a
 * sentence each. More than half of the sets at once is a typo far more often than a wish.
 */
export const objectionsTo = ({decisions, falls, leaps}: Retention): readonly string[] => {
  const removed = decisions.filter(({isKept}) => !isKept).length;
  return [
    ...falls.map(
      ({figures, before, newest}) => `${figures.join(' and ')} (${before} to ${newest})`,
    ),
    ...(removed > 0 ? leaps : []),
    ...(removed > 1 && removed > decisions.length / 2
      ? [`the policy would remove ${removed} of ${decisions.length} sets at once`]
      : []),
  ];
};

const byGroup = (measures: readonly (readonly [string, Measure | undefined])[]): Baseline =>
  new Map(measures.flatMap(([name, measure]) => (measure ? [[name, measure]] : [])));

type Scene = {readonly now: Date; readonly baseline: Measure | undefined};

const judge = (ordered: readonly Candidate[], policy: RetentionPolicy, {now, baseline}: Scene) => {
  // Ids sort as time.
  const today = idFor(now);
  const isFuture = ({id}: Candidate) => id > today;
  const present = ordered.filter((set) => !isFuture(set));
  // A set that passed no check, such as one from a bundle, is none that others could be measured by.
  const good = present.filter(({standing}) => standing.proven !== undefined);
  // One that a jumped clock has left in the future is none.
  const isPast = baseline !== undefined && baseline.id <= today;
  const compared = {good, baseline: isPast ? baseline : undefined};
  const falls = fallsAmong(compared);
  const leaps = leapsAmong(compared);
  const alarms = [...falls.map(({since}) => since), ...leaps.map(({id}) => id)];
  const protecting = protectors({good, present, falls});
  const choosing = choosers(good, policy);
  const judged = ordered.map((set): Judged => {
    const always = isFuture(set)
      ? ['dated in the future: the clock jumped']
      : protecting.flatMap((rule) => rule(set) ?? []);
    const chosen = isFuture(set) ? [] : choosing.flatMap(({rule}) => rule(set) ?? []);
    const reasons = [...(set.isPinned ? ['pinned'] : []), ...always, ...chosen];
    return {
      id: set.id,
      isKept: reasons.length > 0,
      reasons: reasons.length > 0 ? reasons : whyNot(set, choosing),
      isProtected: set.isPinned || always.length > 0,
      bytes: set.bytes,
    };
  });
  return {
    ...{judged, falls, leaps: leaps.map(({text}) => text), blind: blindSpots(compared)},
    // A clock that is behind for a night takes nothing back: only the operator does.
    reached: baseline && !isPast ? baseline : reachedBy(compared, alarms),
    accepted: acceptedAs(compared),
  };
};

const byId = (a: {readonly id: string}, b: {readonly id: string}) => (a.id < b.id ? -1 : 1);
