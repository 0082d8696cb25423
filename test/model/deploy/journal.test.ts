import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {
  deployStates,
  hasTouched,
  openDeploy,
  toTakeBack,
} from '../../../lib/model/deploy/deploy-state.ts';
import {type Entry, parseJournal, serialiseEntry} from '../../../lib/model/deploy/journal.ts';
import {modes, type PhaseName, phases, phasesFor} from '../../../lib/model/deploy/phases.ts';

const it = suite('the journal of deploys');

const at = '2026-11-30T07:00:00.000Z';
const id = (minute: number) => `20261130T07${String(minute).padStart(2, '0')}00Z`;
const opened = (deploy: string, given = {}): Entry => ({
  ...{deploy, at, event: 'opened', verb: 'deploy', mode: 'full', host: 'h', user: 'u', pid: 1},
  ...given,
});
const began = (deploy: string, phase: PhaseName): Entry => ({deploy, at, event: 'started', phase});
const ended = (deploy: string, phase: PhaseName, facts = {}): Entry => ({
  ...{deploy, at, event: 'finished', phase, facts},
});
const closed = (deploy: string, outcome: string, exit = 0): Entry =>
  ({deploy, at, event: 'closed', outcome, exit, message: ''}) as Entry;

it('reads back what it writes, and passes over a line that a power cut has torn', () => {
  const entries = [opened(id(1)), began(id(1), 'lock'), ended(id(1), 'lock', {set: 'x'})];
  const text = entries.map(serialiseEntry).join('');
  assert.equal(parseJournal(text), entries);
  assert.equal(parseJournal(`${text}{"deploy":"2026`), entries);
  assert.equal(parseJournal('garbage\n{"deploy":"x"}\n[]\n'), []);
});

it('tells how far each deploy came, and what its phases left', () => {
  const [state] = deployStates([
    ...[opened(id(1)), began(id(1), 'plan'), ended(id(1), 'plan', {head: '2'})],
    ...[began(id(1), 'migrations')],
  ]);
  assert.equal(
    state?.phases.map(({phase, endedAt}) => [phase, endedAt !== undefined]),
    [
      ['plan', true],
      ['migrations', false],
    ],
  );
  assert.is(state?.facts.head, '2');
  assert.is(state?.closed, undefined);
});

const touching: readonly (readonly [PhaseName, boolean])[] = phases.map(({name}) => [
  name,
  ['migrations', 'data', 'switch', 'verify', 'finish'].includes(name),
]);

for (const [phase, isTouched] of touching)
  it(`takes a deploy killed in '${phase}' for one that ${isTouched ? 'may have changed' : 'changed'} ${isTouched ? 'something' : 'nothing'}`, () => {
    const [state] = deployStates([opened(id(1)), began(id(1), phase)]);
    assert.is(state && hasTouched(state), isTouched);
  });

it('finds the one that has no end', () => {
  const states = deployStates([opened(id(1)), closed(id(1), 'succeeded'), opened(id(2))]);
  assert.is(openDeploy(states)?.deploy, id(2));
  assert.is(openDeploy(states.slice(0, 1)), undefined);
});

const touched = (deploy: string) => [opened(deploy), began(deploy, 'switch')];
const back: readonly (readonly [string, readonly Entry[], string | undefined])[] = [
  ['the last that succeeded', [...touched(id(1)), closed(id(1), 'succeeded')], id(1)],
  ['one that is held', [...touched(id(1)), closed(id(1), 'held', 9)], id(1)],
  ['one that was killed', touched(id(1)), id(1)],
  ['not one that was put back', [...touched(id(1)), closed(id(1), 'put-back', 8)], undefined],
  ['not one that was given up', [...touched(id(1)), closed(id(1), 'abandoned')], undefined],
  ['not one that touched nothing', [opened(id(1)), began(id(1), 'plan')], undefined],
  [
    'the one before, where nothing was to be done since',
    [...touched(id(1)), closed(id(1), 'succeeded'), opened(id(2)), closed(id(2), 'nothing-to-do')],
    id(1),
  ],
  [
    'not one that was taken back already',
    [
      ...[...touched(id(1)), closed(id(1), 'succeeded')],
      ...[opened(id(2), {verb: 'rollback', of: id(1)}), began(id(2), 'switch')],
      closed(id(2), 'succeeded'),
    ],
    undefined,
  ],
  [
    'nothing after a rollback, whatever was before',
    [
      ...[...touched(id(0)), closed(id(0), 'succeeded')],
      ...[...touched(id(1)), closed(id(1), 'succeeded')],
      ...[opened(id(2), {verb: 'rollback', of: id(1)}), began(id(2), 'switch')],
      closed(id(2), 'succeeded'),
    ],
    undefined,
  ],
  [
    'the same again where a rollback was killed',
    [
      ...[...touched(id(1)), closed(id(1), 'succeeded')],
      ...[opened(id(2), {verb: 'rollback', of: id(1)}), began(id(2), 'switch')],
    ],
    id(1),
  ],
  [
    'one whose rollback failed',
    [
      ...[...touched(id(1)), closed(id(1), 'succeeded')],
      ...[opened(id(2), {verb: 'rollback', of: id(1)}), closed(id(2), 'put-back', 8)],
    ],
    id(1),
  ],
];

for (const [name, entries, expected] of back)
  it(`takes back ${name}`, () => assert.is(toTakeBack(deployStates(entries))?.deploy, expected));

it('has the phases of the contract in each mode', () => {
  const numbers = modes.map((mode) => phasesFor(mode).map(({number}) => number));
  assert.equal(numbers, [
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11],
    [0, 1, 2, 3, 5, 6, 9, 10, 11],
    [0, 1, 2, 3, 4, 5, 6, 7, 8, 10, 11],
  ]);
  assert.ok(phases.every(({changes, number}) => changes === number >= 5));
});

it.run();
