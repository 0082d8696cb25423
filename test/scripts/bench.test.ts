/** `bench` as people run it: the same queries on two real engines. */
import {execFileSync} from 'node:child_process';
import {writeFile} from 'node:fs/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {createDatabase, psql, withPostgres} from '../support/postgres.ts';
import {withProject} from '../support/project.ts';
import {has} from '../support/require.ts';

const it = suite('bench');

const rows = `
  WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2000)
  INSERT INTO t SELECT i, 'name ' || (i % 7), i * 0.1, i % 2 = 0 FROM n;`;

const ours = `CREATE TABLE t (id INTEGER PRIMARY KEY, name TEXT, price REAL, active BOOLEAN,
  at TEXT DEFAULT '2026-01-02T03:04:05Z', raw BLOB DEFAULT x'00ff', doc TEXT DEFAULT '{"b":1,"a":[1.0]}');
  ${rows.replace('INTO t', 'INTO t (id, name, price, active)')}`;

const theirs = `CREATE TABLE t (id bigint PRIMARY KEY, name text, price double precision, active boolean,
  at timestamptz DEFAULT '2026-01-02 04:04:05+01', raw bytea DEFAULT '\\x00ff', doc jsonb DEFAULT '{"a":[1.0],"b":1}');
  ${rows.replace('INTO t', 'INTO t (id, name, price, active)')}`;

const queries = `
-- the queries that the application runs most
-- name: all columns
SELECT * FROM t ORDER BY id;
-- name: groups
SELECT name, count(*), sum(price), avg(price), max(active) FROM t GROUP BY name; -- any order
-- name: months [sqlite]
SELECT strftime('%Y-%m', at) AS month, count(*) FROM t GROUP BY 1;
-- name: months [postgres]
SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM') AS month, count(*) FROM t GROUP BY 1;
-- name: same names
SELECT 1 AS a, 2 AS a, NULL, 9007199254740993, 'it''s
two lines', 0.1 + 0.2;
`;

type Row = {
  name: string;
  comparison?: {verdict: string; rows: {sqlite: number; postgres: number}; differences: string[]};
  refusal?: {engine: string; message: string};
  milliseconds?: {sqlite: number[]; postgres: number[]};
  plans?: {sqlite: string; postgres: string};
};

const withBoth = async (
  use: (
    bench: (
      text: string,
      ...more: readonly string[]
    ) => Promise<{exit: number; rows: Row[]; out: string}>,
    hands: {
      readonly lite: (sql: string) => string;
      readonly grown: (sql: string) => Promise<string>;
    },
  ) => Promise<void>,
) =>
  withPostgres({}, async (server) => {
    await createDatabase(server, 'app', {sql: theirs.replace('max(active)', 'bool_or(active)')});
    await withProject(server.url('app'), async (run, project) => {
      const file = `${project}/app.db`;
      const lite = (sql: string) => execFileSync('sqlite3', [file], {input: sql, encoding: 'utf8'});
      lite(ours);
      await use(
        async (text, ...more) => {
          await writeFile(`${project}/q.sql`, text);
          const source = more.includes('--sqlite-path') ? [] : ['--sqlite-path', file];
          const words = ['--queries', `${project}/q.sql`, ...source, ...more];
          const {exitCode, stdout, stderr} = await run('bench', words);
          const isJson = more.includes('--json') && exitCode !== 2;
          const answered = isJson ? (JSON.parse(stdout) as {queries: Row[]}).queries : [];
          return {exit: exitCode ?? -1, rows: answered, out: `${stdout}${stderr}`};
        },
        {lite, grown: (sql) => psql(server, sql, {database: 'app'})},
      );
    });
  });

if (has('postgres') && has('sqlite')) {
  const text = queries.replace('max(active)', 'max(CASE WHEN active THEN 1 ELSE 0 END)');

  it('compares what both engines answer, and then shows medians and plans', () =>
    withBoth(async (bench, {lite, grown}) => {
      const {exit, rows} = await bench(text, '--json', '--runs', '3');
      const verdicts = rows.map(({name, comparison}) => [
        name,
        comparison?.verdict,
        comparison?.rows.postgres,
      ]);
      assert.equal(verdicts[0], ['all columns', 'same', 2000]);
      assert.equal(
        verdicts.map(([name]) => name),
        ['all columns', 'groups', 'months', 'same names'],
      );
      assert.ok(['same', 'other order'].includes(String(verdicts[1]?.[1])), String(verdicts[1]));
      assert.equal(verdicts[2], ['months', 'same', 1]);
      assert.equal(verdicts[3], ['same names', 'same', 1]);
      assert.is(exit, 0);
      for (const {milliseconds, plans} of rows) {
        assert.is(milliseconds?.sqlite.length, 3);
        assert.is(milliseconds?.postgres.length, 3);
        assert.ok(milliseconds?.postgres.every((time) => time > 0));
        assert.match(plans?.postgres ?? '', /actual time=/);
        assert.ok((plans?.sqlite ?? '') !== '');
      }
      const told = await bench(text, '--runs', '1');
      assert.match(told.out, /all columns +2,000 +same +\d/);
      assert.match(told.out, /Seq Scan|Index Scan/);
      assert.is(await grown('SELECT count(*) FROM t'), '2000');
      assert.is(lite('SELECT count(*) FROM t').trim(), '2000');
    }));

  it('shows no time for a query whose rows differ, and names the rows (exit 4)', () =>
    withBoth(async (bench, {grown}) => {
      await grown("UPDATE t SET name = 'other' WHERE id = 7; DELETE FROM t WHERE id = 2000");
      const text =
        '-- name: good\nSELECT id FROM t WHERE id < 5;\n-- name: bad\nSELECT id, name FROM t;\n';
      const {exit, rows} = await bench(text, '--json');
      assert.is(exit, 4);
      const [good, bad] = rows;
      assert.is(good?.comparison?.verdict, 'same');
      assert.ok(good?.milliseconds);
      assert.is(bad?.comparison?.verdict, 'different');
      assert.is(bad?.milliseconds, undefined);
      assert.equal(bad?.comparison?.differences, [
        'only in sqlite: 7 | name 0',
        'only in sqlite: 2000 | name 5',
        'only in postgres: 7 | other',
      ]);
      const {out} = await bench(text);
      assert.match(out, /bad +1,999 +different *\n/);
    }));

  it('tells another order, which collations make, apart from other rows', () =>
    withBoth(async (bench) => {
      const text = `-- name: ordered\nSELECT id FROM t WHERE id < 4 ORDER BY id;
-- name: turned [sqlite]\nSELECT id FROM t WHERE id < 4 ORDER BY id;
-- name: turned [postgres]\nSELECT id FROM t WHERE id < 4 ORDER BY id DESC;\n`;
      const {exit, rows} = await bench(text, '--json');
      assert.equal(
        rows.map(({comparison}) => comparison?.verdict),
        ['same', 'other order'],
      );
      assert.is(exit, 0);
    }));

  it('says which engine refuses a query, and goes on with the others', () =>
    withBoth(async (bench) => {
      const text = `-- name: lite alone\nSELECT julianday('now');\n-- name: grown alone\nSELECT now();
-- name: none\nSELECT * FROM nowhere;\n-- name: both\nSELECT 1;\n`;
      const {exit, rows} = await bench(text, '--json');
      assert.is(exit, 4);
      assert.equal(
        rows.map(({refusal}) => refusal?.engine),
        ['postgres', 'sqlite', 'sqlite', undefined],
      );
      assert.match(rows[0]?.refusal?.message ?? '', /julianday/);
      assert.ok(rows[3]?.milliseconds);
    }));

  it('changes nothing and runs no command, whatever the file says', () =>
    withBoth(async (bench, {grown}) => {
      for (const sql of [
        'DELETE FROM t',
        '.shell touch x',
        '\\! touch x',
        'PRAGMA user_version = 1',
        '',
      ]) {
        const {exit, out} = await bench(`-- name: bad\n${sql};\n`);
        assert.is(exit, 2, out);
      }
      const hidden =
        '-- name: hidden\nWITH gone AS (DELETE FROM t RETURNING id) SELECT count(*) FROM gone;\n';
      assert.is((await bench(hidden, '--json')).exit, 4);
      const twice = '-- name: twice\nSELECT 1; DELETE FROM t;\n';
      assert.is((await bench(twice, '--json')).exit, 2);
      assert.is(await grown('SELECT count(*) FROM t'), '2000');
    }));

  it('refuses a file that is no SQLite database, and makes none where there was none', () =>
    withBoth(async (bench) => {
      for (const file of ['/nowhere/app.db', '/etc/hostname', '/tmp']) {
        const {exit, out} = await bench('-- name: a\nSELECT 1;\n', '--sqlite-path', file);
        assert.is(exit, 6, out);
        assert.match(out, /can't be read as a SQLite database/);
      }
    }));
}

it.run();
