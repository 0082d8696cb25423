import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {diffSets} from '../../lib/model/diff.ts';
import type {Manifest} from '../../lib/model/manifest.ts';
import {aManifest, aSequence, aTable} from '../support/sets.ts';

const it = suite('diff');

const before = aManifest();
const later = (more: Partial<Manifest> = {}) => aManifest({id: '20261121T031500Z', ...more});
const diffOf = (one: Partial<Manifest>, other: Partial<Manifest>) =>
  diffSets(aManifest(one), later(other), []);

it('finds nothing in two sets of the same', () => {
  const {tables, warnings, rows, extensions, roles, sequences} = diffSets(before, later(), []);
  assert.equal(
    tables.map(({table, state}) => [table, state]),
    [['public.orders', 'same']],
  );
  assert.equal([warnings, rows], [[], {before: 1, after: 1, change: 0}]);
  assert.equal(
    [extensions, roles, sequences].flatMap((names) => Object.values(names).flat()),
    [],
  );
});

type Case = readonly [
  title: string,
  Partial<Manifest['tables'][number]> | undefined,
  Partial<Manifest['tables'][number]> | undefined,
  state: string,
  digest: string,
];

const cases: readonly Case[] = [
  ['a new table', undefined, {}, 'new', 'unknown'],
  ['a dropped table', {}, undefined, 'dropped', 'unknown'],
  ['more rows', {rows: 1, digest: '1'}, {rows: 2, digest: '2'}, 'changed', 'changed'],
  ['other rows', {digest: '1'}, {digest: '2'}, 'changed', 'changed'],
  ['a new column', {columns: ['a']}, {columns: ['a', 'b']}, 'changed', 'same'],
  ['no digest of one', {digest: null}, {digest: '1'}, 'unknown', 'unknown'],
  ['no digest, but more rows', {rows: 1, digest: null}, {rows: 2}, 'changed', 'unknown'],
  ['no rows counted', {rows: null, digest: null}, {rows: 1}, 'unknown', 'unknown'],
];

for (const [title, was, is, state, digest] of cases)
  it(`calls ${title} ${state}`, () => {
    const tables = (table: Case[1]) => ({tables: table ? [aTable('t', table)] : []});
    const [change] = diffOf(tables(was), tables(is)).tables;
    assert.equal([change?.table, change?.state, change?.digest], ['public.t', state, digest]);
  });

it('counts rows and sizes on both sides, where both are known', () => {
  const one = {tables: [aTable('t', {rows: 10, bytes: 8_192}), aTable('u', {rows: 1})]};
  const other = {tables: [aTable('t', {rows: 4, bytes: 16_384}), aTable('v', {rows: null})]};
  const {tables, rows} = diffOf(one, other);
  assert.equal(tables[0]?.rows, {before: 10, after: 4, change: -6});
  assert.equal(tables[0]?.bytes, {before: 8_192, after: 16_384, change: 8_192});
  assert.equal(tables[1]?.bytes, {before: null, after: null, change: null});
  assert.equal(rows, {before: 11, after: null, change: null});
});

it('names new, dropped and changed columns, extensions, roles and sequences', () => {
  const extension = (name: string, version: string) => ({name, version, schema: 'public'});
  const position = {value: '9', isCalled: true};
  const diff = diffOf(
    {
      tables: [aTable('t', {columns: ['a', 'b']})],
      extensions: [extension('hstore', '1.7'), extension('citext', '1.6')],
      ...{roles: ['app', 'old'], sequences: [aSequence('s'), aSequence('gone')]},
    },
    {
      tables: [aTable('t', {columns: ['b', 'c']})],
      extensions: [extension('hstore', '1.8'), extension('pg_trgm', '1.6')],
      ...{roles: ['app', 'new'], sequences: [aSequence('s', {last: position})]},
    },
  );
  assert.equal([diff.tables[0]?.newColumns, diff.tables[0]?.droppedColumns], [['c'], ['a']]);
  assert.equal(diff.extensions, {
    ...{new: ['pg_trgm'], dropped: ['citext']},
    changed: ['hstore: 1.7 to 1.8'],
  });
  assert.equal([diff.roles.new, diff.roles.dropped], [['new'], ['old']]);
  assert.equal(diff.sequences, {
    ...{new: [], dropped: ['public.gone']},
    changed: ['public.s: 5 to 9'],
  });
});

const {server} = before;
const doubts: readonly [Partial<Manifest>, string, isComparable: boolean][] = [
  [{database: 'other'}, "they are of two databases: 'app' and 'other'", true],
  [{server: {...server, systemIdentifier: '8'}}, 'they are of two servers', true],
  [{server: {...server, version: '17.2'}}, 'the server was 15.18, then 17.2', true],
  [
    {settings: {table: ['orders']}},
    'they were taken with different filters: what is new or dropped may only be left out',
    true,
  ],
  [{id: '20261119T031500Z'}, 'the first one is the newer one', true],
  [
    {digest: {algorithm: 'sha256-sum-2x64'}},
    'the fingerprints are of two kinds (hashtextextended-sum-2x64, sha256-sum-2x64): rows are only counted',
    false,
  ],
  [
    {server: {...server, encoding: 'LATIN1'}},
    "the encodings differ (UTF8, LATIN1): digests can't be compared",
    false,
  ],
];

for (const [other, warning, isComparable] of doubts)
  it(`warns: ${warning}`, () => {
    const tables = [aTable('orders', {digest: 'another'})];
    const diff = diffOf({}, {tables, ...other});
    assert.equal(diff.warnings, [warning]);
    assert.is(diff.tables[0]?.digest, isComparable ? 'changed' : 'unknown');
    assert.is(diff.tables[0]?.state, isComparable ? 'changed' : 'unknown', 'never called changed');
  });

it('says once that sets without digests have none', () => {
  const rows = {digest: {algorithm: 'rows'}};
  assert.equal(diffOf(rows, rows).warnings, [
    'the sets have no digests: changed rows are only counted',
  ]);
});

it.run();
