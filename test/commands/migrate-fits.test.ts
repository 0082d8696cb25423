/** Which values of SQLite become one of a type, and as what: asked of the sqlite3 program itself. */
import {execFileSync} from 'node:child_process';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {fitOf} from '../../lib/commands/migrate-fits.ts';
import {shapeOf} from '../../lib/model/migrate/type-family.ts';
import {has} from '../support/require.ts';

const it = suite('values that fit a type');

const twice = `'[{"a":1},{"a":2}]'`;

/** A type, then values as SQL writes them: those that fit with what they become (quoted), those that do not. */
const rows: readonly (readonly [string, Readonly<Record<string, string>>, readonly string[]])[] = [
  [
    'integer',
    {'5': '5', "'12'": '12', "'-3'": '-3', '2147483647': '2147483647', '5.0': '5'},
    ["'abc'", "''", "'007'", "'+5'", "' 1'", '2.5', '2147483648', "x'31'", '9e999', "'1e3'"],
  ],
  ['smallint', {'-32768': '-32768'}, ['32768', '-32769', "'40000'"]],
  [
    'bigint',
    {
      '9223372036854775807': '9223372036854775807',
      "'-9223372036854775808'": '-9223372036854775808',
    },
    ['18446744073709551615', "'9223372036854775808'", '1e300', "'1.0'"],
  ],
  [
    'numeric(5,2)',
    {'1.5': '1.5', '999.99': '999.99', "'-999.990'": "'-999.990'", '7': '7', "'0.10'": "'0.10'"},
    ['1.239', '1000', "'1000'", "'1.005'", "'abc'", "'1.2.3'", "'.5'", "'-'", '9e999', "x'00'"],
  ],
  [
    'numeric',
    {"'12345678901234567890.5'": "'12345678901234567890.5'", '1e300': '1.0e+300'},
    ["'1e5'", "''", "'--1'"],
  ],
  [
    'double precision',
    {'0.1': '0.1', '3': '3.0', "'2.5'": '2.5', '1e300': '1.0e+300'},
    ['9007199254740993', "'x'", "x'00'", "'12345678901234567890'"],
  ],
  ['real', {'0.1': '0.1', '16777216': '16777216.0'}, []],
  ['float4', {'0.5': '0.5'}, ['3.141592653589793', '16777217', '1e300', "'x'"]],
  [
    'boolean',
    {'1': '1', '0': '0', "'true'": '1', "'F'": '0', "'Yes'": '1', '1.0': '1'},
    ['2', "''", "'maybe'", "x'01'", '-1'],
  ],
  [
    'text',
    {"'x'": "'x'", '5': "'5'", '1.5': "'1.5'", "''": "''"},
    ["x'61'", "'a' || char(0)", '0.1 + 0.2'],
  ],
  ['varchar(3)', {"'äöü'": "'äöü'"}, ["'abcd'", '1234']],
  ['char', {"'a'": "'a'"}, ["'ab'"]],
  ['bytea', {"x'00ff'": "X'00FF'", "'ab'": "X'6162'"}, ['5', '1.5']],
  [
    'date',
    {"'2020-02-29'": "'2020-02-29'", "'2020-01-02 00:00:00'": "'2020-01-02 00:00:00'"},
    ["'2020-02-30'", "'0000-00-00'", "'2020-01-02 03:04:05'", "'now'", "''", '5', "'20200102'"],
  ],
  [
    'time',
    {"'03:04'": "'03:04'", "'23:59:59.5'": "'23:59:59.5'"},
    ["'25:00'", "'x'", "'03:04+02:00'", "'03:04 +02:00'", "'10:00:00.1234567'"],
  ],
  [
    'timestamp',
    {
      "'2020-01-02 03:04:05'": "'2020-01-02 03:04:05'",
      "'2020-01-02T03:04:05.123456Z'": "'2020-01-02T03:04:05.123456Z'",
      "'2020-01-02 03:04:05+00:00'": "'2020-01-02 03:04:05+00:00'",
    },
    [
      ...["'2020-01-02T03:04:05+05:30'", "'2020-02-30 00:00:00'", "'0000-00-00 00:00:00'", "'now'"],
      ...["'2020-01-02 03:04:05 +05:30'", "'2020-01-02 03:04:05.1234567'"],
      ...["'2020-01-02x'", '1577934245', "'2020-13-01'"],
    ],
  ],
  ['timestamp(0)', {"'2020-01-02 03:04:05'": "'2020-01-02 03:04:05'"}, ["'2020-01-02 03:04:05.5'"]],
  ['time(1)', {"'03:04:05.5'": "'03:04:05.5'"}, ["'03:04:05.55'"]],
  [
    'timestamptz',
    {"'2020-01-02T03:04:05+05:30'": "'2020-01-02T03:04:05+05:30'"},
    ["'2020-01-02 03'"],
  ],
  [
    'uuid',
    {
      "'6F9619FF-8B86-D011-B42D-00CF4FC964FF'": "'6f9619ff-8b86-d011-b42d-00cf4fc964ff'",
      "'6f9619ff8b86d011b42d00cf4fc964ff'": "'6f9619ff-8b86-d011-b42d-00cf4fc964ff'",
      "x'6f9619ff8b86d011b42d00cf4fc964ff'": "'6f9619ff-8b86-d011-b42d-00cf4fc964ff'",
    },
    ["'x'", "x'00'", '5', "'6g9619ff8b86d011b42d00cf4fc964ff'"],
  ],
  [
    'jsonb',
    {"'[1]'": "'[1]'", '5': "'5'", [twice]: twice},
    [
      `'{"a":1,"a":2}'`,
      `'[{"b":{"a":1,"a":1}}]'`,
      '0.1 + 0.2',
      "'{x'",
      "''",
      String.raw`'"\u0000"'`,
      "x'7b7d'",
      '9e999',
    ],
  ],
  ['json', {[String.raw`'"\u0000"'`]: String.raw`'"\u0000"'`}, ["'nope'"]],
];

const ask = (type: string, value: string): string => {
  const shape = shapeOf(type);
  if (!shape) throw new Error(type);
  const {fits, write, isAsIs} = fitOf(shape, 'x');
  const sql = `WITH v (x) AS (SELECT ${value}) SELECT coalesce((${fits}), 0), quote(${write}), (${isAsIs}) AND ${write} IS NOT x FROM v`;
  return execFileSync(
    'sqlite3',
    ['-batch', '-init', '/dev/null', '-separator', ' ', ':memory:', sql],
    {
      encoding: 'utf8',
    },
  ).trimEnd();
};

if (has('sqlite'))
  for (const [type, fitting, others] of rows)
    it(`knows what becomes ${type}`, () => {
      for (const [value, becomes] of Object.entries(fitting))
        assert.is(ask(type, value), `1 ${becomes} 0`, value);
      for (const value of others) assert.is(ask(type, value)[0], '0', value);
    });

it('knows an enum by its labels, and no type that only the server knows', () => {
  const shape = shapeOf('public.mood', ['sad', "it's"]);
  assert.is(shape?.family, 'enum');
  assert.match(
    fitOf(shape ?? {family: 'text', sizes: [], labels: []}, 'x').fits,
    /IN \('sad', 'it''s'\)/,
  );
  for (const type of ['inet', 'text[]', 'public.mood', 'interval', 'point', 'numeric(5,-2)'])
    assert.is(shapeOf(type), undefined, type);
  assert.equal(shapeOf('CHARACTER VARYING (20)')?.sizes, [20]);
});

it.run();
