/** What SQLite's SQL says: words, tables, indexes, defaults, expressions, names. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {translateDefault} from '../../../lib/commands/sqlite-default.ts';
import {translate} from '../../../lib/commands/sqlite-expression.ts';
import {affinityOf, readDeclared} from '../../../lib/model/migrate/declared-type.ts';
import {matches} from '../../../lib/model/migrate/name-tables.ts';
import {createNamer} from '../../../lib/model/migrate/names.ts';
import {readIndex, readTable} from '../../../lib/model/migrate/sqlite-ddl.ts';
import {textOf, tokensOf} from '../../../lib/model/migrate/sqlite-lexer.ts';

const it = suite('SQL of SQLite');

const words: readonly (readonly [string, string])[] = [
  [`a"b""c"[d]\`e\`'f''g'`, 'word:a name:b"c name:d name:e text:f\'g'],
  [
    `x'00FF' X'' 0x1f 1.5e-3 .5 1.`,
    'blob:00ff blob: number:0x1f number:1.5e-3 number:.5 number:1.',
  ],
  ['a -- to the end\n b /* and\n all */ c /* never closed', 'word:a word:b word:c'],
  [
    'a||b<>c==d!=e<=f->>g',
    'word:a operator:|| word:b operator:<> word:c operator:== word:d operator:!= word:e operator:<= word:f operator:->> word:g',
  ],
  [`'open`, "strange:' word:open"],
  ['größe_1$ é', 'word:größe_1$ word:é'],
];

for (const [sql, expected] of words)
  it(`reads the words of ${JSON.stringify(sql)}`, () =>
    assert.is(
      tokensOf(sql)
        .map(({kind, value}) => `${kind}:${value}`)
        .join(' '),
      expected,
    ));

it('reads of a table what no PRAGMA tells', () => {
  const table = readTable(`CREATE TABLE "t" (id INTEGER PRIMARY KEY AUTOINCREMENT, -- , no column
    a TEXT COLLATE NoCase CONSTRAINT positive CHECK (length(a) > (0)) DEFAULT (1 + (2)), "b c" AS (a || ',') STORED,
    p INT REFERENCES p (id) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED, q INT REFERENCES q NOT DEFERRABLE INITIALLY DEFERRED,
    CHECK (a <> b) CONSTRAINT named FOREIGN KEY (p, q) REFERENCES r (x, y) DEFERRABLE) STRICT`);
  assert.equal(
    table.columns.map(({name, collation, generated}) => [
      name,
      collation,
      generated && textOf(generated),
    ]),
    [
      ['id', undefined, undefined],
      ['a', 'NOCASE', undefined],
      ['b c', undefined, "a || ','"],
      ['p', undefined, undefined],
      ['q', undefined, undefined],
    ],
  );
  assert.equal(
    table.checks.map(({name, expression}) => [name, textOf(expression)]),
    [
      ['positive', 'length ( a ) > ( 0 )'],
      [undefined, 'a <> b'],
    ],
  );
  assert.equal(
    table.foreignKeys.map(({name, isDeferrable, isDeferred}) => [name, isDeferrable, isDeferred]),
    [
      [undefined, true, true],
      [undefined, false, false],
      ['named', true, false],
    ],
  );
  assert.ok(table.isAutoincrement);
});

it('reads nothing of what is no ordinary table', () => {
  for (const sql of ['', 'CREATE VIRTUAL TABLE f USING fts5 (a, b)', 'nonsense'])
    assert.equal(readTable(sql).columns, []);
});

it('reads the parts and the condition of an index', () => {
  const {parts, where} = readIndex(
    'CREATE UNIQUE INDEX i ON t (lower(a) COLLATE nocase DESC, "b" ASC) WHERE (a > 1) AND b',
  );
  assert.equal(
    [parts.map(textOf), where && textOf(where)],
    [['lower ( a )', '"b"'], '( a > 1 ) AND b'],
  );
});

const declarations: readonly (readonly [string, string, string, readonly number[]])[] = [
  ['INTEGER', 'integer', 'bigint', []],
  ['unsigned big int', 'integer', 'bigint', []],
  ['FLOATING POINT', 'integer', 'bigint', []],
  ['varchar ( 20 )', 'text', 'text', [20]],
  ['CHARINT', 'integer', 'text', []],
  ['STRING', 'numeric', 'text', []],
  ['', 'blob', 'any', []],
  ['DECIMAL(10, 2)', 'numeric', 'numeric', [10, 2]],
  ['double precision', 'real', 'real', []],
  ['DATETIME', 'numeric', 'moment', []],
  ['timestamp with time zone', 'numeric', 'moment', []],
  ['text[]', 'text', 'array', []],
  ['BOOLEAN', 'numeric', 'boolean', []],
  ['jsonb', 'numeric', 'json', []],
  ['UNIQUEIDENTIFIER', 'numeric', 'uuid', []],
  ['"quoted" (x)', 'numeric', 'any', []],
];

for (const [declared, affinity, meaning, sizes] of declarations)
  it(`takes '${declared}' for ${meaning}`, () => {
    assert.is(affinityOf(declared), affinity);
    assert.equal(readDeclared(declared), {affinity, meaning, sizes});
  });

const columns = new Map([
  ['a', {name: 'A', type: 'bigint'}],
  ['done', {name: 'done', type: 'boolean'}],
]);

const expressions: readonly (readonly [string, string])[] = [
  ['a > 0 AND "a" IS NOT NULL', '"A" > 0 AND "A" IS NOT NULL'],
  ['done = 1 OR NOT done', '"done"::integer = 1 OR NOT "done"::integer'],
  [`"nobody" || x'00'`, `'nobody' || '\\x00'::bytea`],
  ['ifnull(a, 0x10) == 5 or a ISNULL', 'coalesce ( "A" , 16 ) = 5 OR "A" IS NULL'],
  ["cast(a as text) LIKE '%\\%'", `CAST ( "A" AS text ) ILIKE E'%\\\\%'`],
  ['max(a)', 'max ( "A" )'],
];

for (const [sql, expected] of expressions)
  it(`translates ${sql}`, () => assert.equal(translate(tokensOf(sql), {columns}), {sql: expected}));

for (const sql of [
  'random()',
  'a -> 1',
  'max(a, 1)',
  '(select 1)',
  'a; drop table t',
  'other',
  'cast(a as blob)',
  "'open",
])
  it(`does not translate ${sql}`, () => assert.ok('why' in translate(tokensOf(sql), {columns})));

const defaults: readonly (readonly [string, string, string])[] = [
  ['0', 'boolean', 'false'],
  ['TRUE', 'bigint', '1'],
  ['((5))', 'bigint', '5'],
  ["datetime('now')", 'timestamp with time zone', 'CURRENT_TIMESTAMP'],
  ['CURRENT_DATE', 'text', "to_char((CURRENT_TIMESTAMP AT TIME ZONE 'UTC'), 'YYYY-MM-DD')"],
  ["strftime('%s','now')", 'bigint', 'extract(epoch from CURRENT_TIMESTAMP)::bigint'],
  ['lower(hex(randomblob(16)))', 'uuid', 'gen_random_uuid()'],
  ['bare', 'text', "'bare'"],
  ['NULL', 'text', 'NULL'],
];

for (const [sql, type, expected] of defaults)
  it(`translates the default ${sql} of a ${type}`, () =>
    assert.equal(translateDefault(tokensOf(sql), type), {sql: expected}));

it('hands out names that fit and that are free', () => {
  const {nameFor} = createNamer({style: 'keep', of: 'relations'});
  assert.is(nameFor('User'), 'User');
  assert.is(nameFor('User'), 'User_2');
  assert.is(nameFor(''), 'unnamed');
  const [first, second] = ['a', 'b'].map((end) => nameFor('é'.repeat(40) + end));
  assert.is.not(first, second);
  for (const name of [first, second]) assert.ok(Buffer.byteLength(name ?? '') <= 63, name);
  assert.is(createNamer({style: 'fold', of: 'columns'}).nameFor('CTID'), 'ctid_2');
});

it('knows tables by patterns, without regard to capitals', () => {
  assert.ok(matches('Order Details', 'order*'));
  assert.ok(matches('a.b', 'a.b') && !matches('axb', 'a.b') && matches('axb', 'a?b'));
});

it.run();
