/** Statements of a log as a report may show them. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {longestShown, maskedStatement} from '../../../lib/model/deploy/masked-statement.ts';

const it = suite('masked statement');

const cases: readonly (readonly [sql: string, masked: string])[] = [
  ["UPDATE t SET a = 'secret' WHERE id = 42;", 'UPDATE t SET a = ? WHERE id = ?'],
  ["SELECT 'it''s' || E'a\\'b secret'", 'SELECT ? || ?'],
  // Not an escape: the text ends here, and what follows is another one.
  ["SELECT 'C:\\', 'secret'", 'SELECT ?, …'],
  ["SELECT U&'secret', B'101', x'1F', N'secret'", 'SELECT ?, …'],
  ['DO $$ BEGIN PERFORM secret; END $$', 'DO ?'],
  ['DO $do$ $$secret$$ $do$; SELECT a', 'DO ?; SELECT a'],
  ['SELECT $1, $22', 'SELECT $1, $22'],
  ['ALTER TABLE "T 1" ADD "x;y" int DEFAULT -1.5e3', 'ALTER TABLE "T 1" ADD "x;y" int DEFAULT -?'],
  ['SELECT t1.a2 FROM t1', 'SELECT t1.a2 FROM t1'],
  ['SELECT a -- secret\n  , b /* secret */ FROM t', 'SELECT a , b FROM t'],
  ["INSERT INTO t VALUES (1, 'a'), (2, 'b'), (3, 'c')", 'INSERT INTO t VALUES (?, …), …'],
  ["SELECT 'secret that does not end", 'SELECT ?'],
  ['SELECT $$secret that does not end', 'SELECT ?'],
  ['SELECT /* secret that does not end', 'SELECT'],
  ['SELECT "name that does not end', 'SELECT "name that does not end'],
  ['', ''],
];

for (const [sql, masked] of cases)
  it(`shows ${JSON.stringify(sql)} as ${masked}`, () => {
    assert.is(maskedStatement(sql), masked);
  });

it('shortens what is long, and takes what is very long', () => {
  const long = maskedStatement(`SELECT ${'column, '.repeat(200_000)}x`);
  assert.is(long.length, longestShown + 1);
  assert.ok(long.endsWith('…'));
});

it.run();
