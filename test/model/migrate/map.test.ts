/** The file of a map: what it says, what the plan says as one, months and full-text search. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {readSearch} from '../../../lib/commands/migrate-offers.ts';
import {OpsError} from '../../../lib/model/errors.ts';
import {mapOf} from '../../../lib/model/migrate/map-of.ts';
import {parseMap} from '../../../lib/model/migrate/migrate-map.ts';
import {partitionsBy} from '../../../lib/model/migrate/months.ts';
import {createNamer} from '../../../lib/model/migrate/names.ts';

const it = suite('maps of a migrate');

const column = (table: string, name: string) => ({
  ...{table, tableName: table.toLowerCase(), column: name},
  ...{name: name.toLowerCase(), type: 'text'},
});

it('says the plan without what nobody can say in a map, and with all that was wished for', () => {
  const map = {
    tables: {
      t: {
        indexes: [{on: 'a'}],
        columns: {A: {using: 'upper(a)', 'on-odd': 'null' as const}, b: {drop: true as const}},
      },
    },
    defaults: {'on-nul': 'strip' as const},
    after: ['SELECT 1'],
    lineOf: () => 1,
  };
  const columns = [column('T', 'a'), column('constructor', 'a'), column('T', '__proto__')];
  assert.equal(mapOf({columns, leftOut: ['gone', 'prototype'], map}), {
    tables: {
      T: {
        name: 't',
        indexes: [{on: 'a'}],
        columns: {
          b: {drop: true},
          a: {name: 'a', type: 'text', using: 'upper(a)', 'on-odd': 'null'},
        },
      },
      gone: {skip: true},
    },
    defaults: {'on-nul': 'strip'},
    after: ['SELECT 1'],
  });
});

it('names every fault with its line', () => {
  const lines: Readonly<Record<string, number>> = {'tables.t.nam': 7, after: 9};
  const lineOf = (path: readonly string[]) => lines[path.join('.')];
  let error: unknown;
  try {
    parseMap({tables: {t: {nam: 1}}, after: 'x'}, {path: 'm.yaml', lineOf});
  } catch (cause) {
    error = cause;
  }
  assert.instance(error, OpsError);
  assert.is((error as OpsError).exit, 3);
  assert.match(
    (error as OpsError).message,
    /m\.yaml: 2 faults\n- line 7: tables\.t\.nam.*\n- line 9: after/,
  );
});

it('gives each month its bounds, December those of two years', () => {
  const namer = createNamer({style: 'keep', of: 'relations'});
  namer.nameFor('t_default');
  const bounds = (type: string, months: readonly string[]) =>
    partitionsBy({table: 't', column: 'at', type, months, namer});
  assert.equal(bounds('date', ['2026-12', '2025-01']), {
    column: 'at',
    parts: [
      {name: 't_2025_01', from: '2025-01-01', to: '2025-02-01'},
      {name: 't_2026_12', from: '2026-12-01', to: '2027-01-01'},
    ],
    rest: 't_default_2',
  });
  assert.equal(bounds('timestamp with time zone', ['9999-12']).parts, [
    {name: 't_9999_12', from: '9999-12-01 00:00:00+00', to: '10000-01-01 00:00:00+00'},
  ]);
  assert.is(bounds('timestamp without time zone', ['0001-01']).parts[0]?.to, '0001-02-01');
});

it('reads what a full-text search is made of', () => {
  const table: readonly (readonly [string, ReturnType<typeof readSearch>])[] = [
    [
      `CREATE VIRTUAL TABLE f USING fts5(title, "bo dy" UNINDEXED, content='docs', content_rowid='id', tokenize = 'porter')`,
      {columns: ['title', 'bo dy'], content: 'docs'},
    ],
    ['create virtual table f using FTS4(a, content="x,y")', {columns: ['a'], content: 'x,y'}],
    [`CREATE VIRTUAL TABLE f USING fts5(a, content='')`, {columns: ['a'], content: undefined}],
    ['CREATE VIRTUAL TABLE f USING fts3(a TEXT, b)', {columns: ['a', 'b'], content: undefined}],
    ['CREATE VIRTUAL TABLE f USING rtree(a, b, c)', undefined],
    ['CREATE TABLE t (a)', undefined],
  ];
  for (const [sql, found] of table) assert.equal(readSearch(sql), found, sql);
});

it.run();
