/** Values that a column is not to take: each costs exactly its row or its cell, and is recorded. */
import {existsSync, readFileSync, statSync} from 'node:fs';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {OpsError} from '../../lib/model/errors.ts';
import type {MigrateMap} from '../../lib/model/migrate/migrate-map.ts';
import {columnsOf, withMigrated} from '../support/migrated.ts';
import {startPostgres, type TestServer} from '../support/postgres.ts';
import {has} from '../support/require.ts';

const it = suite('SQLite into PostgreSQL: rejects');

type Row = {
  readonly title: string;
  readonly sql: string;
  readonly map: MigrateMap['tables'];
  readonly columns?: string;
  /** What `t` has then, in the order of its first column. */
  readonly holds: string;
  /** `deed rowid column class value`, one line for each cell that was taken. */
  readonly records: readonly string[];
};

const table = (columns: string, values: readonly string[]): string =>
  `CREATE TABLE t (id INTEGER PRIMARY KEY, ${columns}); ${values.map((row, at) => `INSERT INTO t VALUES (${at + 1}, ${row});`).join(' ')}`;

const t = (
  columns: NonNullable<MigrateMap['tables']>[string]['columns'],
): MigrateMap['tables'] => ({
  t: {columns},
});

const id = 'id bigint not null';

const rows: readonly Row[] = [
  {
    title: 'a type that some values do not fit: their rows alone stay away',
    sql: table('a TEXT, b TEXT', ["'5', 'x'", "'abc', 'y'", "'12', NULL", "'', 'z'", "NULL, 'n'"]),
    map: t({a: {type: 'integer', 'on-odd': 'reject'}}),
    columns: `${id}, a integer, b text`,
    holds: '1|5|x\n3|12|\n5||n',
    records: ['reject 2 a text abc', 'reject 4 a text '],
  },
  {
    title: 'the same as cells: the rows come, the cells are NULL',
    sql: table('a TEXT', ["'5'", "'abc'", "'99999999999'"]),
    map: t({a: {type: 'integer', 'on-odd': 'null'}}),
    columns: `${id}, a integer`,
    holds: '1|5\n2|\n3|',
    records: ['null 2 a text abc', 'null 3 a text 99999999999'],
  },
  {
    title: '#248, #46: text in an integer column that is to stay one',
    sql: table('a INTEGER', ['5', "'abc'", '2.5', "x'00ff'", '18446744073709551615']),
    map: t({a: {'on-odd': 'reject'}}),
    columns: `${id}, a bigint`,
    holds: '1|5',
    records: [
      ...['reject 2 a text abc', 'reject 3 a real 2.5', "reject 4 a blob x'00FF'"],
      'reject 5 a real 1.8446744073709552e+19',
    ],
  },
  {
    title: "#28: '0000-00-00', 30 February, 'now' and '' become NULL, the other moments stay",
    sql: table('a DATETIME', [
      ...["'2020-01-02 03:04:05'", "'0000-00-00 00:00:00'", "'2020-02-30 00:00:00'", "'now'", "''"],
    ]),
    map: t({a: {'on-odd': 'null'}}),
    columns: `${id}, a timestamp without time zone`,
    holds: '1|2020-01-02 03:04:05\n2|\n3|\n4|\n5|',
    records: [
      ...['null 2 a text 0000-00-00 00:00:00', 'null 3 a text 2020-02-30 00:00:00'],
      ...['null 4 a text now', 'null 5 a text '],
    ],
  },
  {
    title: '#402: moments of several forms become one type, offsets reckoned with',
    sql: table('a TEXT', ["'2020-01-02T03:04:05+05:30'", "'2020-01-02 03:04'", "'soon'"]),
    map: t({a: {type: 'timestamptz', 'on-odd': 'null'}}),
    columns: `${id}, a timestamp with time zone`,
    holds: '1|2020-01-01 21:34:05+00\n2|2020-01-02 03:04:00+00\n3|',
    records: ['null 3 a text soon'],
  },
  {
    title: '#40, #5036, #15616: a NUL is taken out of a text, or said',
    sql: table('a TEXT, b TEXT', [
      "'x' || char(0) || 'y' || char(0), char(0) || 'é'",
      "'plain', 'p'",
    ]),
    map: t({a: {'on-nul': 'strip'}, b: {'on-nul': 'escape'}}),
    columns: `${id}, a text, b text`,
    holds: '1|xy|\\u0000é\n2|plain|p',
    records: ["strip 1 a text x'78007900'", "escape 1 b text x'00C3A9'"],
  },
  {
    title: '#19, #34: what is no UTF-8 becomes U+FFFD, letter by letter',
    sql: table('a TEXT, word TEXT', ["'é' || CAST(x'ff41' AS TEXT), 'w'", "'\ufffe', 'v'"]),
    map: t({a: {'on-invalid': 'replace'}}),
    columns: `${id}, a text, word text`,
    holds: '1|é\ufffdA|w\n2|\ufffe|v',
    records: ["replace 1 a text x'C3A9FF41'"],
  },
  {
    title: '#3536: a blob among texts costs its row, the texts stay texts',
    sql: table('a TEXT', ["'x'", "x'00'", 'NULL']),
    map: t({a: {'on-odd': 'reject'}}),
    columns: `${id}, a text`,
    holds: '1|x\n3|',
    records: ["reject 2 a blob x'00'"],
  },
  {
    title: '#415: texts among blobs cost their cells',
    sql: table('a BLOB', ["x'00ff'", "'aGVsbG8='"]),
    map: t({a: {'on-odd': 'null'}}),
    columns: `${id}, a bytea`,
    holds: '1|\\x00ff\n2|',
    records: ['null 2 a text aGVsbG8='],
  },
  {
    title: '#81, #90, #1957: identifiers as text of any spelling and as bytes are the same one',
    sql: table('a GUID', [
      ...[
        "'6F9619FF-8B86-D011-B42D-00CF4FC964FF'",
        "x'6f9619ff8b86d011b42d00cf4fc964ff'",
        "'none'",
      ],
    ]),
    map: t({a: {type: 'uuid', 'on-odd': 'null'}}),
    columns: `${id}, a uuid`,
    holds: '1|6f9619ff-8b86-d011-b42d-00cf4fc964ff\n2|6f9619ff-8b86-d011-b42d-00cf4fc964ff\n3|',
    records: ['null 3 a text none'],
  },
  {
    title: '#5: truth values of every spelling become one, what is none is recorded',
    sql: table('a BOOLEAN', ['1', "'true'", "'F'", "'no'", '2', "''", 'NULL']),
    map: t({a: {type: 'boolean', 'on-odd': 'null'}}),
    columns: `${id}, a boolean`,
    holds: '1|t\n2|t\n3|f\n4|f\n5|\n6|\n7|',
    records: ['null 5 a integer 2', 'null 6 a text '],
  },
  {
    title: '#1350: a text beyond its length is rejected, not cut',
    sql: table('a TEXT', ["'abc'", "'abcd'"]),
    map: t({a: {type: 'varchar(3)', 'on-odd': 'reject'}}),
    columns: `${id}, a character varying(3)`,
    holds: '1|abc',
    records: ['reject 2 a text abcd'],
  },
  {
    title: 'money is not rounded in silence',
    sql: table('a REAL', ['9.8', '10', '1.239', '9e999']),
    map: t({a: {type: 'numeric(10,2)', 'on-odd': 'reject'}}),
    columns: `${id}, a numeric(10,2)`,
    holds: '1|9.80\n2|10.00',
    records: ['reject 3 a real 1.2390000000000001', 'reject 4 a real Inf'],
  },
];

type Recorded = Readonly<Record<'deed' | 'column' | 'class' | 'value' | 'reason', string>> & {
  readonly rowid: number;
};

const recorded = (file: string): readonly Recorded[] =>
  readFileSync(file, 'utf8')
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Recorded);

if (has('postgres') && has('sqlite')) {
  let server: TestServer & {end(): Promise<void>};
  it.before(async () => {
    server = await startPostgres();
  });
  it.after(async () => {
    await server?.end();
  });

  for (const {title, sql, map, columns, holds, records} of rows)
    it(title, () =>
      withMigrated(
        server,
        sql,
        async ({ask, outcome}) => {
          if (columns !== undefined) assert.is(await ask(columnsOf('t')), columns);
          assert.is(await ask("SET TimeZone = 'UTC'; SELECT * FROM t ORDER BY 1"), holds);
          const [file = ''] = outcome.rejects ?? [];
          assert.is(statSync(file).mode & 0o777, 0o600);
          const lines = recorded(file).map(
            ({deed, rowid, column, class: of, value}) =>
              `${deed} ${rowid} ${column} ${of} ${value}`,
          );
          assert.equal(lines.toSorted(), [...records].toSorted());
          const [account] = outcome.accounts;
          assert.is((outcome.tables[0]?.rows ?? 0) + (account?.rejected ?? 0), account?.rows);
          assert.is(
            account?.taken.reduce((sum, {count}) => sum + count, 0),
            records.length,
          );
        },
        {isStrict: false, map: {tables: map}},
      ),
    );

  it('rejects a row once, whatever is odd in it, and knows rows without rowids by their key', () =>
    withMigrated(
      server,
      `CREATE TABLE t (k TEXT, n INT, a INT, b INT, PRIMARY KEY (k, n)) WITHOUT ROWID;
       INSERT INTO t VALUES ('x', 1, 1, 1), ('y', 2, 'p', 'q'), (x'00', 3, 1, 'r');`,
      async ({ask, outcome}) => {
        assert.is(await ask('SELECT * FROM t'), 'x|1|1|1');
        assert.is(outcome.accounts[0]?.rejected, 2);
        const lines = recorded(outcome.rejects?.[0] ?? '').map((line) =>
          JSON.stringify((line as {key?: unknown}).key),
        );
        assert.equal(lines.toSorted(), [
          `["x'00'","3"]`,
          `["x'00'","3"]`,
          '["y","2"]',
          '["y","2"]',
        ]);
      },
      {
        isStrict: false,
        map: {tables: {}, defaults: {'on-odd': 'reject'}},
      },
    ));

  it('rejects nothing and reads nothing again where every value fits', () =>
    withMigrated(
      server,
      table('a TEXT', ["'5'", "'6'"]),
      async ({ask, outcome}) => {
        assert.is(await ask(columnsOf('t')), `${id}, a text`);
        assert.equal(outcome.accounts, []);
        assert.is(outcome.rejects, undefined);
      },
      {map: {defaults: {'on-odd': 'reject', 'on-nul': 'strip', 'on-invalid': 'replace'}}},
    ));

  it('writes no file of rejects where values are only written otherwise', () =>
    withMigrated(
      server,
      table('a TEXT', ["'5'", "'6'"]),
      async ({ask, outcome}) => {
        assert.is(await ask('SELECT sum(a) FROM t'), '11');
        assert.is(outcome.rejects, undefined);
      },
      {before: 'CREATE TABLE t (id int PRIMARY KEY, a int)', onExisting: 'refuse'},
    ));

  const cut: readonly (readonly [type: string, value: string])[] = [
    ['varchar(1)', "'30'"],
    ['numeric(10,2)', "'1.239'"],
    ['numeric(5,2)', '-9223372036854775808'],
    ['integer', "'007'"],
    ['time', "'10:00:00.1234567'"],
    ['timestamp(0)', "'2020-01-02 03:04:05.6'"],
    ['timestamp', "'2020-01-02 03:04:05 +05:30'"],
    ['jsonb', `'{"a":1,"a":2}'`],
    ['json', '0.1 + 0.2'],
  ];
  for (const [type, value] of cut)
    it(`does not cut or round ${value} for a map that wants ${type}`, async () => {
      const failing = withMigrated(server, table('a', [value]), () => assert.unreachable(), {
        map: {tables: t({a: {type}})},
      });
      const error = await failing.catch((cause: unknown) => cause);
      assert.is((error as OpsError).exit, 4, String(error));
      assert.match((error as OpsError).message, /1 row would be rejected/);
    });

  for (const [type, sql] of [
    ['date', '100101'],
    ['inet[]', "'{10.0.0.1, 10.0.0.2}'"],
    ['varchar(3)[]', "'{abcd}'"],
    ['bit(3)', "'1111'"],
    ['timestamp(0)', "'2020-01-02 03:04:05.6'"],
  ] as const)
    it(`does not take ${sql} for ${type} where the server would say something else of it`, async () => {
      const failing = withMigrated(server, table('a', [sql, sql]), () => assert.unreachable(), {
        map: {tables: t({a: {type}})},
      });
      const error = (await failing.catch((cause: unknown) => cause)) as OpsError;
      assert.ok(error.exit === 7 || error.exit === 4, String(error));
    });

  it('fails before anything is touched where nothing may be lost, and keeps what it found', async () => {
    const failing = withMigrated(server, table('a INT', ['1', "'x'"]), () => assert.unreachable(), {
      map: {tables: t({a: {'on-odd': 'reject'}})},
    });
    const error = await failing.catch((cause: unknown) => cause);
    assert.instance(error, OpsError);
    assert.is((error as OpsError).exit, 4);
    assert.match((error as OpsError).message, /1 row would be rejected.*t\.a: 1 row rejected/);
    assert.match((error as OpsError).hint ?? '', /t\.jsonl.*--no-strict/);
    assert.not(existsSync('t.jsonl'));
  });

  it('takes no NUL out of texts of two bytes a letter', async () => {
    const failing = withMigrated(
      server,
      `PRAGMA encoding = 'UTF-16le'; ${table('a TEXT', ["'x' || char(0)"])}`,
      () => assert.unreachable(),
      {map: {tables: t({a: {'on-nul': 'strip'}})}},
    );
    const error = await failing.catch((cause: unknown) => cause);
    assert.is((error as OpsError).exit, 2);
    assert.match((error as OpsError).message, /on-nul: strip is for UTF-8.*UTF-16le/);
  });

  it('refuses a policy for a type whose values only the server knows', async () => {
    const failing = withMigrated(server, table('a TEXT', ["'x'"]), () => assert.unreachable(), {
      map: {tables: t({a: {type: 'inet', 'on-odd': 'reject'}})},
    });
    const error = await failing.catch((cause: unknown) => cause);
    assert.is((error as OpsError).exit, 2);
    assert.match((error as OpsError).message, /on-odd needs a type/);
  });
}

it.run();
