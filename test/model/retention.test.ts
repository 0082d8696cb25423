import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {Baseline} from '../../lib/model/baseline.ts';
import {groupOf} from '../../lib/model/candidate.ts';
import type {Manifest} from '../../lib/model/manifest.ts';
import {acceptedAs} from '../../lib/model/measures.ts';
import {standingOf} from '../../lib/model/proof.ts';
import {applyPolicy, type Candidate, objectionsTo} from '../../lib/model/retention.ts';
import type {RetentionPolicy} from '../../lib/model/retention-policy.ts';
import {shrunkenTables} from '../../lib/model/shrink.ts';
import {aManifest, aProof} from '../support/sets.ts';

const it = suite('retention');

const now = new Date('2026-11-21T12:00:00Z');
const noBaseline: Baseline = new Map();

const judge = (
  sets: readonly Candidate[],
  policy: Partial<RetentionPolicy>,
  baseline = noBaseline,
) => applyPolicy(sets, {buckets: {}, ...policy}, {now, baseline});

const keptOf = (sets: readonly Candidate[], policy: Partial<RetentionPolicy>) =>
  judge(sets, policy)
    .decisions.filter(({isKept}) => isKept)
    .map(({id}) => id);

/**
 * A set in a word: its day of November, then marks. `A` proven by an archive check, `D` by a drill,
 * `!` damaged, `*` pinned, `R`, `M`, `P` taken before a restore, migration or deploy, `U` never
 * checked, `x` of another server, `-` a tenth of the rows.
 */
const setOf = (word: string): Candidate => {
  const [, day = '', marks = ''] = /^(-?\d+)(\D*)$/.exec(word) ?? [];
  const start = new Date(Date.UTC(2026, 10, Number(day), 3, 15));
  const id = `${start.toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
  const has = (mark: string) => marks.includes(mark);
  const proofs = [
    ...(has('U') ? [] : [aProof('checksum')]),
    ...(has('A') ? [aProof('archive')] : []),
    ...(has('D') ? [aProof('restore')] : []),
    ...(has('!') ? [aProof('archive', 'damaged')] : []),
  ];
  const reason = has('R') ? 'restore' : has('M') ? 'migrate' : has('P') ? 'deploy' : undefined;
  return {
    id,
    reason: reason === undefined ? 'scheduled' : `before-${reason}`,
    standing: standingOf(proofs),
    isPinned: has('*'),
    group: has('x') ? 'there' : 'here',
    ...{bytes: 10_000_000, dumpBytes: 9_000_000, packing: 'custom gzip 1'},
    rows: has('-') ? 100 : 1_000,
  };
};

const setsOf = (words: string): readonly Candidate[] => words.split(' ').filter(Boolean).map(setOf);

const histories: readonly [title: string, days: number, sets: string, kept: string][] = [
  ['nothing', 7, '', ''],
  ['one set, however old', 1, '-300A', '-300A'],
  [
    'a week of nights',
    7,
    '10A 11A 12A 13A 14A 15A 16A 17A 18A 19A 20A 21A',
    '14A 15A 16A 17A 18A 19A 20A 21A',
  ],
  ['one day', 1, '17A 18A 19A 20A 21A', '20A 21A'],
  // Ages count from the newest good set: a month of failed nights deletes nothing.
  ['sets long past, by each other', 7, '-30A -27A -25A -20A', '-27A -25A -20A'],
  // The newest good one is the measure, not a newer one that is damaged; that stays to be looked at.
  ['nights that are damaged', 1, '10A 11A 12A! 20A!', '10A 11A 12A! 20A!'],
  ['an old damaged one', 3, '10A! 11A 20A 21A', '20A 21A'],
  ['all damaged: there is no measure', 1, '1A! 5A! 21A!', '1A! 5A! 21A!'],
  ['the newest proven by a drill, beside the newest', 1, '5D 6D 20A 21A', '6D 20A 21A'],
  ['the newest archive check where no drill was', 1, '5A 6A 18 19 20 21', '6A 20 21'],
  ['no proof but a checksum', 1, '5 6 20 21', '20 21'],
  ['a drill that later found damage counts no more', 1, '5D 6D! 20A 21A', '5D 20A 21A'],
  ['pinned ones', 1, '1A* 2A 3* 20A 21A', '1A* 3* 20A 21A'],
  ['pinned and damaged', 1, '1A!* 20A 21A', '1A!* 20A 21A'],
  [
    'the newest three before each kind of deed',
    1,
    '1R 2R 3R 4R 5M 6M 7P 8A 20A 21A',
    '2R 3R 4R 5M 6M 7P 20A 21A',
  ],
  // Dated in the future: kept, shown, and neither newest nor a measure nor one of the three.
  ['one from the future', 1, '19A 20A 21A 25A', '20A 21A 25A'],
  ['the future alone', 1, '25A 26A', '25A 26A'],
  ['a future that is proven better', 1, '5D 20A 21A 25D', '5D 20A 21A 25D'],
  ['one that nobody checked', 1, '1U 2A 20A 21A', '1U 20A 21A'],
  ['damaged ones among the three', 1, '1R 2R! 3R 4R! 5R 6A 21A', '1R 3R 5R 21A'],
  ['deeds of the future', 1, '1R 2R 3R 25R 26R 27R 21A', '1R 2R 3R 21A 25R 26R 27R'],
];

for (const [title, days, words, kept] of histories)
  it(`keeps what it must of ${title}`, () => {
    const sets = setsOf(words);
    const {decisions} = judge(sets.toReversed(), {days});
    assert.equal(
      decisions.filter(({isKept}) => isKept).map(({id}) => id),
      setsOf(kept).map(({id}) => id),
    );
    assert.equal(
      decisions.map(({id}) => id),
      sets.map(({id}) => id).toSorted(),
    );
    assert.ok(decisions.every(({reasons}) => reasons.length > 0));
  });

it('keeps to the second, not to the day', () => {
  const at = (id: string): Candidate => ({...setOf('1A'), id});
  const ids = ['20261113T235959Z', '20261114T000000Z', '20261120T120000Z', '20261121T000000Z'];
  const {decisions} = judge(ids.map(at), {days: 7});
  assert.equal(
    decisions.map(({isKept}) => isKept),
    [false, true, true, true],
  );
});

const reasons: readonly [string, string, readonly string[]][] = [
  ['1A', '1A 21A', ['older than 7 days before the newest good set']],
  ['1D', '1D 21A', ['the newest set proven by a drill']],
  ['1A', '1A 21', ['the newest set proven by an archive check']],
  ['1*', '1* 20A 21A', ['pinned']],
  ['1R', '1R 20A 21A', ["among the newest 3 of 'before-restore'"]],
  ['25A', '21A 25A', ['dated in the future: the clock jumped']],
  ['1A!', '1A!', ['there is no good set']],
  ['20A', '20A 21A', ['within 7 days of the newest good set']],
  ['22A!', '21A 22A!', ['dated in the future: the clock jumped']],
  ['21!', '20A 21!', ['newer than the newest good set', 'within 7 days of the newest good set']],
  ['1U', '1U 21A', ['never checked here: it is for nobody to judge before `pgkeep verify`']],
  [
    '21D*',
    '1A 21D*',
    [
      'pinned',
      'the newest good set',
      'the newest set proven by a drill',
      'within 7 days of the newest good set',
    ],
  ],
];

for (const [word, words, expected] of reasons)
  it(`says of ${word} among ${words}: ${expected.join('; ')}`, () => {
    const {decisions} = judge(setsOf(words), {days: 7});
    const decision = decisions.find(({id}) => id === setOf(word).id);
    assert.equal(decision?.reasons, expected);
  });

it('objects to more than half at once, but not to a single one', () => {
  const objections = (words: string) => objectionsTo(judge(setsOf(words), {days: 1}));
  assert.equal(objections('1A 2A 3A 4A 21A'), ['the policy would remove 4 of 5 sets at once']);
  assert.equal(objections('1A 2A 20A 21A'), [], 'just half');
  assert.equal(objections('1A 2A 21A'), ['the policy would remove 2 of 3 sets at once']);
  assert.equal(objections('1A 21A'), []);
  assert.equal(objections('20A 21A'), []);
  assert.equal(objections(''), []);
});

it('keeps sets of each server by their own', () => {
  assert.equal(keptOf(setsOf('1Ax 3Ax 10A 20A 21A'), {days: 1}), idsOf('3Ax 20A 21A'));
});

const idsOf = (words: string) => setsOf(words).map(({id}) => id);

const at = (id: string, word = '1A'): Candidate => ({...setOf(word), id});

/** Every twelve hours from 2025-10-01, both nights of changed clocks and a New Year among them. */
const halfDays = Array.from({length: 832}, (_, index) => {
  const moment = new Date(Date.UTC(2025, 9, 1, index * 12)).toISOString();
  return at(`${moment.slice(0, 19).replaceAll(/[-:]/g, '')}Z`);
});

const rules: readonly [Partial<RetentionPolicy>, string][] = [
  [{last: 3}, '20261119T120000Z 20261120T000000Z 20261120T120000Z'],
  [{buckets: {hourly: 2}}, '20261120T000000Z 20261120T120000Z'],
  [{buckets: {daily: 3}}, '20261118T120000Z 20261119T120000Z 20261120T120000Z'],
  [{buckets: {weekly: 3}}, '20261108T120000Z 20261115T120000Z 20261120T120000Z'],
  [{buckets: {monthly: 3}}, '20260930T120000Z 20261031T120000Z 20261120T120000Z'],
  [{buckets: {yearly: 5}}, '20251231T120000Z 20261120T120000Z'],
  [
    {last: 1, days: 1, buckets: {daily: 2, monthly: 2}},
    '20261031T120000Z 20261119T120000Z 20261120T000000Z 20261120T120000Z',
  ],
];

for (const [policy, kept] of rules)
  it(`keeps by ${JSON.stringify(policy)}: ${kept}`, () => {
    assert.equal(keptOf(halfDays, policy), kept.split(' '));
  });

it('takes the week of a New Year for one, in one year', () => {
  const ids = ['20261227T000000Z', '20261230T000000Z', '20270102T000000Z', '20270104T000000Z'];
  const later = {now: new Date('2027-02-01'), baseline: noBaseline};
  const {decisions} = applyPolicy(
    ids.map((id) => at(id)),
    {buckets: {weekly: 9}},
    later,
  );
  assert.equal(
    decisions.map(({isKept, reasons}) => [isKept, reasons[0]]),
    [
      [true, 'weekly 2026-W52'],
      [false, 'not among the 9 weekly'],
      [true, 'weekly 2026-W53'],
      [true, 'the newest good set'],
    ],
  );
});

it('counts days that have a set, not days that went by', () => {
  assert.equal(keptOf(setsOf('-90A -50A 1A 2A 21A'), {buckets: {daily: 3}}), idsOf('1A 2A 21A'));
});

it('names every rule that keeps a set, and each that does not', () => {
  const {decisions} = judge(setsOf('1A 2A! 20A 21A'), {
    ...{days: 2, last: 2},
    buckets: {daily: 2, weekly: 1, yearly: 1},
  });
  assert.equal(
    decisions.map(({reasons}) => reasons),
    [
      [
        ...['older than 2 days before the newest good set', 'not among the last 2'],
        ...['not among the 2 daily', 'not among the 1 weekly', 'not among the 1 yearly'],
      ],
      [
        ...['damaged', 'older than 2 days before the newest good set', 'not among the last 2'],
        ...['not among the 2 daily', 'not among the 1 weekly', 'not among the 1 yearly'],
      ],
      ['within 2 days of the newest good set', 'among the last 2', 'daily 2026-11-20'],
      [
        ...['the newest good set', 'the newest set proven by an archive check'],
        ...['within 2 days of the newest good set', 'among the last 2'],
        ...['daily 2026-11-21', 'weekly 2026-W47', 'yearly 2026'],
      ],
    ],
  );
});

const big = (words: string) => setsOf(words).map((set) => ({...set, bytes: 10e9}));

it('lets the oldest go last of all, until the rest fits', () => {
  const sizes: readonly [number, string][] = [
    [70e9, '14A 15D 16A* 17R 18A 19A 20A'],
    [69e9, '15D 16A* 17R 18A 19A 20A'],
    [50e9, '15D 16A* 17R 19A 20A'],
    [40e9, '15D 16A* 17R 20A'],
    [1e9, '15D 16A* 17R 20A'],
  ];
  for (const [maxTotalBytes, kept] of sizes)
    assert.equal(
      keptOf(big('14A 15D 16A* 17R 18A 19A 20A'), {days: 7, maxTotalBytes}),
      idsOf(kept),
      `${maxTotalBytes}`,
    );
  const {notes, decisions} = judge(big('14A 15D 16A* 20A'), {days: 7, maxTotalBytes: 20e9});
  assert.equal(notes, [
    'the sets that may not go take 30 GB: more than the 20 GB that are allowed',
  ]);
  assert.equal(decisions[0]?.reasons, ['the oldest of what takes 40 GB, 20 GB are allowed']);
});

/** What is remembered of sets that were accepted, or raised no alarm. */
const baselineAt = (words: string | undefined): Baseline => {
  const measure = acceptedAs({good: setsOf(words ?? ''), baseline: undefined});
  return new Map(measure ? [['here', measure]] : []);
};

it('rings while less than half of the rows is left, and keeps what was before', () => {
  const fallsOf = (words: string, since?: string) => {
    const {falls, decisions} = judge(setsOf(words), {days: 1}, baselineAt(since));
    const kept = new Set(decisions.filter(({isKept}) => isKept).map(({id}) => id));
    const there = new Set(idsOf(words));
    assert.ok(falls.every(({before}) => kept.has(before) || !there.has(before)));
    return falls.map(({before, newest}) => `${before.slice(6, 8)}-${newest.slice(6, 8)}`);
  };
  assert.equal(fallsOf('19A 20A 21A'), []);
  assert.equal(fallsOf('19A 20A 21A-'), ['20-21']);
  assert.equal(fallsOf('10A 11A- 20A- 21A-'), ['10-21'], 'the next night knows it still');
  assert.equal(fallsOf('10A 11A- 20A- 21A'), [], 'grown back');
  assert.equal(fallsOf('10A 11A- 20A 21A-'), ['10-21', '20-21']);
  assert.equal(fallsOf('10A 11A!- 20A'), [], 'a damaged one is no measure');
  assert.equal(fallsOf('10A 20A 21A- 25A'), ['20-21'], 'nor is one from the future');
  assert.equal(fallsOf('10A 20A-x 21A'), [], 'nor one of another server');
  assert.equal(fallsOf('10A 11A- 20A-', '11A-'), [], 'accepted');
  assert.equal(fallsOf('10A 20A-', '11A-'), [], 'accepted, and the accepted one gone');
  assert.equal(fallsOf('10A 20A-', '11A'), ['10-20'], 'its measure outlives the set');
  assert.equal(fallsOf('10A 11A! 20A-', '11A'), ['10-20'], 'and where it is damaged');
  assert.equal(fallsOf('20A-', '11A'), ['11-20'], 'also where nothing is left from before');
  assert.equal(fallsOf('10A- 11A', '12A'), [], 'none came since');
  assert.equal(fallsOf('10A 11A 20A-', '11A'), ['11-20'], 'a new fall since');
  assert.equal(fallsOf('10A 20A-', '25A'), ['10-20'], 'accepted by a clock that had jumped');
});

it('compares sizes of the same packing only, and rows only where they were counted', () => {
  const [before, after] = [setOf('20A'), {...setOf('21A'), dumpBytes: 4_400_000}];
  const falls = (one: Candidate, other: Candidate) => judge([one, other], {days: 7}).falls;
  assert.equal(falls(before, after)[0]?.figures, ["the dump's size fell from 9 MB to 4.4 MB"]);
  assert.equal(falls(before, {...after, dumpBytes: 4_500_000}), []);
  assert.equal(falls(before, {...after, packing: 'custom zstd 3'}), []);
  assert.equal(falls(before, {...setOf('21A'), rows: null}), []);
  assert.equal(falls({...before, rows: 1}, {...setOf('21A'), rows: 0})[0]?.figures, [
    'rows fell from 1 to 0',
  ]);
});

it('compares with the last set that can be compared, and says where there is none', () => {
  const uncounted = (word: string): Candidate => ({...setOf(word), rows: null});
  const other = (word: string): Candidate => ({...setOf(word), packing: 'custom zstd 3'});
  const fallsOf = (...sets: readonly Candidate[]) => judge(sets, {days: 7}).falls;
  const [before] = setsOf('18A');
  const figures = ['rows fell from 1,000 to 100'];
  const ids = {before: setOf('18A').id, since: setOf('20A').id, newest: setOf('20A').id};
  assert.equal(fallsOf(setOf('18A'), uncounted('19A'), setOf('20A-')), [{...ids, figures}]);
  const [fall] = fallsOf(setOf('18A'), setOf('19A-'), uncounted('20A'));
  assert.equal(fall?.figures, figures, 'one that is not counted ends no alarm');
  const small = {...setOf('20A'), dumpBytes: 1_000_000};
  assert.equal(fallsOf(setOf('18A'), other('19A'), small)[0]?.figures, [
    "the dump's size fell from 9 MB to 1 MB",
  ]);
  const {reached} = judge([setOf('18A'), uncounted('19A')], {days: 7});
  assert.is(judge([setOf('20A-')], {days: 7}, reached).falls.length, 1, 'the next night too');

  const notesOf = (...sets: readonly Candidate[]) => judge(sets, {days: 7}).notes;
  const {id} = setOf('19A');
  assert.ok(before);
  assert.equal(notesOf(before, uncounted('19A')), [
    `rows of ${id} could not be compared: not every table was counted`,
  ]);
  assert.equal(notesOf(before, {...other('19A'), rows: null}), [
    `neither rows nor size of ${id} could be compared with the sets before it`,
  ]);
  assert.equal(notesOf(before, other('19A')), [], 'its rows can');
  assert.equal(notesOf(uncounted('18A'), uncounted('19A')), [], 'their sizes can');
  assert.equal(notesOf(before), []);
});

it('objects to a leap until it is accepted, however many sets follow', () => {
  const leapsOf = (words: string, since?: string) =>
    judge(setsOf(words), {days: 7}, baselineAt(since)).leaps;
  const leap = (which: string) => [
    `${which} is dated 818 days after the one before it: did the clock jump?`,
  ];
  assert.equal(leapsOf('-800A 18A'), leap('the newest good set'));
  const behind = `the good set ${setOf('18A').id}`;
  assert.equal(leapsOf('-800A 18A 19A 20A'), leap(behind));
  assert.equal(leapsOf('18A 19A', '-800A'), leap(behind), 'also where the sets before it are gone');
  assert.equal(leapsOf('-800A 18A 19A 20A', '19A'), [], 'accepted');
  const {reached, accepted} = judge(setsOf('-801A -800A 18A 19A'), {days: 7});
  assert.is(reached.get('here')?.id, setOf('-800A').id, 'no removal moves the baseline over it');
  assert.is(accepted.get('here')?.id, setOf('19A').id);
});

it('takes the baseline back for no clock that is behind for a night', () => {
  const ahead = baselineAt('25A');
  const {reached, accepted} = judge(setsOf('19A 20A'), {days: 7}, ahead);
  assert.equal(reached, ahead);
  assert.is(accepted.get('here')?.id, setOf('20A').id, 'but for the operator');
});

it('judges sets of one database, server and choice together, in whatever order it was named', () => {
  const group = (more: Partial<Manifest>) => groupOf(aManifest(more));
  const tables = (...names: readonly string[]) => group({settings: {table: [...names]}});
  assert.is(tables('a', 'b'), tables('b', 'a'));
  assert.is.not(tables('a', 'b'), tables('a'));
  assert.is.not(tables('a'), group({}));
  assert.is.not(group({database: 'app'}), group({database: 'other'}));
});

it('objects to a fall before anything else, and to a leap of years where something would go', () => {
  assert.equal(objectionsTo(judge(setsOf('20A 21A-'), {days: 7})), [
    'rows fell from 1,000 to 100 (20261120T031500Z to 20261121T031500Z)',
  ]);
  assert.equal(objectionsTo(judge(setsOf('-800A 21A'), {days: 7})), [
    'the newest good set is dated 821 days after the one before it: did the clock jump?',
  ]);
  assert.equal(objectionsTo(judge(setsOf('-800A* 21A'), {days: 7})), []);
});

it('names the tables that shrank', () => {
  const before = [
    ...[
      {name: 'a', rows: 10},
      {name: 'b', rows: 1},
      {name: 'c', rows: 1_000},
    ],
    ...[
      {name: 'd', rows: 0},
      {name: 'e', rows: null},
      {name: 'f', rows: 4},
    ],
  ];
  const after = [
    {name: 'b', rows: 0},
    {name: 'c', rows: 499},
    {name: 'f', rows: 2},
  ];
  assert.equal(shrunkenTables(before, after), [
    'a had 10 rows and is gone',
    'b had 1 row and is empty',
    'c had 1,000 rows and has 499',
  ]);
});

it.run();
