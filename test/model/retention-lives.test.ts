/**
 * Retention over the lives of shelves, one prune a night: sets come, shrink, become damaged, vanish or
 * are accepted, and the clock leaps. What is remembered from night to night must not forget a fall.
 */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {Baseline} from '../../lib/model/baseline.ts';
import {standingOf} from '../../lib/model/proof.ts';
import {applyPolicy, type Candidate, objectionsTo} from '../../lib/model/retention.ts';
import {idFor} from '../../lib/model/set-id.ts';
import {pick, type Random, randomFrom, seed} from '../support/random.ts';
import {scaled} from '../support/require.ts';
import {aProof} from '../support/sets.ts';

const it = suite('lives');

const lives = scaled(3_000);
const nights = 30;
const day = 86_400_000;

const good = standingOf([aProof('archive')]);
const damaged = standingOf([aProof('archive', 'damaged')]);

/** What some prune found: sets up to `id`, the newest good one with so many rows. */
type Height = {readonly id: string; readonly rows: number};

type Life = {
  sets: readonly Candidate[];
  baseline: Baseline;
  /** Every height that was seen and is not accepted: what is less than half of it is a fall. */
  heights: readonly Height[];
  /** Up to this set the operator has looked. */
  accepted: string;
  now: number;
  rows: number;
};

type Count = {falls: number; removed: number};

const isGood = ({standing}: Candidate) => standing.proven !== undefined;

/** What happens until the next night. */
const live = (life: Life, random: Random) => {
  life.now += random() < 0.01 ? 500 * day : day;
  if (random() < 0.15) life.rows = Math.floor(life.rows * pick(random, [0.1, 0.3, 0.45, 2, 5]));
  if (random() < 0.9)
    life.sets = [
      ...life.sets,
      {
        ...{id: idFor(new Date(life.now)), reason: 'scheduled', standing: good, isPinned: false},
        ...{group: 'one', bytes: 1, dumpBytes: 1, packing: random() < 0.9 ? 'gzip' : 'zstd'},
        rows: random() < 0.05 ? null : life.rows,
      },
    ];
  // The newest ones are those that comparisons hang on.
  const hit = life.sets.length - 1 - Math.floor(random() ** 2 * life.sets.length);
  if (random() < 0.1) life.sets = life.sets.filter((_, index) => index !== hit);
  else if (random() < 0.15)
    life.sets = life.sets.map((set, index) => (index === hit ? {...set, standing: damaged} : set));
};

/** The night's prune, as the task does it. */
const prune = (life: Life, random: Random, count: Count) => {
  const surroundings = {now: new Date(life.now), baseline: life.baseline};
  const policy = {days: 3, buckets: {}};
  const retention = applyPolicy(life.sets, policy, surroundings);
  const newest = life.sets.findLast((set) => isGood(set) && set.rows !== null);
  const isAccepted = retention.falls.length + retention.leaps.length > 0 && random() < 0.1;
  if (isAccepted) {
    life.baseline = new Map([...life.baseline, ...retention.accepted]);
    life.heights = [];
    life.accepted = retention.accepted.get('one')?.id ?? '';
    return;
  }
  life.baseline = new Map([...life.baseline, ...retention.reached]);
  const rows = newest?.rows ?? 0;
  const standing = life.heights.filter(
    (height) => newest !== undefined && newest.id > height.id && rows < height.rows / 2,
  );
  count.falls += standing.length > 0 ? 1 : 0;
  const goes = new Set(retention.decisions.flatMap(({id, isKept}) => (isKept ? [] : [id])));
  if (objectionsTo(retention).length === 0) {
    const lost = standing.filter(({id}) => [...goes].some((gone) => gone <= id));
    assert.equal(lost, [], 'no set from before a fall goes before somebody has accepted it');
    life.sets = life.sets.filter(({id}) => !goes.has(id));
    count.removed += goes.size;
  }
  // What has grown back is over; what is there now is a height for the nights to come.
  life.heights = life.heights.filter(
    (height) => !newest || newest.id <= height.id || rows < height.rows / 2,
  );
  // An older set that is the newest again was accepted with what came after it.
  if (newest?.rows && newest.id > life.accepted)
    life.heights = [...life.heights, {id: newest.id, rows: newest.rows}];
};

it(`forgets no fall in ${lives} lives, whatever befalls the sets (PGKEEP_TEST_SEED=${seed})`, () => {
  const count: Count = {falls: 0, removed: 0};
  for (let number = 0; number < lives; number += 1) {
    const random = randomFrom(seed + number * 7_919);
    const life: Life = {
      sets: [],
      baseline: new Map(),
      heights: [],
      accepted: '',
      now: Date.UTC(2026, 0, 1),
      rows: 1e6,
    };
    for (let night = 0; night < nights; night += 1) {
      live(life, random);
      try {
        prune(life, random, count);
      } catch (error) {
        throw new Error(`seed ${seed}, life ${number}, night ${night}`, {cause: error});
      }
    }
  }
  process.stdout.write(`\n(seed ${seed}: ${JSON.stringify(count)})\n`);
  assert.ok(count.falls > lives / 10, 'there were falls');
  assert.ok(count.removed > lives, 'and sets went');
});

it.run();
