/**
 * Retention over random histories: failed nights, clocks that jump, double runs, pins, damage,
 * several servers, databases that shrink, under random policies. What must hold for each of them.
 */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {Baseline} from '../../lib/model/baseline.ts';
import type {Manifest} from '../../lib/model/manifest.ts';
import {standingOf} from '../../lib/model/proof.ts';
import {applyPolicy, type Candidate, type Retention} from '../../lib/model/retention.ts';
import {periods, type RetentionPolicy} from '../../lib/model/retention-policy.ts';
import {idFor, timeOf} from '../../lib/model/set-id.ts';
import {pick, type Random, randomFrom, seed} from '../support/random.ts';
import {aProof} from '../support/sets.ts';

const it = suite('histories');

const histories = 100_000;

const [archive, drill, checksum] = [aProof('archive'), aProof('restore'), aProof('checksum')];
const broken = aProof('archive', 'damaged');
const standings = [
  ...[[archive], [archive], [archive], [archive, drill], [archive, drill], [checksum]],
  ...[[], [archive, broken], [archive, drill, broken], [archive, broken, archive]],
].map(standingOf);

const reasons: readonly Manifest['reason'][] = [
  ...(['scheduled', 'scheduled', 'scheduled', 'manual'] as const),
  ...(['before-restore', 'before-migrate', 'before-deploy'] as const),
];

/** Steps in hours: runs at once after another, nights, and clocks that jump by ten years. */
const steps = [0, 0, 1, 1, 12, 23, 24, 24, 24, 24, 24, 25, 48, 168, 720, 8_766, 87_660, -87_660];
const hour = 3_600_000;
const starts = ['2026-10-24T22:30:00Z', '2026-03-28T22:30:00Z', '2026-12-28T03:15:00Z'];

type History = {readonly sets: readonly Candidate[]; readonly now: Date};

const historyFrom = (random: Random): History => {
  let clock = Date.parse(pick(random, starts));
  let rows = 1_000;
  const sets: Candidate[] = [];
  const taken: string[] = [];
  const isShrinking = random() < 0.1;
  for (let nights = Math.floor(random() ** 2 * 20); nights > 0; nights -= 1) {
    clock += pick(random, steps) * hour;
    if (random() < 0.2) continue;
    if (isShrinking) rows = Math.max(0, Math.floor(rows * pick(random, [1, 1, 1, 2, 0.7, 0.3, 0])));
    const id = idFor(new Date(clock), taken);
    taken.push(id);
    sets.push({
      id,
      reason: pick(random, reasons),
      standing: pick(random, standings),
      isPinned: random() < 0.05,
      group: random() < 0.9 ? 'one' : 'other',
      bytes: Math.floor(random() * 1e9),
      ...{dumpBytes: 1_000, packing: 'custom gzip 1', rows: random() < 0.05 ? null : rows},
    });
  }
  return {sets, now: new Date(clock + pick(random, [0, 0, 0, 24, -24, 87_660, -87_660]) * hour)};
};

const policyFrom = (random: Random): RetentionPolicy => {
  const some = () => (random() < 0.3 ? 1 + Math.floor(random() * 6) : undefined);
  const buckets = Object.fromEntries(periods.map((period) => [period, some()]));
  const maxTotalBytes = random() < 0.2 ? 1e6 + random() * 5e9 : undefined;
  return {days: some() ?? (random() < 0.5 ? 7 : undefined), last: some(), buckets, maxTotalBytes};
};

const shuffled = (random: Random, sets: readonly Candidate[]): readonly Candidate[] =>
  sets
    .map((set) => ({set, at: random()}))
    .sort((a, b) => a.at - b.at)
    .map(({set}) => set);

const noBaseline: Baseline = new Map();

const keptIn = ({decisions}: Retention): ReadonlySet<string> =>
  new Set(decisions.flatMap(({id, isKept}) => (isKept ? [id] : [])));

/** What must be kept whatever the policy says, found in another way than retention finds it. */
const untouchable = ({sets, now}: History): readonly string[] => {
  const byId = sets.toSorted((a, b) => (a.id < b.id ? -1 : 1));
  const future = new Set(byId.filter(({id}) => timeOf(id) > now.getTime()));
  const present = byId.filter((set) => !future.has(set));
  const always = byId.filter(
    (set) => set.isPinned || future.has(set) || (!set.standing.proven && !set.standing.isDamaged),
  );
  const floor = ['one', 'other'].flatMap((group) => {
    const ours = present.filter((set) => set.group === group && !set.standing.isDamaged);
    const good = ours.filter(({standing}) => standing.proven);
    const drilled = good.filter(({standing}) => standing.drill);
    const checked = good.filter(({standing}) => standing.proven === 'archive');
    return [
      ...good.slice(-1),
      ...(drilled.length > 0 ? drilled : checked).slice(-1),
      ...reasons
        .filter((name) => name.startsWith('before-'))
        .flatMap((name) => ours.filter(({reason}) => reason === name).slice(-3)),
    ];
  });
  return [...always, ...floor].map(({id}) => id);
};

type Trial = {readonly result: Retention; readonly faults: readonly string[]};

/** What a policy makes of a history, and the promises that it breaks, by name. */
const tryOut = (history: History, policy: RetentionPolicy, random: Random): Trial => {
  const {sets, now} = history;
  const apply = (some: readonly Candidate[], how = policy, baseline = noBaseline) =>
    applyPolicy(some, how, {now, baseline});
  const result = apply(sets);
  const {decisions, falls} = result;
  const kept = keptIn(result);
  const faults: string[] = [];
  const demand = (isTrue: boolean, promise: string) => {
    if (!isTrue) faults.push(promise);
  };
  const ids = sets.map(({id}) => id).sort();
  demand(decisions.map(({id}) => id).join() === ids.join(), 'one decision for each set');
  demand(
    decisions.every(({reasons}) => reasons.length > 0 && reasons.every((text) => text !== '')),
    'a reason for each decision',
  );
  demand(
    untouchable(history).every((id) => kept.has(id)),
    'what no policy may touch is kept',
  );
  demand(
    falls.every(({before, newest}) => kept.has(before) && kept.has(newest)),
    'both ends of a fall are kept',
  );
  // Every other history is given in another order, every other with a more generous policy.
  const isOdd = random() < 0.5;
  if (isOdd) {
    const again = apply(shuffled(random, sets));
    demand(JSON.stringify(again) === JSON.stringify(result), 'the same, whatever the order');
  }
  const left = sets.filter(({id}) => kept.has(id));
  // A fall keeps everything from being removed: only without one there is a next time.
  const baseline = result.leaps.length > 0 ? result.accepted : result.reached;
  const next = falls.length > 0 ? undefined : apply(left, policy, baseline);
  demand(!next || keptIn(next).size === left.length, 'nothing more goes the next time');
  demand(!next || next.falls.length === 0, 'no alarm by thinning out');
  if (!isOdd && policy.maxTotalBytes === undefined) {
    const more = keptIn(apply(sets, raised(policy, random)));
    demand(
      [...kept].every((id) => more.has(id)),
      'who keeps more loses nothing',
    );
  }
  return {result, faults};
};

/** One of the policy's numbers, raised. */
const raised = (policy: RetentionPolicy, random: Random): RetentionPolicy => {
  const more = (value: number | undefined) =>
    value === undefined ? undefined : value + 1 + Math.floor(random() * 3);
  const which = pick(random, ['days', 'last', ...periods] as const);
  if (which === 'days' || which === 'last') return {...policy, [which]: more(policy[which])};
  return {...policy, buckets: {...policy.buckets, [which]: more(policy.buckets[which])}};
};

it(`keeps its promises over ${histories} histories (PGKEEP_TEST_SEED=${seed})`, () => {
  const seen = {sets: 0, removed: 0, falls: 0};
  for (let number = 0; number < histories; number += 1) {
    const random = randomFrom(seed + number);
    const history = historyFrom(random);
    const policy = policyFrom(random);
    const {faults, result} = tryOut(history, policy, random);
    if (faults.length > 0)
      assert.unreachable(
        `seed ${seed} + ${number}: ${faults.join('; ')}\n${JSON.stringify({policy, ...history})}`,
      );
    seen.sets += history.sets.length;
    seen.removed += result.decisions.filter(({isKept}) => !isKept).length;
    seen.falls += result.falls.length;
  }
  process.stdout.write(`\n(seed ${seed}: ${JSON.stringify(seen)})\n`);
  // Histories in which nothing happens would prove nothing.
  assert.ok(seen.removed > seen.sets / 10, JSON.stringify(seen));
  assert.ok(seen.falls > histories / 100, JSON.stringify(seen));
});

it.run();
