/** The rules of retention: what no policy removes, and what a policy chooses to keep. */
import {newestOfEach} from './buckets.ts';
import type {Candidate} from './retention.ts';
import {periods, type RetentionPolicy} from './retention-policy.ts';
import {idFor, timeOf} from './set-id.ts';
import type {Fall} from './shrink.ts';

/** How many sets of each `before-*` reason are always kept. */
const keptBefore = 3;
const day = 86_400_000;

/** Why a set is kept; undefined where this rule does not keep it. */
type Rule = (set: Candidate) => string | undefined;

type Facts = {
  readonly good: readonly Candidate[];
  readonly present: readonly Candidate[];
  readonly falls: readonly Fall[];
};

/** What no policy removes. */
export const protectors = ({good, present, falls}: Facts): readonly Rule[] => {
  const newest = good.at(-1);
  const drilled = good.findLast(({standing}) => standing.drill !== undefined);
  const checked = good.findLast(({standing}) => standing.proven === 'archive');
  const proven = drilled ?? checked;
  const before = new Map(falls.map((fall) => [fall.before, fall]));
  return [
    () => (newest === undefined ? 'there is no good set' : undefined),
    (set) => (set === newest ? 'the newest good set' : undefined),
    (set) =>
      set === proven
        ? `the newest set proven by ${drilled ? 'a drill' : 'an archive check'}`
        : undefined,
    (set) => (newest && set.id > newest.id ? 'newer than the newest good set' : undefined),
    (set) =>
      set.standing.proven === undefined && !set.standing.isDamaged
        ? 'never checked here: it is for nobody to judge before `pgkeep verify`'
        : undefined,
    (set) =>
      isAmongNewestOf(set, present)
        ? `among the newest ${keptBefore} of '${set.reason}'`
        : undefined,
    ({id}) => {
      const fall = before.get(id);
      return fall && `the last good set before ${fall.figures.join(' and ')} in ${fall.newest}`;
    },
  ];
};

type Choice = {readonly rule: Rule; readonly otherwise: string};

/** What the policy keeps, and what is said of a set that a rule does not keep. */
export const choosers = (
  good: readonly Candidate[],
  policy: RetentionPolicy,
): readonly Choice[] => {
  const {days, last, buckets} = policy;
  const ids = good.map(({id}) => id);
  const newest = ids.at(-1);
  const choices: Choice[] = [];
  const hasRules = [days, last, ...Object.values(buckets)].some((count) => count !== undefined);
  if (!hasRules) return [{rule: () => 'no rule is set', otherwise: ''}];
  if (days !== undefined && newest !== undefined) {
    // Ids sort as time.
    const oldest = idFor(new Date(timeOf(newest) - days * day));
    const span = days === 1 ? '1 day' : `${days} days`;
    const within = `within ${span} of the newest good set`;
    choices.push({
      rule: ({id}) => (id >= oldest ? within : undefined),
      otherwise: `older than ${span} before the newest good set`,
    });
  }
  if (last !== undefined) {
    const kept = new Set(ids.slice(-last));
    const rule: Rule = ({id}) => (kept.has(id) ? `among the last ${last}` : undefined);
    choices.push({rule, otherwise: `not among the last ${last}`});
  }
  for (const period of periods) {
    const count = buckets[period];
    if (count === undefined) continue;
    const kept = newestOfEach(ids, {period, count});
    const rule: Rule = ({id}) => (kept.has(id) ? `${period} ${kept.get(id)}` : undefined);
    choices.push({rule, otherwise: `not among the ${count} ${period}`});
  }
  return choices;
};

/** Why no rule keeps a set. */
export const whyNot = ({standing}: Candidate, choosing: readonly Choice[]): readonly string[] => [
  ...(standing.isDamaged ? ['damaged'] : []),
  ...choosing.map(({otherwise}) => otherwise),
];

// Damaged ones take no place from others.
const isAmongNewestOf = (set: Candidate, present: readonly Candidate[]): boolean =>
  set.reason.startsWith('before-') &&
  present
    .filter(({reason, standing}) => reason === set.reason && !standing.isDamaged)
    .slice(-keptBefore)
    .includes(set);
