/** Documents that an application relies on, and the URLs of Redis. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {OpsError} from '../../../lib/model/errors.ts';
import {kindOfFile, parseDocument} from '../../../lib/model/migrate/json-document.ts';
import {JsonFault, parseJson} from '../../../lib/model/migrate/json-value.ts';
import {jsonbText, numericText} from '../../../lib/model/migrate/jsonb-text.ts';
import {validMoment} from '../../../lib/model/migrate/moment.ts';
import {parseRedisUrl} from '../../../lib/model/migrate/redis-url.ts';
import {documentFaults, updatedAtIn} from '../../../lib/model/migrate/store-document.ts';

const it = suite('store document');

const documents: readonly (readonly [string, string, readonly string[]])[] = [
  ['settings', '{"automation_enabled": true, "poll_interval_seconds": 30}', []],
  ['settings', '{"automation_enabled": false, "poll_interval_seconds": 0.5, "more": [1]}', []],
  [
    'settings',
    '{}',
    [
      "'settings' has no 'automation_enabled': expected true or false",
      "'settings' has no 'poll_interval_seconds': expected a number above 0",
    ],
  ],
  [
    'settings',
    '{"automation_enabled": "true", "poll_interval_seconds": "30"}',
    [
      `'automation_enabled' of 'settings': expected true or false, got "true"`,
      `'poll_interval_seconds' of 'settings': expected a number above 0, got "30"`,
    ],
  ],
  [
    'settings',
    '{"automation_enabled": 1, "poll_interval_seconds": 0}',
    [
      "'automation_enabled' of 'settings': expected true or false, got 1",
      "'poll_interval_seconds' of 'settings': expected a number above 0, got 0",
    ],
  ],
  ['settings', '[]', ["'settings' is no object of JSON"]],
  ['state', '{"last_run_at": "2026-01-02T03:04:05Z", "at": null, "updated_at": 1767323045}', []],
  ['state', '{"state": "idle", "attempts": "many"}', []],
  [
    'state',
    '{"jobs": [{"started_at": "yesterday"}], "updated_at": "2026-02-30", "seen_at": ""}',
    [
      `'started_at' of 'state.jobs[0]': expected a time, got "yesterday"`,
      `'updated_at' of 'state': expected a time, got "2026-02-30"`,
      `'seen_at' of 'state': expected a time, got ""`,
    ],
  ],
  ['anything', '{"updated_at": "never"}', []],
  ['constructor', '7', []],
];

for (const [kind, text, faults] of documents)
  it(`finds ${faults.length} faults in '${kind}' ${text}`, () => {
    assert.equal(documentFaults(kind, parseJson(text, {for: 'jsonb'})), faults);
  });

it("takes a document's own time, in any form", () => {
  const at = (text: string) => updatedAtIn(parseJson(text, {for: 'jsonb'}));
  assert.is(at('{"updated_at": "2026-01-02T03:04:05Z"}'), 1_767_323_045_000);
  assert.is(at('{"updated_at": 1767323045}'), 1_767_323_045_000);
  assert.is(at('{"updated_at": 1767323045000}'), 1_767_323_045_000);
  assert.is(at('{"updated_at": null}'), undefined);
  assert.is(at('{"a": {"updated_at": 1}}'), undefined);
  assert.is(at('[]'), undefined);
});

it('knows times from what only looks like one', () => {
  assert.is(validMoment('2026-01-02 03:04:05.678+01:00'), 1_767_319_445_678);
  assert.is(validMoment('2026-01-02T03:04-0530'), 1_767_342_840_000);
  for (const text of [
    '2026-02-29',
    '2026-13-01',
    '2026-01-01T24:00',
    '2026-01-01T00:60',
    '20260101',
    '2026-01-01T00:00+99',
    'now',
    '',
  ])
    assert.is(validMoment(text), undefined, text);
  assert.ok(validMoment('2024-02-29'));
});

it('names where a text stops being JSON', () => {
  const at = (text: string) => {
    try {
      parseJson(text, {for: 'reading'});
      return undefined;
    } catch (error) {
      if (error instanceof JsonFault) return error.at;
      throw error;
    }
  };
  const places: readonly (readonly [string, number])[] = [
    ...[
      ['', 0],
      ['{', 1],
      ['[1,]', 3],
      ['{"a":1,}', 7],
      ['01', 1],
      ['NaN', 0],
      ['[1 2]', 3],
    ],
    ...[
      ['{"a" 1}', 5],
      ['{"a":}', 5],
      ['{"a":1,"b": }', 12],
      ['tru', 0],
      ['[1]]', 3],
      ["'a'", 0],
      ['\ufeff1', 0],
      ['"a', 2],
      ['"\\x"', 0],
    ],
    ...[
      ['"\n"', 0],
      ['[1', 2],
      ['{"a":1 "b"', 7],
      ['+1', 0],
      ['.5', 0],
      ['1.', 1],
      ['[}', 1],
    ],
  ] as [string, number][];
  for (const [text, place] of places) assert.is(at(text), place, text);
  assert.is(at('{"a":1,"a":-0,"b":"\\u0000\\ud800"}'), undefined);
  assert.is(at(`"${'x'.repeat(30_000_000)}\\\\"`), undefined);
});

it('refuses files that are no JSON, or hold what JSONB would change, with line and column', () => {
  const bad: readonly (readonly [string | Buffer, RegExp])[] = [
    ['{"a": 1,\n "b": 2,\n}', /line 3, column 1/],
    ['{"a": NaN}', /line 1, column 7/],
    ['{"a": 1, "a": 2}', /has a name twice in one object \(line 1, column 10/],
    ['{"a": 1e400000}', /beyond what programs read/],
    ['[-0.0]', /negative zero/],
    [String.raw`["\u0000"]`, /has a NUL/],
    [String.raw`["\ud800"]`, /half of a surrogate pair/],
    ['['.repeat(100_000), /deeper than 1000 levels/],
    ['', /ends too early \(line 1, column 1/],
    [Buffer.from('["caf\xe9"]', 'latin1'), /is no UTF-8/],
    ['{} {}', /line 1, column 4/],
  ];
  for (const [text, says] of bad)
    assert.throws(
      () => parseDocument(Buffer.from(text as string), 'a.json'),
      (error: OpsError) => {
        assert.is(error.exit, 4);
        assert.match(error.message, says);
        return true;
      },
    );
  assert.equal(parseDocument(Buffer.from('\ufeff[]'), 'a.json'), []);
  assert.equal(['a/b c.json', 'x.JSON', '.json', 'plain'].map(kindOfFile), [
    'b c',
    'x',
    'document',
    'plain',
  ]);
});

it('spells numbers as NUMERIC does', () => {
  const numbers: Readonly<Record<string, string>> = {
    ...{
      '1': '1',
      '-1.50': '-1.50',
      '1e5': '100000',
      '1.5e1': '15',
      '1.50e1': '15.0',
      '2E-3': '0.002',
    },
    ...{'0e5': '0', '0.00': '0.00', '1e-10': '0.0000000001', '123e-2': '1.23', '1e+2': '100'},
  };
  for (const [written, printed] of Object.entries(numbers))
    assert.is(numericText(written), printed);
  assert.is(
    jsonbText(parseJson('{"bb":1,"a":2,"é":3,"":[]}', {for: 'jsonb'})),
    '{"": [], "a": 2, "bb": 1, "é": 3}',
  );
});

it('reads URLs of Redis, and never repeats one with a password', () => {
  const {password, label, ...place} = parseRedisUrl('rediss://us%40er:p%3Ass@db.example.com/3');
  assert.equal(place, {
    ...{host: 'db.example.com', port: 6_379, socket: undefined, isEncrypted: true},
    ...{user: 'us@er', database: 3},
  });
  assert.is(password, 'p:ss');
  assert.is(label, 'rediss://db.example.com:6379/3');
  assert.is(parseRedisUrl('redis://:x@[::1]:7000').label, 'redis://[::1]:7000');
  assert.is(parseRedisUrl('unix:///run/redis.sock?db=2').database, 2);
  const refused = (url: string) => {
    try {
      parseRedisUrl(url);
      return '';
    } catch (error) {
      return (error as OpsError).message;
    }
  };
  for (const url of [
    'localhost:6379',
    'http://h',
    'redis://',
    'redis://h/x',
    'redis://h/-1',
    'redis://h/1.5',
    'redis://h?tls=no',
    'redis://:%zz@h',
    'redis://h:99999',
    '',
  ])
    assert.match(refused(url), /^the URL of Redis: /, url);
  assert.not.match(refused('redis://:hunter2@h/x'), /hunter2/);
});

it.run();
