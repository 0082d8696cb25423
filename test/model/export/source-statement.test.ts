/** What is believed of a record that anybody may have edited. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {oneStatement} from '../../../lib/model/export/source-statement.ts';
import {
  recordComment,
  recordIn,
  type SourceRecord,
} from '../../../lib/model/migrate/source-record.ts';

const it = suite('statements of a record');

/** Said to sqlite3 as they stand. */
const taken: readonly (readonly [string, string, string])[] = [
  ['table', 't', 'CREATE TABLE t(a)'],
  ['table', 'T', 'CREATE TABLE t(a DEFAULT \'; .x\', "b;""" TEXT, [c] /* ; */) -- last'],
  ['table', 't', "CREATE TABLE 't' (a TEXT[]) WITHOUT ROWID, STRICT"],
  ['table', 'a"b', 'CREATE TABLE "a""b" (x CHECK (x <> \'/*\'))'],
  ['index', 'i', 'CREATE INDEX i ON t (a) WHERE a > 1'],
  ['index', 'i', 'CREATE UNIQUE INDEX `i` ON t (lower(a) DESC)'],
  ['view', 'v', 'CREATE VIEW v AS SELECT 1'],
  ['view', 'v', 'CREATE VIEW v (a) AS SELECT 1'],
  [
    'trigger',
    'g',
    'CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT CASE WHEN 1 THEN 2 END; DELETE FROM t; END',
  ],
  ['trigger', 'g', 'CREATE TRIGGER g INSTEAD OF INSERT ON v BEGIN SELECT 1; END'],
];

const refused: readonly (readonly [string, string, string, string])[] = [
  ['several statements', 'table', 't', 'CREATE TABLE t(a); DROP TABLE u'],
  ['a command of sqlite3', 'table', 't', 'CREATE TABLE t(a);\n.shell touch x'],
  ['a command alone', 'table', 't', '.shell touch x'],
  ['ATTACH', 'table', 't', "ATTACH '/tmp/x' AS x"],
  ['a function', 'view', 'v', "SELECT load_extension('x')"],
  ['a pragma', 'table', 't', 'PRAGMA writable_schema = ON'],
  ['a pragma behind', 'view', 'v', 'CREATE VIEW v AS SELECT 1; PRAGMA writable_schema = ON'],
  ['rows of a file', 'table', 't', "CREATE TABLE t AS SELECT data FROM fsdir('/etc/passwd')"],
  ['another name', 'table', 't', 'CREATE TABLE u(a)'],
  ['another database', 'table', 'temp', 'CREATE TABLE temp.t(a)'],
  ['another kind', 'table', 't', 'CREATE VIEW t AS SELECT 1'],
  ['a kind that there is not', 'pragma', 't', 'CREATE PRAGMA t'],
  ['a module', 'table', 't', "CREATE VIRTUAL TABLE t USING zipfile('x')"],
  ['a module behind a comment', 'table', 't', "CREATE/**/VIRTUAL TABLE t USING zipfile('x')"],
  ['TEMP', 'trigger', 'g', 'CREATE TEMP TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END'],
  ['an open quote', 'table', 't', "CREATE TABLE t(a DEFAULT 'x"],
  ['an open name', 'table', 't', 'CREATE TABLE t(a, [b)'],
  ['an open comment', 'table', 't', 'CREATE TABLE t(a) /* '],
  ['NUL', 'table', 't', 'CREATE TABLE t(a)\0; DROP TABLE u'],
  ['a variable', 'table', 't', "CREATE TABLE t(a DEFAULT $x(')); DROP TABLE u --')"],
  [
    'a statement behind a trigger',
    'trigger',
    'g',
    'CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END; DROP TABLE t',
  ],
  [
    'two triggers',
    'trigger',
    'g',
    'CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1; END; CREATE TRIGGER h AFTER INSERT ON t BEGIN SELECT 1; END',
  ],
  [
    'a trigger without an end',
    'trigger',
    'g',
    'CREATE TRIGGER g AFTER INSERT ON t BEGIN SELECT 1;',
  ],
  [
    'a trigger without a program',
    'trigger',
    'g',
    'CREATE TRIGGER g AFTER INSERT ON t; DROP TABLE t',
  ],
  ['DROP', 'view', 'v', 'DROP VIEW v AS SELECT 1'],
  ['nothing', 'table', 't', ''],
];

it('takes what SQLite keeps', () => {
  for (const [type, name, sql] of taken) assert.is(oneStatement({type, name, sql}), sql);
});

it('puts a line that would end the statement for sqlite3 into one with its neighbours', () =>
  assert.is(
    oneStatement({type: 'table', name: 't', sql: 'CREATE TABLE t(a\n/\n2)'}),
    'CREATE TABLE t ( a / 2 )',
  ));

for (const [what, type, name, sql] of refused)
  it(`takes no ${what}`, () => assert.is(oneStatement({type, name, sql}), undefined));

const column = {
  ...{source: 'a', name: 'a', type: 'text', form: 'text', textForm: null, declared: 'TEXT'},
  ...{affinity: 'text', by: 'text', usual: 'text', classColumn: null, isGenerated: false},
} as const;
const table = {
  ...{source: 't', name: 't', isWithoutRowid: false, rowidAlias: null, isAutoincrement: false},
  ...{highWater: null, columns: [column]},
} as const;
const record = {
  ...{pgkeep: 1, record: 'sqlite', run: '20260102T030405Z', encoding: 'UTF-8'},
  ...{userVersion: 0, applicationId: 0, tables: [table]},
  objects: [{type: 'table', name: 't', table: 't', sql: 'CREATE TABLE t(a TEXT)'}],
} as const;

const reads = (edited: object) =>
  recordIn(recordComment({...record, ...edited} as unknown as SourceRecord)) !== undefined;

it('believes no record whose parts are none', () => {
  assert.ok(reads({}));
  assert.not(reads({encoding: "UTF-8'; ATTACH 'x' AS x"}));
  assert.not(reads({userVersion: '1; ATTACH'}));
  assert.not(reads({applicationId: 1.5}));
  assert.not(reads({run: "x'"}));
  assert.not(reads({tables: [{...table, highWater: '1); ATTACH'}]}));
  assert.not(reads({tables: [{...table, columns: [{...column, form: 'constructor'}]}]}));
  assert.not(reads({tables: [{...table, columns: [{...column, affinity: 'x'}]}]}));
});

it.run();
