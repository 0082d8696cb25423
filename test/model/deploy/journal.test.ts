import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {deployStates, hasTouched, openDeploy} from '../../../lib/model/deploy/deploy-state.ts';
import {hasBrought, mayGoBack, originOf, toTakeBack} from '../../../lib/model/deploy/going-back.ts';
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
  ['one that was given up', [...touched(id(1)), closed(id(1), 'abandoned')], id(1)],
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

const data = (deploy: string) => [
  ...[opened(deploy), ended(deploy, 'plan', {plan: {sqlite: '/a.db'}})],
  ...[began(deploy, 'data'), ended(deploy, 'data')],
];
const withData = {verb: 'rollback', of: id(1), withData: true};
const brought: readonly (readonly [string, readonly Entry[], boolean])[] = [
  ['after the phase has ended', data(id(1)), true],
  ['not while it is at work', data(id(1)).slice(0, 3), false],
  [
    'not after they were taken back',
    [...data(id(1)), opened(id(2), withData), closed(id(2), 'succeeded')],
    false,
  ],
  [
    'after images alone were taken back',
    [...data(id(1)), opened(id(2), {...withData, withData: false}), closed(id(2), 'succeeded')],
    true,
  ],
  [
    'again, when they were brought again',
    [...data(id(1)), opened(id(2), withData), closed(id(2), 'succeeded'), ...data(id(3))],
    true,
  ],
];

for (const [name, entries, isBrought] of brought)
  it(`takes the rows of SQLite for brought ${name}`, () =>
    assert.is(hasBrought(deployStates(entries), '/a.db'), isBrought));

const migrated = {set: 's1', schemaBefore: {revision: '1', word: 'a', invalidIndexes: []}};
const held = (deploy: string, facts: object = {...migrated, migrated: true}) => [
  ...[opened(deploy), began(deploy, 'backup'), ended(deploy, 'backup', facts)],
  ...[began(deploy, 'switch'), closed(deploy, 'held', 9)],
];
const origin = {deploy: id(1), set: 's1', schemaBefore: migrated.schemaBefore, isMigrated: true};
const forward: readonly (readonly [string, readonly Entry[], object | undefined])[] = [
  ['one that is held', held(id(1)), origin],
  [
    'the first of several',
    [...held(id(1)), ...held(id(2), {...migrated, set: 's2', origin})],
    origin,
  ],
  [
    'one after which another has changed nothing',
    [...held(id(1)), opened(id(2)), began(id(2), 'migrations'), closed(id(2), 'unchanged', 7)],
    origin,
  ],
  [
    'none after one that was put back',
    [...held(id(1)), ...touched(id(2)), closed(id(2), 'put-back', 8)],
    undefined,
  ],
  ['none after one that succeeded', [...touched(id(1)), closed(id(1), 'succeeded')], undefined],
  ['none where there was no deploy', [], undefined],
];

for (const [name, entries, expected] of forward)
  it(`goes forward from ${name}`, () =>
    assert.equal(originOf(deployStates(entries))?.origin, expected));

it('goes back by image alone where nothing was migrated, or the old version lives with it', () => {
  const rows: readonly (readonly [object, boolean])[] = [
    [{}, true],
    [{migrated: false, verdict: 'unknown'}, true],
    [{migrated: true, verdict: 'unknown'}, false],
    [{migrated: true, verdict: 'safe'}, true],
    [{migrated: false, origin, verdict: 'unsafe'}, false],
    [{migrated: false, origin: {...origin, isMigrated: false}, verdict: 'unknown'}, true],
  ];
  for (const [facts, expected] of rows) assert.is(mayGoBack(facts), expected);
});

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
