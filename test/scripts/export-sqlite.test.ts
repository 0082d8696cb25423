/** `export --sqlite-path` of databases that never came from SQLite, and its faults. */
import {readdirSync, statSync, writeFileSync} from 'node:fs';
import {readFile} from 'node:fs/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {askFile} from '../support/migrated.ts';
import {createDatabase, psql, startPostgres, type TestServer} from '../support/postgres.ts';
import {ok, withProject} from '../support/project.ts';
import {has} from '../support/require.ts';

const it = suite('export into SQLite');

const sql = `
CREATE TYPE mood AS ENUM ('sad', 'it''s ok'); CREATE TYPE pair AS (a int, b text); CREATE DOMAIN positive AS int CHECK (VALUE > 0);
CREATE TABLE "odd ""name'; \\! x" (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, j jsonb, l text[], at timestamptz DEFAULT now(), b bytea,
  n numeric(10,2), big numeric, f real, d float8, u uuid, m mood, i inet, r int4range, p pair, o positive DEFAULT 5, ok boolean NOT NULL DEFAULT true,
  twice bigint GENERATED ALWAYS AS (id * 2) STORED, CHECK (d > 0 OR d IS NULL), CHECK (m <> 'sad' OR n / 2 > 1));
INSERT INTO "odd ""name'; \\! x" (j, l, at, b, n, big, f, d, u, m, i, r, p) VALUES
  ('{"x": 1.0}', '{a,NULL,"b,c"}', '2026-01-02 03:04:05.5+01', '\\x00ff', 1.50, 12345678901234567890.10, 0.1, 0.1, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', 'it''s ok', '10.0.0.1/8', '[1,5)', '(1,x)'),
  (NULL, '{}', 'infinity', '', 2, 1, 'NaN', 'Infinity', NULL, NULL, NULL, 'empty', NULL);
CREATE TABLE child (a int, b text, parent bigint REFERENCES "odd ""name'; \\! x" (id) ON DELETE CASCADE, PRIMARY KEY (a, b), UNIQUE (b, a));
CREATE INDEX low ON child (lower(b) DESC) WHERE a > 1; CREATE INDEX gin ON "odd ""name'; \\! x" USING gin (j);
INSERT INTO child VALUES (1, E'line\\n.shell echo\\r\\\\ \\x01\\x02', 1), (2, '''', NULL);
CREATE TABLE parts (k int, v text) PARTITION BY LIST (k); CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1); INSERT INTO parts VALUES (1, '\\.');
CREATE VIEW seen AS SELECT 1 AS one; CREATE FUNCTION f() RETURNS int LANGUAGE sql AS 'SELECT 1';
`;

if (has('postgres') && has('sqlite')) {
  let server: TestServer & {end(): Promise<void>};
  let databases = 0;
  it.before(async () => {
    server = await startPostgres();
  });
  it.after(async () => {
    await server?.end();
  });

  type Run = Parameters<Parameters<typeof withProject>[1]>[0];
  const withDatabase = async (
    use: (run: Run, project: string, ask: (text: string) => Promise<string>) => Promise<void>,
  ) => {
    databases += 1;
    const database = `export_${databases}`;
    await createDatabase(server, database, {sql});
    await withProject(server.url(database), (run, project) =>
      use(run, project, (text) => psql(server, text, {database})),
    );
  };

  it('makes tables by the types of PostgreSQL, and tells what it leaves out', () =>
    withDatabase(async (run, project) => {
      const file = `${project}/out.db`;
      const answer = JSON.parse(ok(await run('export', ['--sqlite-path', file, '--json'])));
      assert.is(statSync(file).mode & 0o777, 0o600);
      const own = `"odd ""name'; \\! x"`;
      const row = askFile(
        file,
        `SELECT json_array(id, j, l, at, hex(b), n, big, f, CAST(d AS TEXT), u, m, i, r, p, o, ok, twice, typeof(n), typeof(big), typeof(d)) FROM ${own}`,
      );
      assert.equal(
        row.split('\n').map((line) => JSON.parse(line)),
        [
          [
            1,
            '{"x": 1.0}',
            '["a",null,"b,c"]',
            '2026-01-02T02:04:05.500000Z',
            '00FF',
            1.5,
            '12345678901234567890.10',
            0.1,
            '0.1',
            'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
            "it's ok",
            '10.0.0.1/8',
            '[1,5)',
            '{"a":1,"b":"x"}',
            5,
            1,
            2,
            'real',
            'text',
            'real',
          ],
          [
            2,
            null,
            '[]',
            'infinity',
            '',
            2,
            '1',
            'NaN',
            'Inf',
            null,
            null,
            null,
            'empty',
            null,
            5,
            1,
            4,
            'integer',
            'text',
            'real',
          ],
        ],
      );
      const lost = answer.notCarried.map(({what}: {what: string}) => what.replace(/ o[nf] .*/, ''));
      assert.equal(
        lost.toSorted(),
        [
          `'${'odd "name\'; \\! x'}_check'`,
          "'twice'",
          "function 'f'",
          "index 'gin'",
          'what the domain',
          "view 'seen'",
        ].toSorted(),
      );
      assert.match(
        askFile(file, `SELECT sql FROM sqlite_schema WHERE name = 'low'`),
        /lower .* DESC\) WHERE \( "a" > 1 \)/,
      );
      assert.is(askFile(file, `SELECT seq FROM sqlite_sequence`), '2');
      assert.is(
        askFile(file, `SELECT hex(b) FROM child WHERE a = 1`),
        '6C696E650A2E7368656C6C206563686F0D5C200102',
      );
      assert.is(askFile(file, 'SELECT v FROM parts'), '\\.');
      assert.is(askFile(file, 'PRAGMA foreign_key_check'), '');
    }));

  it('replaces no file, takes the tables that are named, and needs a name', () =>
    withDatabase(async (run, project) => {
      const file = `${project}/out.db`;
      writeFileSync(file, 'mine');
      assert.is((await run('export', ['--sqlite-path', file])).exitCode, 2);
      assert.is(await readFile(file, 'utf8'), 'mine');
      ok(await run('export', ['--sqlite-path', `${project}/some.db`, '--include', 'ch*']));
      assert.is(
        askFile(
          `${project}/some.db`,
          `SELECT group_concat(name) FROM sqlite_schema WHERE type = 'table'`,
        ),
        'child',
      );
      assert.is(
        (await run('export', ['--sqlite-path', `${project}/no.db`, '--include', 'none'])).exitCode,
        2,
      );
      assert.is((await run('export', [])).exitCode, 2);
      const nowhere = await run('export', ['--sqlite-path', `${project}/none/no.db`]);
      assert.is(nowhere.exitCode, 2);
      assert.match(nowhere.stderr, /there is no folder '.*none' to write to/);
      assert.equal(
        readdirSync(project)
          .filter((name) => /\.db|incoming/.test(name))
          .toSorted(),
        ['out.db', 'some.db'],
      );
    }));

  it('leaves no file where rows are hidden from the role', () =>
    withDatabase(async (run, project, ask) => {
      await ask(`CREATE EXTENSION IF NOT EXISTS plpgsql; CREATE ROLE weak LOGIN`);
      await ask(
        `ALTER TABLE child ENABLE ROW LEVEL SECURITY; GRANT SELECT ON ALL TABLES IN SCHEMA public TO weak`,
      );
      const env = {DATABASE_URL: server.url(`export_${databases}`).replace('postgres@', 'weak@')};
      const weak = await run('export', ['--sqlite-path', `${project}/weak.db`], {env});
      assert.is(weak.exitCode, 6, weak.stderr);
      assert.match(weak.stderr, /'(empty|child)' \(row-level security\)/);
      assert.match(weak.stderr, /ALTER ROLE weak BYPASSRLS/);
      assert.not(readdirSync(project).some((name) => name.startsWith('weak.db')));
      await ask(`REVOKE SELECT ON child FROM weak`);
      const blind = await run('export', ['--sqlite-path', `${project}/weak.db`], {env});
      assert.is(blind.exitCode, 6, blind.stderr);
      assert.match(blind.stderr, /may not read 'child'/);
      assert.match(blind.stderr, /GRANT SELECT ON public.child TO weak/);
      ok(await run('export', ['--sqlite-path', `${project}/weak.db`, '--exclude', 'child'], {env}));
    }));
}

it.run();
