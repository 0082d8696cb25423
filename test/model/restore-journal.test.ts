import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {
  type Entry,
  isBuiltBy,
  openRuns,
  parseJournal,
  serialiseEntry,
  stillStopped,
  undoable,
} from '../../lib/model/restore-journal.ts';

const it = suite('journal of restores');

const entry = (run: number, step: Entry['step'], more: Partial<Entry> = {}): Entry => ({
  ...{run: `20261120T03150${run}Z`, at: '2026-11-20T03:15:00.000Z', verb: 'restore', step},
  ...{database: 'app', next: 'n', before: 'b', oldOid: 1, set: 's'},
  ...more,
});
const runs = (entries: readonly Entry[]) => entries.map(({run}) => Number(run.at(-2)));

it('reads back what it wrote, and passes over what a power cut left', () => {
  const entries = [entry(1, 'started'), entry(1, 'swapping', {newOid: 7, oldOid: null, set: null})];
  const text = entries.map(serialiseEntry).join('');
  assert.equal(parseJournal(`${text}{"run":"2026`), entries);
  assert.equal(parseJournal(`\0\0\n${text}`), entries);
  assert.equal(parseJournal(''), []);
});

const steps: readonly (readonly [steps: readonly Entry['step'][], isOpen: boolean])[] = [
  [['started'], true],
  [['started', 'built'], true],
  [['started', 'built', 'swapping'], true],
  [['started', 'built', 'swapping', 'swapped'], false],
  [['started', 'failed'], false],
  [['started', 'cleared'], false],
  [['started', 'built', 'swapping', 'swapped', 'undone'], false],
];

for (const [taken, isOpen] of steps) {
  it(`takes a run that came to '${taken.at(-1)}' for ${isOpen ? 'one that broke off' : 'ended'}`, () => {
    assert.is(openRuns(taken.map((step) => entry(1, step))).length, isOpen ? 1 : 0);
  });
}

it('gives the newest first, by the last word on each run', () => {
  const entries = [entry(1, 'started'), entry(2, 'started'), entry(1, 'built')];
  assert.equal(runs(openRuns(entries)), [2, 1]);
  assert.equal(
    openRuns(entries).map(({step}) => step),
    ['started', 'built'],
  );
});

it('knows what can be taken back: restores that swapped, in the place of something', () => {
  const entries = [
    entry(1, 'swapped'),
    entry(2, 'swapped', {oldOid: null}),
    entry(3, 'swapped', {verb: 'undo'}),
    entry(4, 'swapped'),
    entry(4, 'undone'),
    entry(5, 'swapped'),
    entry(6, 'dropped'),
  ];
  assert.equal(runs(undoable(entries)), [5, 1]);
});

it('knows whose services still stand still, and takes that for no step of the work', () => {
  const services = [{service: 'web', ids: ['1']}];
  const entries = [
    ...[entry(1, 'built'), entry(1, 'stopped', {services}), entry(1, 'swapped')],
    ...[entry(2, 'built'), entry(2, 'stopped', {services})],
    ...[entry(3, 'stopped', {services}), entry(3, 'failed'), entry(3, 'resumed', {services})],
  ];
  assert.equal(parseJournal(entries.map(serialiseEntry).join('')), entries);
  assert.equal(runs(stillStopped(entries)), [2, 1]);
  assert.equal(runs(openRuns(entries)), [2]);
  assert.equal(runs(undoable(entries)), [1]);
});

it('takes for what a run was building only the name that this run gives', () => {
  const next = 'app_incoming_20261120T031501Z';
  const rows: readonly (readonly [Partial<Entry>, string, boolean])[] = [
    [{next}, next, true],
    [{next: 'victim'}, 'victim', false],
    [{next}, 'victim', false],
    [{next, verb: 'undo'}, next, false],
    [{next: 'app_incoming_20261120T031502Z'}, 'app_incoming_20261120T031502Z', false],
    [{next: 'other_incoming_20261120T031501Z'}, 'other_incoming_20261120T031501Z', false],
  ];
  for (const [more, name, is] of rows)
    assert.is(isBuiltBy(entry(1, 'started', more), 'app', name), is, name);
});

it.run();
