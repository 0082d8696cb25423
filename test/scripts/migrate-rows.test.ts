/** The door of migrate where rows alone are brought, or some of them are not. */
import {existsSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type DoorResult, door} from '../support/door.ts';
import {makeSqlite} from '../support/migrated.ts';
import {createDatabase, psql, startPostgres, type TestServer} from '../support/postgres.ts';
import {ok} from '../support/project.ts';
import {has} from '../support/require.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('migrate door: rows');

const sql = `CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT NOT NULL, born TEXT, seen DATETIME, raw BLOB, mixed);
  INSERT INTO author VALUES (1, 'Ada', '1815', '2020-01-02 03:04:05', x'00', 1), (2, 'Grace', 'unknown', NULL, 'text', 'two');`;

const exits = ({exitCode, stdout, stderr}: DoorResult, expected: number, says: RegExp) => {
  assert.is(exitCode, expected, stdout + stderr);
  assert.match(stdout + stderr, says);
};

if (has('postgres') && has('sqlite')) {
  let server: TestServer & {end(): Promise<void>};
  let databases = 0;
  it.before(async () => {
    server = await startPostgres();
  });
  it.after(async () => {
    await server?.end();
  });

  type Place = {
    readonly project: string;
    run(...words: readonly string[]): Promise<DoorResult>;
    undo(): Promise<DoorResult>;
    ask(statements: string): Promise<string>;
  };

  const withPlace = (use: (place: Place) => Promise<void>) =>
    withTempFolder(async (project) => {
      databases += 1;
      const database = `rows_${databases}`;
      await createDatabase(server, database);
      const file = makeSqlite(project, sql);
      const verb = (name: string, ...words: readonly string[]) =>
        door(name, ['--project', project, ...words], {env: {DATABASE_URL: server.url(database)}});
      await use({
        project,
        run: (...words) => verb('migrate', '--sqlite-path', file, ...words),
        undo: () => verb('undo', '--yes'),
        ask: (statements) => psql(server, statements, {database}),
      });
    });

  it('finds rows in the types of the application the same, and other values of them', () =>
    withTempFolder(async (project) => {
      await createDatabase(server, 'rows_typed', {
        sql: 'CREATE TABLE t (id int PRIMARY KEY, flag boolean, exact numeric(10,2), near float8, number int, at timestamptz, local timestamp)',
      });
      const file = makeSqlite(
        project,
        `CREATE TABLE t (id INTEGER PRIMARY KEY, flag INTEGER, exact INTEGER, near INTEGER, number BOOLEAN, at DATETIME, local DATETIME);
         INSERT INTO t VALUES (1, 1, 5, 7, 1, '2020-07-01 00:30:00', '2020-07-01T00:30:00Z'), (2, 0, -5, 1000000, 0, '1999-12-31 23:59:59', '1999-12-31T23:59:59Z'), (3, NULL, NULL, NULL, NULL, NULL, NULL);`,
      );
      const run = (...words: readonly string[]) =>
        door('migrate', ['--project', project, '--sqlite-path', file, ...words], {
          env: {DATABASE_URL: server.url('rows_typed')},
        });
      ok(await run('--data-only'));
      assert.match(ok(await run('--verify-only')), /^same +t, 3 rows/);
      const changes = [
        'flag = NOT flag',
        'exact = 5.01',
        'near = 7.5',
        'number = 2',
        `at = at + '1 us'`,
      ];
      for (const change of changes) {
        await psql(server, `UPDATE t SET ${change} WHERE id = 1`, {database: 'rows_typed'});
        exits(await run('--verify-only'), 4, /DIFFERENT +t, 3 rows/);
        await psql(
          server,
          `UPDATE t SET flag = true, exact = 5, near = 7, number = 1, at = '2020-07-01 00:30:00+00' WHERE id = 1`,
          {
            database: 'rows_typed',
          },
        );
      }
      assert.match(ok(await run('--verify-only')), /^same +t, 3 rows/);
    }));

  it('names a table whose rows are hidden from its owner, and the way out', () =>
    withTempFolder(async (project) => {
      await createDatabase(server, 'rows_hidden', {
        sql: `CREATE ROLE keeper LOGIN; GRANT CREATE ON DATABASE rows_hidden TO keeper; GRANT ALL ON SCHEMA public TO keeper;
          SET ROLE keeper; CREATE TABLE t (id int PRIMARY KEY); ALTER TABLE t ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;`,
      });
      const file = makeSqlite(
        project,
        `CREATE TABLE t (id INTEGER PRIMARY KEY); INSERT INTO t VALUES (1);`,
      );
      const env = {DATABASE_URL: server.url('rows_hidden').replace('postgres@', 'keeper@')};
      const run = (...words: readonly string[]) =>
        door('migrate', ['--project', project, '--sqlite-path', file, ...words], {env});
      const refused = await run('--data-only');
      exits(refused, 6, /'keeper' would not see every row of 't' \(row-level security\)/);
      assert.match(refused.stderr, /ALTER TABLE public.t NO FORCE ROW LEVEL SECURITY/);
      // What is put aside by a migrate of definitions needs no counting.
      assert.match(ok(await run('--dry-run')), /t +1/);
      await psql(server, 'ALTER TABLE t NO FORCE ROW LEVEL SECURITY', {database: 'rows_hidden'});
      ok(await run('--data-only'));
    }));

  it('brings definitions first and rows later: the same as both at once', () =>
    withPlace(async ({run, undo, ask}) => {
      ok(await run('--schema-only'));
      const plan = ok(await run('--data-only', '--dry-run'));
      assert.match(plan, /author +2 +fills the empty table/);
      assert.is(await ask('SELECT count(*) FROM author'), '0');
      assert.match(ok(await run('--data-only')), /author: 2 rows came/);
      assert.match(ok(await run('--verify-only')), /^same +author, 2 rows\n\nsample of author/);
      exits(await run('--data-only'), 2, /table 'author' with 2 rows; nothing was touched/);
      exits(await run('--data-only', '--on-existing', 'truncate'), 2, /needs --yes/);
      await ask(`UPDATE author SET name = 'Edith' WHERE id = 1`);
      exits(await run('--data-only', '--on-existing', 'append'), 4, /1 of 'author': \(1\)/);
      ok(await run('--data-only', '--on-existing', 'truncate', '--yes'));
      assert.is(await ask('SELECT name FROM author WHERE id = 1'), 'Ada');
      ok(await undo());
      assert.is(await ask('SELECT name FROM author WHERE id = 1'), 'Edith');
      assert.is(await ask(`INSERT INTO author (name) VALUES ('x') RETURNING id`), '3');
      exits(await run('--on-existing', 'append'), 2, /--data-only/);
      exits(await run('--data-only', '--force-recreate'), 2, /cannot be used with/);
    }));

  it('keeps a file of what is rejected, and goes on only where it may', () =>
    withPlace(async ({run, ask, project}) => {
      const map = join(project, 'map.yaml');
      writeFileSync(
        map,
        'tables: {author: {columns: {born: {type: integer, on-odd: reject}, raw: {on-odd: "null"}}}}',
      );
      const rejects = join(project, 'rejects');
      const file = join(rejects, 'author.jsonl');
      const words = ['--map', map, '--rejects', rejects];
      assert.match(ok(await run('--map', map, '--dry-run')), /taken: author\.born: 1 row rejected/);
      assert.not(existsSync(rejects));
      exits(await run(...words), 4, /1 row would be rejected.*nothing was touched/);
      assert.is(await ask(`SELECT to_regclass('author') IS NULL`), 't');
      assert.is(statSync(file).mode & 0o777, 0o600);
      assert.equal(readdirSync(rejects), ['author.jsonl']);
      const report = join(project, 'report.md');
      exits(await run(...words, '--report', join(project, 'none', 'r.md')), 2, /can't be written/);
      const done = await run(...words, '--no-strict', '--json', '--report', report);
      assert.is(done.exitCode, 4, done.stderr);
      const {accounts} = JSON.parse(done.stdout);
      assert.equal(
        accounts.map(({table, rows, rejected}: Record<string, unknown>) => [table, rows, rejected]),
        [['author', 2, 1]],
      );
      assert.match(readFileSync(report, 'utf8'), /\| author \| 2 \| 1 \|/);
      assert.is(await ask('SELECT id, born, pg_typeof(born) FROM author'), '1|1815|integer');
      const verify = ['--verify-only', '--map', map];
      exits(
        await run(...verify),
        4,
        /same +author(?:.|\n)*not there, as the map has it: author\.born: 1 row/,
      );
      ok(await run(...verify, '--no-strict'));
      writeFileSync(file, 'of another run');
      exits(
        await run(...words, '--force-recreate', '--yes'),
        2,
        /is there already, with other lines/,
      );
      assert.is(readFileSync(file, 'utf8'), 'of another run');
      rmSync(file);
      exits(await run(...words, '--force-recreate', '--yes'), 4, /nothing was touched/);
      const lines = readFileSync(file, 'utf8').trimEnd().split('\n');
      assert.equal(
        lines
          .map((line) => JSON.parse(line))
          .map(({rowid, column, deed, value}) => [rowid, column, deed, value]),
        [
          [2, 'born', 'reject', 'unknown'],
          [2, 'raw', 'null', 'text'],
        ],
      );
    }));
}

it.run();
