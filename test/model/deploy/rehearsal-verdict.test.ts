/** What is thought of the version that serves now, and how it is watched. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {ContainerState} from '../../../lib/model/deploy/container-state.ts';
import type {Verdict} from '../../../lib/model/deploy/rehearsal.ts';
import {doubtsOn, servicesOf} from '../../../lib/model/deploy/rehearsal-services.ts';
import {
  type Evidence,
  verdictOn,
  type Watched,
} from '../../../lib/model/deploy/rehearsal-verdict.ts';
import {isOpen, longestFor, lookAgain} from '../../../lib/model/deploy/rehearsal-watch.ts';
import {type ColumnFacts, harmfulChanges} from '../../../lib/model/deploy/schema-changes.ts';
import type {OpsError} from '../../../lib/model/errors.ts';

const it = suite('verdict');

const watched = (service: string, more: Partial<Watched> = {}): Watched => ({
  ...{service, failure: undefined, seconds: 2, isChecked: true, isJob: false, statements: 5},
  ...{refusals: [], log: []},
  ...more,
});
const web = (more: Partial<Watched> = {}) => watched('web', more);
const worker = (more: Partial<Watched> = {}) => watched('worker', {isChecked: false, ...more});
const redis = (more: Partial<Watched> = {}) => watched('redis', {statements: 0, ...more});
const gone = 'column "name" does not exist';
const nameGone = {name: 'item', harms: 'any', what: 'public.item.name is gone'} as const;
const sick = 'it is unhealthy after 15 s';

const cases: readonly (readonly [
  title: string,
  evidence: Partial<Evidence>,
  verdict: Verdict,
  says: RegExp,
])[] = [
  ['nothing serves yet', {control: undefined, after: undefined}, 'unknown', /nothing serves yet/],
  ['nothing was altered', {isAltered: false, after: undefined}, 'safe', /changes nothing/],
  ['it is well again', {}, 'safe', /'web' .* got well/],
  [
    'it is not well any more',
    {after: [web({failure: sick})]},
    'unsafe',
    /'web' .*unhealthy after 15 s/,
  ],
  [
    'it is not well any more, and something was refused',
    {after: [web({failure: sick, refusals: [gone]})]},
    'unsafe',
    /column "name" does not exist/,
  ],
  [
    'it is healthy, and asks for what is gone',
    {after: [web({refusals: [gone]})]},
    'unsafe',
    /'web' .* asks for .*column "name" does not exist/,
  ],
  [
    'what it asks was refused before too',
    {control: [web({refusals: [gone]})], after: [web({refusals: [gone]})]},
    'safe',
    /./,
  ],
  [
    'it was not well before',
    {control: [web({failure: sick})], after: [web({failure: sick})]},
    'unknown',
    /before the migration either/,
  ],
  [
    'what uses no database was not well before',
    {control: [web(), redis({failure: sick})], after: [web(), redis({failure: sick})]},
    'safe',
    /./,
  ],
  [
    'what is configured with the database was not well before',
    {control: [web(), redis({failure: sick})], after: [web()], users: ['redis']},
    'unknown',
    /'redis'/,
  ],
  [
    'a worker without a health check runs beside one that has',
    {control: [web(), worker()], after: [web(), worker()]},
    'safe',
    /'web', 'worker'/,
  ],
  [
    'nothing has a health check',
    {control: [worker()], after: [worker()]},
    'unknown',
    /no health check/,
  ],
  [
    'a worker without a health check asks for what is gone',
    {control: [web(), worker()], after: [web(), worker({refusals: [gone]})]},
    'unsafe',
    /'worker'/,
  ],
  [
    'the health check asks the database nothing',
    {control: [web({statements: 0})], after: [web({statements: 0})], users: ['web']},
    'unknown',
    /asked the migrated copy nothing/,
  ],
  [
    'nothing uses the database',
    {control: [redis()], after: [redis()]},
    'unknown',
    /no service .* use the database/,
  ],
  [
    'something is gone that it used nothing of while it was watched',
    {changes: [nameGone], asked: ['SELECT 1', 'SELECT * FROM items']},
    'unknown',
    /^public\.item\.name is gone, and .* did not use that table/,
  ],
  [
    'something is gone of a table that it used',
    {changes: [nameGone], asked: ['SELECT id FROM public."item"']},
    'safe',
    /./,
  ],
  [
    'a new row needs a value, and it only read',
    {changes: [{...nameGone, harms: 'insert'}], asked: ['SELECT id FROM item']},
    'unknown',
    /inserted nothing into/,
  ],
  [
    'a new row needs a value, and it inserted some',
    {changes: [{...nameGone, harms: 'insert'}], asked: ['insert into ITEM values ($1)']},
    'safe',
    /./,
  ],
  [
    'a job fails at a schema that is newer than itself',
    {
      control: [web(), watched('migrate', {isJob: true})],
      after: [web(), watched('migrate', {isJob: true, failure: 'it ended with exit code 1'})],
    },
    'safe',
    /./,
  ],
];

for (const [title, evidence, verdict, says] of cases)
  it(`is ${verdict} where ${title}`, () => {
    const found = verdictOn({
      ...{isAltered: true, control: [web()], after: [web()], users: []},
      ...{changes: [], asked: []},
      ...evidence,
    });
    assert.is(found.verdict, verdict, found.why);
    assert.match(found.why, says);
  });

const state = (more: Partial<ContainerState>): ContainerState => ({
  ...{
    id: '1',
    name: 'copy-web-1',
    service: 'web',
    oneOff: 'False',
    image: 'sha256:1',
    project: 'copy',
  },
  ...{imageName: 'shop', hash: '', number: '1', status: 'running', health: 'healthy'},
  ...{exitCode: 0, restarts: 0, startedAt: '', restartPolicy: 'no', addresses: {}},
  ...{deploy: '', phase: ''},
  ...more,
});
const look = (seconds: number, more: object = {}) => ({
  ...{seconds, longest: 30, isJob: false, problem: undefined},
  ...more,
});

it('is watched until it has been well for some seconds', () => {
  const starting = lookAgain(undefined, state({health: 'starting'}), look(1));
  assert.equal(
    [starting.failure, starting.wellSince, starting.isChecked],
    [undefined, undefined, true],
  );
  const well = lookAgain(starting, state({}), look(3));
  assert.equal([well.wellSince, well.seconds], [3, 3]);
  assert.ok(isOpen(well, {seconds: 7, steady: 5}));
  const later = lookAgain(well, state({}), look(8.5));
  assert.is(later.seconds, 3);
  assert.not.ok(isOpen(later, {seconds: 8.5, steady: 5}));
});

it('is not well that ends after it was', () => {
  const well = lookAgain(undefined, state({health: ''}), look(1));
  const ended = lookAgain(well, state({status: 'exited', exitCode: 3}), look(4));
  assert.match(ended.failure ?? '', /exit code 3/);
  assert.not.ok(isOpen(ended, {seconds: 4, steady: 5}));
  assert.is(lookAgain(ended, state({}), look(5)), ended, 'a failure is final');
});

it('has what compose said where a container was never started', () => {
  const {failure} = lookAgain(
    undefined,
    state({status: 'created'}),
    look(1, {problem: 'no such file'}),
  );
  assert.is(failure, 'no such file');
});

const limits: readonly (readonly [before: Partial<Watched> | undefined, longest: number])[] = [
  [undefined, 90],
  [{seconds: 1}, 10],
  [{seconds: 8}, 24],
  [{seconds: 60}, 90],
  [{seconds: 1, failure: sick}, 90],
];

for (const [before, longest] of limits)
  it(`waits ${longest} s after ${JSON.stringify(before)}`, () => {
    assert.is(longestFor(90, before && web(before)), longest);
  });

const news: readonly (readonly [
  title: string,
  before: Partial<Watched> | undefined,
  next: Partial<Watched>,
  says: RegExp | undefined,
])[] = [
  ['is well', {}, {}, undefined],
  ['is not well, and its forerunner was', {}, {failure: sick}, /the new version does not get well/],
  [
    'is not well, and neither was its forerunner',
    {failure: sick},
    {failure: sick},
    /version that serves now does not either/,
  ],
  ['is not well, and has no forerunner', undefined, {failure: sick}, /nothing of it serves now/],
];

for (const [title, before, next, says] of news)
  it(`says what is to be said of a new version that ${title}`, () => {
    const control = before === undefined ? [] : [web(before)];
    const judged = () => doubtsOn([web(next)], control).join();
    if (before?.failure === undefined && before && next.failure)
      assert.throws(judged, (error: OpsError) => error.exit === 7 && says?.test(error.message));
    else assert.match(judged(), says ?? /^$/);
  });

it('tells of each service that was started, in words', () => {
  const versions = [
    [web()],
    undefined,
    [web({failure: sick}), worker(), watched('job', {isJob: true})],
  ];
  const plan = ['web', 'worker', 'job', 'other'].map((service) => ({service}));
  assert.equal(servicesOf(plan, versions), [
    {service: 'web', before: 'healthy after 2.0 s', after: null, next: `not well: ${sick}`},
    {service: 'worker', before: null, after: null, next: 'runs (no health check)'},
    {service: 'job', before: null, after: null, next: 'done'},
  ]);
});

const column = (name: string, more: Partial<ColumnFacts> = {}): ColumnFacts => ({
  ...{table: 'public.item', name: 'item', column: name, type: 'integer', needsValue: false},
  ...more,
});

const changes: readonly (readonly [
  title: string,
  before: readonly ColumnFacts[],
  after: readonly ColumnFacts[],
  expected: readonly string[],
])[] = [
  ['what stays', [column('a')], [column('a')], []],
  ['a new column', [column('a')], [column('a'), column('b')], []],
  [
    'a column that is gone',
    [column('a'), column('b')],
    [column('a')],
    ['any: public.item.b is gone'],
  ],
  ['a table that is gone', [column('a'), column('b')], [], ['any: public.item is gone']],
  [
    'another type',
    [column('a')],
    [column('a', {type: 'text'})],
    ['any: public.item.a is text and was integer'],
  ],
  [
    'a new column that needs a value',
    [column('a')],
    [column('a'), column('b', {needsValue: true})],
    ['insert: public.item.b needs a value in every new row'],
  ],
  [
    'an old column that needs a value now',
    [column('a')],
    [column('a', {needsValue: true})],
    ['insert: public.item.a needs a value in every new row'],
  ],
  [
    'one that needed it before',
    [column('a', {needsValue: true})],
    [column('a', {needsValue: true})],
    [],
  ],
  ['a new table whose columns need values', [], [column('a', {needsValue: true})], []],
];

for (const [title, before, after, expected] of changes)
  it(`finds ${expected.join() || 'no harm'} in ${title}`, () => {
    const found = harmfulChanges(before, after).map(({harms, what}) => `${harms}: ${what}`);
    assert.equal(found, expected);
  });

it.run();
