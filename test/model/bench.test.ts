/** Two engines' answers in one form, and the file of queries. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {parseQuoted} from '../../lib/model/bench-cells.ts';
import {compareAnswers, medianOf} from '../../lib/model/bench-compare.ts';
import {parseQueries} from '../../lib/model/bench-queries.ts';
import type {OpsError} from '../../lib/model/errors.ts';
import {type JsonObject, parseJson} from '../../lib/model/migrate/json-value.ts';

const it = suite('bench');

/** As `sqlite3 -quote` prints it, as PostgreSQL's JSON says it, and what is to be found. */
const pairs: readonly (readonly [string, string, string])[] = [
  ['1', '1', 'same'],
  ['1', '2', 'different'],
  ['1', 'true', 'same'],
  ["'t'", 'true', 'same'],
  ['0', 'true', 'different'],
  ['2', 'true', 'different'],
  ['3.0', '3', 'same'],
  ['0.10000000000000000555', '0.1', 'same'],
  ['3.3333333333333334813', '3.3333333333333333', 'same'],
  ['3.33334', '3.3333333333333333', 'different'],
  ['9007199254740993', '9007199254740993', 'same'],
  ['9007199254740993', '9007199254740992', 'different'],
  ['1.0e+20', '100000000000000000000', 'same'],
  ['NULL', 'null', 'same'],
  ["''", 'null', 'different'],
  ['Inf', '"Infinity"', 'same'],
  ["'a'", '"a"', 'same'],
  ["'a'", '"A"', 'different'],
  ["'it''s\n,'", String.raw`"it's\n,"`, 'same'],
  ["'7'", '"7"', 'same'],
  ['7', '"7"', 'same'],
  ["X'00ff'", String.raw`"\\x00ff"`, 'same'],
  ["'AB'", String.raw`"\\x4142"`, 'same'],
  ["X'00fe'", String.raw`"\\x00ff"`, 'different'],
  ["'2026-01-02T03:04:05Z'", '"2026-01-02T03:04:05+00:00"', 'same'],
  ["'2026-01-02 04:04:05.25+01:00'", '"2026-01-02T03:04:05.25+00:00"', 'same'],
  ["'2026-01-02 03:04'", '"2026-01-02T03:04:00"', 'same'],
  ["'2026-01-02'", '"2026-01-02"', 'same'],
  ["'2026-01-02 03:04:06'", '"2026-01-02T03:04:05"', 'different'],
  ['1767323045', '"2026-01-02T03:04:05+00:00"', 'same'],
  ['1767323045000', '"2026-01-02T03:04:05+00:00"', 'same'],
  ['1767323045000001', '"2026-01-02T03:04:05.000001+00:00"', 'same'],
  ["'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11'", '"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"', 'same'],
  ["X'a0eebc999c0b4ef8bb6d6bb9bd380a11'", '"a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"', 'same'],
  [`'{"b":1, "a":[1]}'`, '{"a":[1],"b":1}', 'same'],
  [`'{"b":1, "a":[2]}'`, '{"a":[1],"b":1}', 'different'],
  [`'["x","y"]'`, '["x","y"]', 'same'],
];

for (const [ours, theirs, verdict] of pairs)
  it(`finds ${JSON.stringify(ours)} and ${theirs} ${verdict}`, () => {
    const row = parseJson(`{"a":${theirs}}`, {for: 'reading'}) as JsonObject;
    assert.is(compareAnswers(parseQuoted(`${ours}\n`), [row]).verdict, verdict);
  });

it('compares rows as a set, each as often as it is there', () => {
  const answer = (numbers: readonly number[]) =>
    numbers.map((number) => ({members: [['a', {number: String(number)}]]}) as JsonObject);
  const ours = parseQuoted('1\n2\n2\n');
  assert.is(compareAnswers(ours, answer([1, 2, 2])).verdict, 'same');
  assert.is(compareAnswers(ours, answer([2, 1, 2])).verdict, 'other order');
  assert.equal(compareAnswers(ours, answer([2, 1, 1])).differences, [
    'only in sqlite: 2',
    'only in postgres: 1',
  ]);
  assert.is(compareAnswers([], []).verdict, 'same');
  assert.is(compareAnswers(parseQuoted('1,2\n'), answer([1])).verdict, 'different');
});

it('reads named queries, with words of their own for one engine', () => {
  const text = `-- anything before\r\n
-- name: both
SELECT 1 -- one
; -- the end
--name:two words [sqlite]
with a as (select 1)
select * from a
-- name: two words [postgres]
VALUES (1);
`;
  assert.equal(parseQueries(text), [
    {name: 'both', sqlite: 'SELECT 1 -- one', postgres: 'SELECT 1 -- one'},
    {name: 'two words', sqlite: 'with a as (select 1)\nselect * from a', postgres: 'VALUES (1)'},
  ]);
});

it('lists every fault of a file of queries at once', () => {
  const text = `SELECT 0;
-- name: a
DELETE FROM t;
-- name: b
-- name: c [sqlite]
SELECT 1;
-- name: d
SELECT 1
-- name: d
SELECT 2
-- name: e
SELECT 1
.shell rm
-- name: f
SELECT 1; DROP TABLE t;
-- name: g
SELECT 1 /* one */;
`;
  try {
    parseQueries(text);
    assert.unreachable();
  } catch (error) {
    const {kind, message} = error as OpsError;
    assert.is(kind, 'usage');
    assert.equal(message.split('\n').slice(1), [
      '- line 1: expected a line `-- name: NAME` before it',
      "- 'a' (line 2): expected a SELECT, WITH or VALUES: bench changes nothing",
      "- 'b' (line 4): has no statement",
      "- 'e' (line 11): has a line that begins with a dot or a backslash",
      "- 'f' (line 14): expected one statement of plain SQL, this is more than one statement, or none",
      "- 'g' (line 16): expected one statement of plain SQL, this is a block comment",
      "- 'c': has no statement for postgres",
      "- 'd' (line 9): is there twice",
    ]);
  }
});

it('takes the middle one, or the mean of two', () => {
  assert.is(medianOf([3, 1, 2]), 2);
  assert.is(medianOf([4, 1, 2, 3]), 2.5);
});

it.run();
