import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {standingOf} from '../../lib/model/proof.ts';
import {applyPolicy, type Candidate, pruneObjection} from '../../lib/model/retention.ts';
import {aProof} from '../support/sets.ts';

const it = suite('retention');

const now = new Date('2026-11-21T12:00:00Z');

/**
 * A set in a word: its day of November, then marks. `A` proven by an archive check, `D` by a drill,
 * `!` damaged, `*` pinned, `R`, `M`, `P` taken before a restore, migration or deploy.
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
    server: 'here',
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
  ['deeds of the future', 1, '1R 2R 3R 25R 26R 27R 21A', '1R 2R 3R 21A 25R 26R 27R'],
];

for (const [title, days, words, kept] of histories)
  it(`keeps what it must of ${title}`, () => {
    const sets = setsOf(words);
    const decisions = applyPolicy(sets.toReversed(), {days}, now);
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
  const decisions = applyPolicy(ids.map(at), {days: 7}, now);
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
    const decision = applyPolicy(setsOf(words), {days: 7}, now).find(
      ({id}) => id === setOf(word).id,
    );
    assert.equal(decision?.reasons, expected);
  });

it('decides nothing new about what it left', () => {
  for (const [, days, words] of histories) {
    const sets = setsOf(words);
    const left = applyPolicy(sets, {days}, now)
      .filter(({isKept}) => isKept)
      .map(({id}) => id);
    const again = applyPolicy(
      sets.filter(({id}) => left.includes(id)),
      {days},
      now,
    );
    assert.ok(
      again.every(({isKept}) => isKept),
      words,
    );
  }
});

it('objects to more than half at once, but not to a single one', () => {
  const objection = (words: string) => pruneObjection(applyPolicy(setsOf(words), {days: 1}, now));
  assert.is(objection('1A 2A 3A 4A 21A'), 'the policy would remove 4 of 5 sets at once');
  assert.is(objection('1A 2A 20A 21A'), undefined, 'just half');
  assert.is(objection('1A 2A 21A'), 'the policy would remove 2 of 3 sets at once');
  assert.is(objection('1A 21A'), undefined);
  assert.is(objection('20A 21A'), undefined);
  assert.is(objection(''), undefined);
});

it.run();
