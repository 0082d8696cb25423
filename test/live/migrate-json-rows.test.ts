/** The file that `export --json-path` writes, as tables of another database. */
import {readdir, readFile, writeFile} from 'node:fs/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {DoorResult} from '../support/door.ts';
import {createDatabase, psql, startPostgres, type TestServer} from '../support/postgres.ts';
import {ok, withProject} from '../support/project.ts';
import {has} from '../support/require.ts';

const it = suite('migrate of rows of JSON');

const shop = `
CREATE TABLE "Odd ""name""" (id int PRIMARY KEY, "Tab	le" text, xmin_ text);
INSERT INTO "Odd ""name""" VALUES (2, E'a\\tb\\n\\\\c', NULL), (1, E'\\x01 é 𝄞 "q"', '');
CREATE TABLE kinds (
  id bigint PRIMARY KEY, is_on boolean, exact numeric, wide numeric, ratio double precision, whole integer,
  said text, document jsonb, kept json, at timestamptz, list text[], bytes bytea, never text, odd double precision);
INSERT INTO kinds VALUES
  (1, true, 1.50, 123456789012345678901234567890.123456789, 0.1, 7, 'x', '{"b": [1.0, null], "aa": "é"}', '{"z":1, "a":  2, "a":3}', '2026-01-02 03:04:05.6Z', '{a,"b c"}', '\\x00ff', NULL, '-0'),
  (9007199254740993, NULL, NULL, -1e-20, 1e20, -7, '', 'null', NULL, NULL, NULL, '\\x', NULL, 'NaN'),
  (3, false, 0, 1e300, -2.5, 0, E'line\\nbreak', '[]', '"x"', 'infinity', '{}', NULL, NULL, 1);
CREATE TABLE empty (id int);
CREATE TABLE many AS SELECT n AS id, 'row ' || n AS said, CASE WHEN n % 3 = 0 THEN n / 4.0 END AS part FROM generate_series(1, 5000) AS n;
`;

if (has('postgres')) {
  let server: TestServer & {end(): Promise<void>};
  let pairs = 0;
  it.before(async () => {
    server = await startPostgres();
  });
  it.after(() => server?.end());

  type Bench = {
    readonly run: (verb: string, ...words: readonly string[]) => Promise<DoorResult>;
    /** The same against the database that the rows come from. */
    readonly before: (verb: string, ...words: readonly string[]) => Promise<DoorResult>;
    readonly ask: (sql: string) => Promise<string>;
    readonly change: (sql: string) => Promise<string>;
    readonly project: string;
    readonly kept: () => Promise<readonly string[]>;
  };

  const withPair = async (use: (bench: Bench) => Promise<void>) => {
    pairs += 1;
    const [first, second] = [`from_${pairs}`, `into_${pairs}`];
    for (const name of [first, second]) await createDatabase(server, name);
    await withProject(server.url(second), (run, project) =>
      use({
        project,
        run: (verb, ...words) => run(verb, words),
        before: (verb, ...words) => run(verb, words, {env: {DATABASE_URL: server.url(first)}}),
        change: (sql) => psql(server, sql, {database: first}),
        ask: (sql) => psql(server, sql, {database: second}),
        kept: () => readdir(`${project}/backups/.sources`).catch(() => []),
      }),
    );
  };

  it('brings every table and value of an export, and exports the same again', () =>
    withPair(async ({run, before, ask, change, project, kept}) => {
      await change(shop);
      const [file, again] = [`${project}/rows.json`, `${project}/again.json`];
      ok(await before('export', '--json-path', file));
      const dry = ok(await run('migrate', '--json-path', file, '--dry-run'));
      assert.match(dry, /kinds\.wide.*numeric/);
      assert.match(dry, /table 'empty': it has no row that tells its columns/);
      assert.equal(await kept(), []);
      assert.is(await ask(`SELECT count(*) FROM pg_tables WHERE schemaname = 'public'`), '0');
      const told = ok(await run('migrate', '--json-path', file));
      assert.match(told, /3 tables with 5,005 rows are in/);
      assert.match(told, /sample of many, 3 of 5000 rows/);
      assert.not.match(told, /no such row/);
      assert.is(
        await ask(
          `SELECT string_agg(attname || ' ' || atttypid::regtype, ', ' ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'kinds'::regclass AND attnum > 0`,
        ),
        'id bigint, is_on boolean, exact numeric, wide numeric, ratio numeric, whole bigint, said text, document jsonb, kept json, at text, list json, bytes text, never text, odd json',
      );
      ok(await run('export', '--json-path', again));
      const [old, now] = await Promise.all([file, again].map((path) => readFile(path, 'utf8')));
      // Rows lie in the order that they came in; 1e20 is a number with all its digits now.
      assert.is(
        now,
        old?.replace('"empty": [\n],\n', '').replace('"ratio":1e+20', `"ratio":1${'0'.repeat(20)}`),
      );
      assert.match(ok(await run('migrate', '--json-path', file, '--verify-only')), /same {2}many/);
      await ask(`UPDATE many SET said = 'other' WHERE id = 17`);
      const other = await run('migrate', '--json-path', file, '--verify-only');
      assert.is(other.exitCode, 4, other.stdout);
      assert.match(other.stdout, /DIFFERENT {2}many/);
      assert.is((await run('migrate', '--json-path', file, '--yes')).exitCode, 2);
      ok(await run('migrate', '--json-path', file, '--yes', '--force-recreate'));
      assert.is(await ask('SELECT said FROM many WHERE id = 17'), 'row 17');
      ok(await run('undo', '--yes'));
      assert.is(await ask('SELECT said FROM many WHERE id = 17'), 'other');
    }));

  it('makes a missing name NULL, and has a column for a name that comes late', () =>
    withPair(async ({run, ask, project}) => {
      const file = `${project}/rows.json`;
      await writeFile(file, '{\n"t": [\n{"a":1}\n,{}\n,{"b":"x","a":2.5}\n]\n}\n');
      ok(await run('migrate', '--json-path', file));
      assert.is(await ask('SELECT * FROM t'), '1|\n|\n2.5|x');
    }));

  it('refuses a file that is damaged (exit 4, its line) or comes with others; the target is what it was', () =>
    withPair(async ({run, ask, project, kept}) => {
      const file = `${project}/rows.json`;
      const damages: readonly (readonly [string | Buffer, RegExp])[] = [
        ['{\n"t": [\n{"a":1}\n,{"a":2}\n', /rows\.json' ends too early \(line 4\)/],
        ['{\n"t": [\n{"a":1}\n,{"a":}\n]\n}\n', /has "}" where JSON has none \(line 4\)/],
        [Buffer.from('{\n"t": [\n{"a":"\xff"}\n]\n}\n', 'latin1'), /is no UTF-8 \(line 3\)/],
      ];
      for (const [text, said] of damages) {
        await writeFile(file, text);
        const {exitCode, stderr} = await run('migrate', '--json-path', file);
        assert.is(exitCode, 4, stderr);
        assert.match(stderr, said);
      }
      await writeFile(file, '{\n"t": [\n{"a":1}\n]\n}\n');
      await writeFile(`${project}/plain.json`, '{"a": 1}');
      const both = await run(
        'migrate',
        '--json-path',
        `${project}/plain.json`,
        '--json-path',
        file,
      );
      assert.is(both.exitCode, 2, both.stderr);
      assert.match(both.stderr, /is an export: its tables come alone/);
      assert.equal(await kept(), []);
      assert.is(await ask(`SELECT count(*) FROM pg_tables WHERE schemaname = 'public'`), '0');
    }));
}

it.run();
