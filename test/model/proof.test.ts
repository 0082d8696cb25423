import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {
  type Level,
  type Proof,
  parseProofs,
  serialiseProof,
  standingOf,
} from '../../lib/model/proof.ts';
import {aProof} from '../support/sets.ts';

const it = suite('proof');

const subject = {manifestSha256: 'a1'};
const line = (proof: Proof): string => serialiseProof(proof, subject);

it('reads what it wrote, a line each', () => {
  const proofs = [
    aProof('archive'),
    aProof('restore', 'unproven', {notes: ['one\nline\u2028more']}),
    aProof('restore', 'damaged', {problems: ['table "x" is missing']}),
  ];
  const text = proofs.map(line).join('');
  assert.is(text.split('\n').length, 4);
  assert.equal(parseProofs(text, subject), {proofs, hasForeignProofs: false});
  const other = {manifestSha256: 'a2'};
  assert.equal(parseProofs(text, other), {proofs: [], hasForeignProofs: true});
});

const lines: readonly [string, string][] = [
  ['a line cut by a crash', line(aProof('restore')).slice(0, 40)],
  ['an empty line', ''],
  ['a line of zeros', '\0'.repeat(80)],
  ['a level of a newer pgkeep', line({...aProof('restore'), level: 'pitr'} as never)],
  ['a verdict that is a boolean', line({...aProof('restore'), verdict: true} as never)],
  ['a proof of no set', JSON.stringify(aProof('restore'))],
  ['null', 'null'],
];

for (const [what, strange] of lines)
  it(`passes over ${what} and reads the others`, () => {
    const text = `${line(aProof('checksum'))}${strange.trimEnd()}\n${line(aProof('archive'))}`;
    assert.equal(
      parseProofs(text, subject).proofs.map(({level}) => level),
      ['checksum', 'archive'],
    );
  });

const levels = {c: 'checksum', a: 'archive', r: 'restore'} as const;

/** `a r! a?`: an archive check, a drill that found damage, an archive check that proved not all. */
const history = (text: string): readonly Proof[] =>
  text
    .split(' ')
    .filter(Boolean)
    .map(([level = '', mark]) => {
      const verdict = mark === '!' ? 'damaged' : mark === '?' ? 'unproven' : 'intact';
      return aProof(levels[level as keyof typeof levels], verdict);
    });

const standings: readonly [string, Level | undefined, boolean, boolean][] = [
  ['', undefined, false, false],
  ['c', 'checksum', false, false],
  ['a', 'archive', false, false],
  ['r', 'restore', false, true],
  ['a r', 'restore', false, true],
  // A shallower check after a deeper one takes nothing back.
  ['r a c', 'restore', false, true],
  ['a r!', undefined, true, false],
  ['r c!', undefined, true, false],
  // What a drill found is lifted by a drill alone.
  ['r! c', undefined, true, false],
  ['r! a', undefined, true, false],
  ['r! r', 'restore', false, true],
  ['a! c', undefined, true, false],
  ['a! a', 'archive', false, false],
  ['a! r', 'restore', false, true],
  ['c! c', 'checksum', false, false],
  // The deepest damage counts, whatever came after.
  ['r! c! c a', undefined, true, false],
  ['r! c! a r', 'restore', false, true],
  ['r c! c', 'checksum', false, false],
  // Nothing wrong was found, but nothing more is proven.
  ['r?', undefined, false, false],
  ['a r?', 'archive', false, false],
  ['r r?', 'restore', false, true],
  ['r! r?', undefined, false, false],
  ['a! r?', undefined, false, false],
];

for (const [text, proven, isDamaged, isDrilled] of standings)
  it(`after '${text}' a set is ${isDamaged ? 'damaged' : `proven by ${proven ?? 'nothing'}`}`, () => {
    const standing = standingOf(history(text));
    assert.equal([standing.proven, standing.isDamaged], [proven, isDamaged]);
    assert.is(standing.drill !== undefined, isDrilled);
  });

it('knows the newest drill that passed, and how long it took', () => {
  const drills = [100, 200].map((seconds) =>
    aProof('restore', 'intact', {seconds, at: `2026-11-${seconds / 10}T00:00:00.000Z`}),
  );
  const {drill} = standingOf([...drills, aProof('restore', 'unproven', {seconds: 300})]);
  assert.equal(drill, {at: '2026-11-20T00:00:00.000Z', seconds: 200});
});

it.run();
