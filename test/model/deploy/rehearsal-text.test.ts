/** What the log of a copy tells, and how a rehearsal reads. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {Rehearsal} from '../../../lib/model/deploy/rehearsal.ts';
import {type HeldLock, locksOf, withSample} from '../../../lib/model/deploy/rehearsal-locks.ts';
import {
  type Note,
  rewritesOf,
  statementsOf,
  type TableFacts,
  tablesOf,
} from '../../../lib/model/deploy/rehearsal-log.ts';
import {
  estimatedSeconds,
  rehearsalText,
  rehearsedStatements,
  riskOf,
} from '../../../lib/model/deploy/rehearsal-text.ts';

const it = suite('rehearsal text');

const table = (oid: number, more: Partial<TableFacts> = {}): TableFacts => ({
  ...{oid, table: `public.t${oid}`, node: oid, bytes: 8_192, rows: 10},
  ...more,
});
const note = (more: Partial<Note>): Note => ({
  ...{event: 'ddl_command_end', statement: 'ALTER TABLE t1', milliseconds: 2, locks: []},
  ...more,
});
const held = (tableId: number, mode: string, from: number, to: number): HeldLock => ({
  ...{pid: 7, table: tableId, mode, from, to},
});

it('adds up statements that differ in their values alone, in the order in which they were first run', () => {
  const found = statementsOf([
    {statement: 'BEGIN', milliseconds: 0.1, times: 1},
    {statement: "UPDATE t SET a = 'x' WHERE id = 1", milliseconds: 1.04, times: 1},
    {statement: 'SELECT 1', milliseconds: 1, times: 3},
    {statement: "UPDATE t SET a = 'y' WHERE id = 2", milliseconds: 2, times: 2},
    {statement: 'COMMIT', milliseconds: 250, times: 1},
  ]);
  assert.equal(found, [
    {statement: 'UPDATE t SET a = ? WHERE id = ?', milliseconds: 3, times: 3},
    {statement: 'SELECT ?', milliseconds: 1, times: 3},
    {statement: 'COMMIT', milliseconds: 250, times: 1},
  ]);
});

it('has the slowest of very many', () => {
  const many = Array.from({length: 100}, (_, index) => ({
    ...{statement: `SELECT a${index}`, milliseconds: index, times: 1},
  }));
  const found = statementsOf(many);
  assert.is(found.length, 40);
  assert.is(found[0]?.statement, 'SELECT a60');
});

it('has of each lock the longest time, and none on a table that was not there before', () => {
  const notes = [
    note({
      locks: [
        {table: 1, mode: 'AccessExclusiveLock'},
        {table: 9, mode: 'AccessExclusiveLock'},
      ],
    }),
    note({locks: [{table: 2, mode: 'ShareLock'}], milliseconds: 40}),
  ];
  const seen = [held(1, 'AccessExclusiveLock', 100, 3_100), held(1, 'AccessShareLock', 0, 9_000)];
  assert.equal(locksOf(notes, seen, [table(1), table(2)]), [
    {table: 'public.t1', mode: 'AccessExclusiveLock', milliseconds: 3_000},
    {table: 'public.t2', mode: 'ShareLock', milliseconds: 40},
  ]);
});

it('finds a table that was written anew by its event, and by its file where no event tells', () => {
  const before = [table(1), table(2), table(3, {rows: 0}), table(4)];
  const after = [table(1, {node: 11}), table(2, {node: 12}), table(3, {node: 13}), table(4)];
  const notes = [
    note({event: 'table_rewrite', table: 1, statement: "ALTER TABLE t1 ADD a int DEFAULT f('x')"}),
  ];
  assert.equal(
    rewritesOf(notes, before, after).map(({table: name, by}) => [name, by]),
    [
      ['public.t1', 'ALTER TABLE t1 ADD a int DEFAULT f(?)'],
      ['public.t2', 'no event tells: VACUUM FULL, CLUSTER or TRUNCATE'],
    ],
  );
});

it('names tables whose number of rows changed, that are new, that are gone', () => {
  const found = tablesOf(
    [table(1), table(2), table(3)],
    [table(1), table(2, {rows: 3}), table(4, {rows: 1})],
  );
  assert.equal(found, [
    {table: 'public.t2', rowsBefore: 10, rowsAfter: 3},
    {table: 'public.t3', rowsBefore: 10, rowsAfter: undefined},
    {table: 'public.t4', rowsBefore: undefined, rowsAfter: 1},
  ]);
});

it('measures a lock from the first look that has it to the last, and another one that comes later by itself', () => {
  const lock = {pid: 7, table: 1, mode: 'ShareLock'};
  const looks: readonly (readonly (typeof lock)[])[] = [[lock], [lock], [], [lock], [lock], [lock]];
  let seen: readonly HeldLock[] = [];
  let last = 0;
  for (const [index, sample] of looks.entries()) {
    const at = 100 + index * 50;
    seen = withSample(seen, sample, {at, last});
    last = at;
  }
  assert.equal(
    seen.map(({from, to}) => to - from),
    [50, 100],
  );
});

const quiet: Rehearsal = {
  ...{at: '2026-11-20T03:15:00.000Z', set: '20261120T031500Z', seconds: 30},
  parts: {restore: 4, control: 6, migrate: 3, old: 6, next: 6},
  ...{revisionBefore: '001', revisionAfter: '002', isAltered: true, migrateSeconds: 3},
  ...{statements: [], statementCount: 12, locks: [], rewrites: [], dropped: [], tables: []},
  ...{bytesBefore: 50_000_000, bytesAfter: 50_000_000, bytesInProduction: null, services: []},
  ...{verdict: 'safe', why: 'it got well', log: [], notes: []},
};

it('reads as lines', () => {
  const text = rehearsalText({
    ...quiet,
    locks: [{table: 'public.item', mode: 'AccessExclusiveLock', milliseconds: 3_000}],
    rewrites: [{table: 'public.item', by: 'ALTER TABLE item', bytes: 32_000_000}],
    dropped: ['table column public.item.name'],
    tables: [
      {table: 'public.item', rowsBefore: 1_200, rowsAfter: 3},
      {table: 'public.new', rowsBefore: undefined, rowsAfter: 1},
      {table: 'public.old', rowsBefore: 5, rowsAfter: undefined},
    ],
    bytesAfter: 62_000_000,
    services: [{service: 'web', before: 'healthy after 1.0 s', after: null, next: 'done'}],
    ...{verdict: 'unsafe', why: 'it is sick', log: ['no such column'], notes: ['so it is']},
  });
  assert.equal(text, [
    'rehearsal  the set 20261120T031500Z, restored in 4.0 s (50 MB); 30 s in all',
    'revision   001 -> 002',
    'migration  3.0 s on the copy, 12 statements; nothing else ran on the copy, so waiting for locks and for a busy disk comes on top',
    'rewrite    public.item (32 MB) is written anew by: ALTER TABLE item',
    'lock       public.item: AccessExclusiveLock for 3.0 s, meanwhile nobody reads or writes it',
    'gone       table column public.item.name',
    'rows       public.item: 1,200 -> 3',
    'rows       public.new is new, with 1 row',
    'rows       public.old is gone, with 5 rows',
    'size       50 MB -> 62 MB',
    'service    web: now healthy after 1.0 s; new version done',
    'going back by image alone: unsafe: it is sick',
    '           | no such column',
    'note       so it is',
  ]);
});

it('says that nothing changes where nothing does', () => {
  const text = rehearsalText({...quiet, isAltered: false, revisionAfter: '001', statementCount: 1});
  assert.ok(text.includes('revision   001, not changed'));
  assert.ok(text.includes('migration  changes nothing (1 statement)'));
});

const estimates: readonly (readonly [
  bytes: number | null,
  seconds: number,
  expected: number | undefined,
])[] = [
  [null, 30, undefined],
  [50_000_000, 30, undefined],
  [55_000_000, 30, undefined],
  [100_000_000, 30, 60],
  [100_000_000, 0.4, undefined],
];

for (const [bytesInProduction, migrateSeconds, expected] of estimates)
  it(`estimates ${expected ?? 'nothing'} for ${migrateSeconds} s and ${bytesInProduction} bytes in production`, () => {
    assert.is(estimatedSeconds({...quiet, bytesInProduction, migrateSeconds}), expected);
  });

it('shows statements with how often and how long', () => {
  const statements = [
    {statement: 'SELECT ?', milliseconds: 12.4, times: 3_000},
    {statement: 'UPDATE t', milliseconds: 61_000, times: 1},
  ];
  assert.equal(rehearsedStatements({...quiet, statements}), [
    ['3,000', '12 ms', 'SELECT ?'],
    ['1', '1 min 01 s', 'UPDATE t'],
  ]);
});

const risks: readonly (readonly [
  title: string,
  found: Partial<Rehearsal>,
  rules: readonly string[],
])[] = [
  ['nothing', {}, []],
  ['a rewrite', {rewrites: [{table: 't', by: 'x', bytes: 1}]}, ['table rewrite']],
  [
    'a lock as long as the time-out',
    {locks: [{table: 't', mode: 'ShareLock', milliseconds: 5_000}]},
    [],
  ],
  ['a longer one', {locks: [{table: 't', mode: 'ShareLock', milliseconds: 5_001}]}, ['long lock']],
  ['rows that come', {tables: [{table: 't', rowsBefore: 1, rowsAfter: 2}]}, []],
  ['rows that go', {tables: [{table: 't', rowsBefore: 2, rowsAfter: 1}]}, ['rows vanish']],
  [
    'a table that goes with its rows',
    {tables: [{table: 't', rowsBefore: 2, rowsAfter: undefined}]},
    ['rows vanish'],
  ],
  ['no way back by image', {verdict: 'unknown'}, ['way back']],
];

for (const [title, found, rules] of risks)
  it(`warns of ${rules.join() || 'nothing'} for ${title}`, () => {
    const findings = riskOf({...quiet, ...found}, {deployLockTimeoutSeconds: 5});
    assert.equal(
      findings.map(({rule, level}) => `${level} ${rule}`),
      rules.map((rule) => `warning ${rule}`),
    );
  });

it.run();
