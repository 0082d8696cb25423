import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {
  chooseDatabases,
  type DatabaseChoice,
  type DatabaseFacts,
  isAside,
  onlyName,
} from '../../lib/model/database-choice.ts';
import {exitCodes, worstExit} from '../../lib/model/errors.ts';
import {faultOf} from '../support/fault.ts';

const it = suite('choice of databases');

const facts = (name: string, more: Partial<DatabaseFacts> = {}): DatabaseFacts => ({
  ...{name, isTemplate: false, allowsConnections: true, connectionLimit: -1},
  ...more,
});

const plain = ['app', 'app_eu', 'app_us', 'App', 'a.b', 'a+b', 'postgres', 'zoo'];
const server: readonly DatabaseFacts[] = [
  ...plain.map((name) => facts(name)),
  facts('template0', {isTemplate: true, allowsConnections: false}),
  facts('template1', {isTemplate: true}),
  facts('app_before_20261120T031500Z'),
  facts('app_incoming_20261120T031500Z'),
];

const choice = (more: Partial<DatabaseChoice>): DatabaseChoice => ({
  ...{wanted: [], isAll: false, excluded: []},
  ...more,
});
const chosen = (more: Partial<DatabaseChoice>, found = server) =>
  chooseDatabases(found, choice(more)).databases;

const cases: readonly [what: string, Partial<DatabaseChoice>, readonly string[]][] = [
  ['a name', {wanted: ['app']}, ['app']],
  ['a name as it is written: capitals count', {wanted: ['App']}, ['App']],
  ['several names, each once and in order', {wanted: ['zoo', 'app', 'zoo']}, ['app', 'zoo']],
  ['a star for any run', {wanted: ['app_*']}, ['app_eu', 'app_us']],
  ['a star for no character too', {wanted: ['app*']}, ['app', 'app_eu', 'app_us']],
  ['a question mark for one character', {wanted: ['a?b']}, ['a+b', 'a.b']],
  ['a dot and a plus as themselves', {wanted: ['a.b*', 'a+*']}, ['a+b', 'a.b']],
  ['all but templates and what a restore put aside', {isAll: true}, plain.toSorted()],
  ['all but', {isAll: true, excluded: ['app*', 'a?b', 'postgres']}, ['App', 'zoo']],
  ['some of a pattern', {wanted: ['app*'], excluded: ['app_u?']}, ['app', 'app_eu']],
];
for (const [what, given, names] of cases)
  it(`takes ${what}`, () => assert.equal(chosen(given), names));

it('means a database that is called like a pattern by that very name', () => {
  const found = ['a*', 'ab', 'what?', 'whatx', '🐘', '🐘🐘', 'two\nlines'].map((name) =>
    facts(name),
  );
  assert.equal(chosen({wanted: ['a*']}, found), ['a*']);
  assert.equal(chosen({wanted: ['what?']}, found), ['what?']);
  assert.equal(chosen({wanted: ['?']}, found), ['🐘']);
  assert.equal(chosen({isAll: true, excluded: ['a*', 'two*']}, found), [
    'ab',
    'what?',
    'whatx',
    '🐘',
    '🐘🐘',
  ]);
});

const refused: readonly [what: string, Partial<DatabaseChoice>, RegExp][] = [
  ['a name that is not there', {wanted: ['app', 'ap']}, /matches 'ap'$/],
  ['a pattern that matches nothing', {wanted: ['x*', 'y?']}, /matches 'x\*', 'y\?'$/],
  ['a pattern that matches templates alone', {wanted: ['template*']}, /no database is left/],
  ['an aside database', {wanted: ['app_before_20261120T031500Z']}, /no database is left/],
  ['everything excluded', {isAll: true, excluded: ['*']}, /no database is left/],
];
for (const [what, given, message] of refused)
  it(`refuses ${what}`, async () => {
    const fault = await faultOf(() => chosen(given), 'usage');
    assert.match(fault.message, message);
  });

it('names what can not be backed up, and why each was passed over', () => {
  const found = [
    ...server,
    facts('broken', {connectionLimit: -2}),
    facts('closed', {allowsConnections: false}),
    facts('two\nlines'),
  ];
  const {impossible, passedOver} = chooseDatabases(found, choice({isAll: true}));
  assert.equal(
    impossible.map(({name, error}) => [name, error.kind]),
    [
      ['broken', 'unavailable'],
      ['closed', 'unavailable'],
      ['two\nlines', 'unavailable'],
    ],
  );
  assert.equal(passedOver.map(({name}) => name).sort(), [
    'app_before_20261120T031500Z',
    'app_incoming_20261120T031500Z',
    'template0',
    'template1',
  ]);
});

it('tells of exclusions that exclude nothing', () => {
  const {idleExclusions} = chooseDatabases(server, choice({isAll: true, excluded: ['zo', 'z*']}));
  assert.equal(idleExclusions, ['zo']);
});

it('knows what a restore calls the databases that it puts aside', () => {
  const names = ['app_before_20261120T031500Z', 'app_before_2026', 'before_20261120T031500Z_'];
  assert.equal(names.map(isAside), [true, false, false]);
});

it('knows when one database alone is meant', () => {
  assert.is(onlyName(choice({wanted: ['app']})), 'app');
  for (const several of [
    {},
    {wanted: ['a', 'b']},
    {wanted: ['a*']},
    {wanted: ['a'], isAll: true},
    {wanted: ['a'], excluded: ['b']},
  ])
    assert.is(onlyName(choice(several)), undefined);
});

const ends: readonly [exits: readonly number[], worst: number][] = [
  [[], 0],
  [[0, 0], 0],
  [[0, 75, 0], 75],
  [[75, 2], 2],
  [[2, 6], 6],
  [[6, 75, 0], 6],
  [[6, 7], 7],
  [[7, 4, 6], 4],
  [[4, 9], 9],
  [[9, 1], 1],
  [[1, 124], 124],
  [[4, 130, 0], 130],
];
it('ends with the exit code of the gravest fault, whatever comes first', () => {
  for (const [exits, worst] of ends) {
    assert.is(worstExit(exits), worst, String(exits));
    assert.is(worstExit(exits.toReversed()), worst, String(exits));
  }
  for (const {exit} of Object.values(exitCodes)) assert.is(worstExit([exit]), exit);
});

it.run();
