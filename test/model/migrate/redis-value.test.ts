/** Values of Redis as rows of the store: the rules, one line each. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {copyLine, timeCell} from '../../../lib/model/migrate/copy-text.ts';
import {createTally} from '../../../lib/model/migrate/redis-tally.ts';
import {
  dumpVersionOf,
  type RedisValue,
  storeValueOf,
} from '../../../lib/model/migrate/redis-value.ts';
import {keyOf, kindOf, type StoreRow} from '../../../lib/model/migrate/store-row.ts';

const it = suite('redis value');

const raw = (...bytes: readonly number[]) => Buffer.from(bytes);
const text = (value: string) => Buffer.from(value);
const string = (value: string | Buffer): RedisValue => ({
  type: 'string',
  value: Buffer.from(value),
});
const deep = `${'['.repeat(1_001)}${']'.repeat(1_001)}`;

/** The value, its encoding, and `data` or the bytes in hex. */
const rules: readonly (readonly [string, RedisValue, string, string])[] = [
  ['an object becomes a document', string('{"b":1,"a":"x"}'), 'json', '{"a": "x", "b": 1}'],
  ['an array becomes a document', string(' [1, [], {}] '), 'json', '[1, [], {}]'],
  ['digits behind the point are kept in a document', string('{"a":1.0}'), 'json', '{"a": 1.0}'],
  [
    'whole numbers above 2^53 are kept in a document',
    string('[9007199254740993]'),
    'json',
    '[9007199254740993]',
  ],
  [
    'an exponent is spelt out, the number is the same',
    string('[1.5e3,1e-2]'),
    'json',
    '[1500, 0.01]',
  ],
  ['a number above 2^53 stays text', string('9007199254740993'), 'text', '"9007199254740993"'],
  ['1.0 stays text', string('1.0'), 'text', '"1.0"'],
  ['true stays text', string('true'), 'text', '"true"'],
  ['null stays text', string('null'), 'text', '"null"'],
  ['a quoted text stays text', string('"x"'), 'text', String.raw`"\"x\""`],
  ['an empty string is kept', string(''), 'text', '""'],
  ['doubled names stay text', string('{"a":1,"a":2}'), 'text', String.raw`"{\"a\":1,\"a\":2}"`],
  [
    'a NUL in a document stays text',
    string(String.raw`["\u0000"]`),
    'text',
    String.raw`"[\"\\u0000\"]"`,
  ],
  [
    'half a surrogate pair stays text',
    string(String.raw`["\ud800"]`),
    'text',
    String.raw`"[\"\\ud800\"]"`,
  ],
  ['a negative zero stays text', string('[-0]'), 'text', '"[-0]"'],
  ['1e999 stays text', string('[1e999]'), 'text', '"[1e999]"'],
  ['what only begins like JSON stays text', string('{not json}'), 'text', '"{not json}"'],
  ['a comma too many stays text', string('[1,]'), 'text', '"[1,]"'],
  ['a thousand levels are too deep', string(deep), 'text', `"${deep}"`],
  ['control characters are kept', string('\u0001\u001f\u007f'), 'text', '"\\u0001\\u001f\u007f"'],
  ['bytes that are no UTF-8 stay bytes', string(raw(0xc3, 0x28)), 'bytes', 'c328'],
  ['surrogates in UTF-8 stay bytes', string(raw(0xed, 0xa0, 0x80)), 'bytes', 'eda080'],
  ['a NUL stays bytes', string(raw(0x61, 0)), 'bytes', '6100'],
  ['a byte order mark is kept', string('\ufeffx'), 'text', '"\ufeffx"'],
  [
    'a hash is an object of texts',
    {
      type: 'hash',
      fields: [
        [text('bb'), text('1')],
        [text('a'), text('{}')],
      ],
    },
    'text',
    '{"a": "{}", "bb": "1"}',
  ],
  [
    '__proto__ is a field as any',
    {type: 'hash', fields: [[text('__proto__'), text('1')]]},
    'text',
    '{"__proto__": "1"}',
  ],
  [
    'a binary field name makes base64 pairs, and is never mangled (BetterDB monitor#62)',
    {
      type: 'hash',
      fields: [
        [raw(0xff), text('v')],
        [text('f'), text('w')],
      ],
    },
    'base64',
    '[["Zg==", "dw=="], ["/w==", "dg=="]]',
  ],
  [
    'a list keeps order and doubles',
    {type: 'list', items: [text('b'), text('a'), text('b')]},
    'text',
    '["b", "a", "b"]',
  ],
  [
    'a set is sorted by bytes',
    {type: 'set', members: [text('é'), text('z'), text('B')]},
    'text',
    '["B", "z", "é"]',
  ],
  [
    'a binary member makes base64',
    {type: 'set', members: [raw(0), raw(0xff)]},
    'base64',
    '["AA==", "/w=="]',
  ],
  [
    'scores are kept to the bit, ties by member',
    {
      type: 'zset',
      members: [
        ...[
          [text('i'), 'inf'],
          [text('n'), '-inf'],
          [text('z'), '-0'],
          [text('y'), '0'],
        ],
        ...[
          [text('b'), '0.10000000000000001'],
          [text('a'), '0.1'],
          [text('c'), '12345678901234567'],
        ],
        ...[
          [text('d'), '3.0000000000000004e-310'],
          [text('e'), '17'],
        ],
      ] as [Buffer, string][],
    },
    'text',
    '[["n", "-inf"], ["y", "0"], ["z", "-0"], ["d", "3e-310"], ["a", "0.1"], ["b", "0.1"], ["e", "17"], ["c", "12345678901234568"], ["i", "inf"]]',
  ],
  [
    'a stream keeps ids, order and doubled fields',
    {
      type: 'stream',
      entries: [
        ['1-1', [text('f'), text('v'), text('f'), text('w')]],
        ['1-2', []],
      ],
    },
    'text',
    '[["1-1", [["f", "v"], ["f", "w"]]], ["1-2", []]]',
  ],
  [
    'a type of a module is kept as DUMP gave it',
    {type: 'module', name: 'ReJSON-RL', dump: raw(7, 1)},
    'dump',
    '0701',
  ],
];

for (const [rule, value, encoding, expected] of rules)
  it(rule, () => {
    const stored = storeValueOf(value);
    assert.is(stored.encoding, encoding);
    assert.is(stored.data ?? stored.bytes?.toString('hex'), expected);
    assert.is((stored.data === undefined) === (stored.bytes === undefined), false);
  });

it('gives every key a kind of its own, and the key back: none is null (piiojs/redis-utils#1)', () => {
  const keys = [
    text('a'),
    text(''),
    text('\\xff'),
    raw(0xff),
    text('\\x5c786666'),
    raw(0),
    text('ключ'),
    text('\\'),
    text('a\nb'),
  ];
  const kinds = keys.map(kindOf);
  assert.is(new Set(kinds).size, keys.length);
  assert.equal(kinds.slice(0, 4), ['a', '', '\\x5c786666', '\\xff']);
  assert.equal(kinds.map(keyOf), keys);
});

it('says in which format a value of a module was dumped: other servers may not take it back (robertjbass/spindb#330)', () => {
  // As redis-server 7.0.15 answered: DUMP of the string 'v'.
  const dump = Buffer.from('0001760a009108ceb219388ace', 'hex');
  assert.is(dumpVersionOf(dump), 10);
  const tally = createTally();
  const stored = storeValueOf({type: 'module', name: 'ReJSON-RL', dump});
  const row = {...stored, kind: 'doc', updatedAtMilliseconds: 0, database: 0} as StoreRow;
  tally.take(row, []);
  assert.equal(tally.end().notCarried, [
    {
      kind: 'type of a module',
      what: "'doc', a ReJSON-RL",
      why: "only its module reads it: kept in 'bytes' as DUMP gave it, in format 10",
    },
  ]);
});

it('writes lines and times as COPY and TIMESTAMPTZ print them', () => {
  assert.is(copyLine(['a\tb\\c\nd', undefined, '']), 'a\\tb\\\\c\\nd\t\\N\t\n');
  assert.is(timeCell(0), '1970-01-01 00:00:00+00');
  assert.is(timeCell(1_500), '1970-01-01 00:00:01.5+00');
  assert.is(timeCell(1_120), '1970-01-01 00:00:01.12+00');
  assert.is(timeCell(253_402_300_800_000), '10000-01-01 00:00:00+00');
  assert.is(timeCell(9e15), 'infinity');
});

it.run();
