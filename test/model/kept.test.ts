import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {besideName, commentOf, type Note} from '../../lib/model/beside.ts';
import {chooseToUndo, type Kept, keptAmong, ownerFaults} from '../../lib/model/kept.ts';

const it = suite('databases that were put aside');

const runs = ['20261120T031500Z', '20261121T031500Z', '20261122T031500Z'] as const;
const now = new Date('2026-11-21T12:00:00Z');
const note = (run: string, more: Partial<Note> = {}): Note => ({
  ...{pgkeep: 1, role: 'before', of: 'app', run, verb: 'restore'},
  ...{at: '2026-11-20T03:15:00.000Z', set: null, comment: null},
  ...more,
});
const kept = (run: string, more: Partial<Kept> = {}): Kept => ({
  ...{oid: 7, name: besideName('app', 'before', run), owner: 'app', isOwnerSuperuser: false},
  note: note(run),
  ...more,
});

const names: readonly (readonly [title: string, name: string, isKept: boolean])[] = [
  ['its own name', `app_before_${runs[0]}`, true],
  ['the name that serves', 'app', false],
  ['a name of another run', `app_before_${runs[1]}`, false],
  ['a name of another role', `app_incoming_${runs[0]}`, false],
  ['any other name', 'shop', false],
];

for (const [title, name, isKept] of names)
  it(`${isKept ? 'takes' : 'does not take'} one under ${title} for kept`, () => {
    const comment = commentOf(note(runs[0]));
    const row = {oid: 7, name, comment, owner: 'app', isOwnerSuperuser: false};
    assert.is(keptAmong([row], 'before').length, isKept ? 1 : 0);
    assert.is(keptAmong([row], 'incoming').length, 0);
  });

const choices: readonly {
  title: string;
  there: readonly Kept[];
  known?: readonly {run: string; oldOid: number}[];
  gives: string | undefined;
  says?: RegExp;
}[] = [
  {title: 'the newest', there: [kept(runs[1]), kept(runs[0])], gives: runs[1]},
  {title: 'none of the future alone', there: [kept(runs[2])], gives: undefined},
  {
    title: 'the newest that is not of the future',
    there: [kept(runs[2], {owner: 'mallory'}), kept(runs[1]), kept(runs[0])],
    gives: runs[1],
    says: /'app_before_20261122T031500Z' of 'mallory' is passed over: its run is of the future/,
  },
  {
    title: 'what this host made before what it did not',
    there: [kept(runs[1], {oid: 8}), kept(runs[0])],
    known: [{run: runs[0], oldOid: 7}],
    gives: runs[0],
    says: /'app_before_20261121T031500Z' of 'app' is newer, but no restore that this host made/,
  },
  {
    title: 'no namesake of what this host made',
    there: [kept(runs[1]), kept(runs[0], {oid: 9})],
    known: [{run: runs[0], oldOid: 7}],
    gives: runs[1],
  },
];

for (const {title, there, known = [], gives, says} of choices)
  it(`gives back ${title}`, () => {
    const chosen = chooseToUndo(there, {now, known});
    assert.is(chosen.kept?.note.run, gives);
    if (says) assert.match(chosen.cautions.join('\n'), says);
    else assert.equal(chosen.cautions, []);
  });

const owners: readonly (readonly [kept: Kept, serving: string | undefined, says?: RegExp])[] = [
  [kept(runs[0]), 'app'],
  [kept(runs[0], {owner: 'postgres', isOwnerSuperuser: true}), 'app'],
  [kept(runs[0], {owner: 'mallory'}), 'app', /belongs to 'mallory' and 'app' to 'app'/],
  [kept(runs[0]), undefined, /there is no 'app' to compare with/],
];

for (const [one, serving, says] of owners)
  it(`${says ? 'trusts nothing' : 'trusts one'} of '${one.owner}' where '${serving}' owns what serves`, () => {
    const faults = ownerFaults(one, serving);
    assert.is(faults.length, says ? 1 : 0);
    if (says) assert.match(faults[0]?.what ?? '', says);
  });

it.run();
