/** Several databases in one migrate. */
import {renameSync, writeFileSync} from 'node:fs';
import {dirname, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {aliasesOf, mapOfSource} from '../../lib/model/migrate/map-of-source.ts';
import {type DoorResult, door} from '../support/door.ts';
import {makeSqlite} from '../support/migrated.ts';
import {createDatabase, psql, startPostgres, type TestServer} from '../support/postgres.ts';
import {ok} from '../support/project.ts';
import {has} from '../support/require.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('a migrate from several databases');

it('calls each database by the name of its file, as ATTACH would', () => {
  assert.equal(aliasesOf(['/a/shop.db', '/b/shop.sqlite3', '/b/Shop', '/c/.db']), [
    'shop',
    'shop_2',
    'Shop_3',
    'main',
  ]);
});

it('finds in a map what is said of one database before what is said of all', () => {
  const known = [{table: 'Users', columns: [], key: []}];
  const tables = {users: {name: 'a'}, 'Shop.users': {name: 'b'}, other: {}, 'log.users': {}};
  const lines: string[][] = [];
  const lineOf = (path: readonly string[]) => lines.push([...path]);
  const map = mapOfSource({tables, lineOf}, {alias: 'shop', known});
  assert.equal(map.tables, {users: {name: 'b'}});
  map.lineOf?.(['tables', 'Users', 'columns']);
  assert.equal(lines, [['tables', 'Shop.users', 'columns']]);
  assert.equal(mapOfSource({tables}, {alias: 'crm', known}).tables, {users: {name: 'a'}});
});

if (has('postgres') && has('sqlite')) {
  let server: TestServer & {end(): Promise<void>};
  let databases = 0;
  it.before(async () => {
    server = await startPostgres();
  });
  it.after(async () => {
    await server?.end();
  });

  const common = `CREATE TABLE users (id INTEGER PRIMARY KEY, name TEXT COLLATE NOCASE); CREATE INDEX by_name ON users (name);`;
  const shopSql = `${common} INSERT INTO users VALUES (1, 'Ada'); CREATE TABLE orders (id INTEGER PRIMARY KEY, user INT REFERENCES users (id)); INSERT INTO orders VALUES (7, 1);`;
  const logSql = `${common} INSERT INTO users VALUES (5, 'Log'), (6, NULL); CREATE TABLE line (at TEXT, who INT REFERENCES users (id)); INSERT INTO line VALUES ('x', 6);`;

  type Bench = {
    readonly run: (...words: readonly string[]) => Promise<DoorResult>;
    readonly ask: (sql: string) => Promise<string>;
    readonly map: string;
  };

  const named = (folder: string, name: string, sql: string): string => {
    const file = makeSqlite(folder, sql);
    const other = join(dirname(file), name);
    renameSync(file, other);
    return other;
  };

  const withTwo = (use: (bench: Bench) => Promise<void>) =>
    withTempFolder(async (project) => {
      databases += 1;
      const database = `several_${databases}`;
      await createDatabase(server, database);
      const files = [named(project, 'shop.db', shopSql), named(project, 'log.db', logSql)];
      const sources = files.flatMap((file) => ['--sqlite-path', file]);
      await use({
        run: (...words) =>
          door('migrate', ['--project', project, ...sources, ...words], {
            env: {DATABASE_URL: server.url(database)},
          }),
        ask: (sql) => psql(server, sql, {database}),
        map: join(project, 'map.yaml'),
      });
    });

  it('refuses a name that two of them have, and says how to tell them apart', () =>
    withTwo(async ({run, ask}) => {
      const {exitCode, stderr} = await run();
      assert.is(exitCode, 2, stderr);
      assert.match(
        stderr,
        /'shop\.users' and 'log\.users' would both be 'users'; nothing was touched/,
      );
      assert.match(stderr, /tables: \{"log\.users": \{name/);
      assert.is(await ask(`SELECT count(*) FROM pg_class WHERE relname = 'users'`), '0');
    }));

  it('brings the tables of both in one move, compared, with their own keys and indexes', () =>
    withTwo(async ({run, ask, map}) => {
      writeFileSync(
        map,
        `tables:\n  log.users: {name: log_users}\nafter: ["COMMENT ON TABLE log_users IS 'once'"]\n`,
      );
      const words = ['--map', map];
      const plan = ok(await run(...words, '--dry-run'));
      assert.match(plan, /log\.users → log_users +2/);
      assert.match(plan, /log\.users\.name +TEXT/);
      const done = JSON.parse(ok(await run(...words, '--json')));
      assert.equal(
        done.tables.map(({source, name, rows}: Record<string, unknown>) => [source, name, rows]),
        [
          ['shop.orders', 'orders', 1],
          ['shop.users', 'users', 1],
          ['log.line', 'line', 1],
          ['log.users', 'log_users', 2],
        ],
      );
      assert.equal(done.notCarried, []);
      assert.is(done.otherCopies.length, 1);
      assert.is(
        await ask(
          `SELECT name FROM users WHERE name = 'ADA'; SELECT count(name) FROM log_users;
           SELECT string_agg(conrelid::regclass || ' ' || confrelid::regclass, ', ' ORDER BY 1) FROM pg_constraint WHERE contype = 'f' AND convalidated;
           SELECT count(*) FROM pg_indexes WHERE indexname LIKE 'by_name%'; INSERT INTO log_users (name) VALUES ('n') RETURNING id`,
        ),
        'Ada\n1\norders users, line log_users\n2\n7',
      );
      const {exitCode, stdout} = await run(...words, '--verify-only');
      assert.is(exitCode, 4);
      assert.match(stdout, /DIFFERENT +log\.users/);
      assert.match(stdout, /same +shop\.users/);
    }));

  it('writes the plan of both as one map, which makes the same plan', () =>
    withTwo(async ({run, map}) => {
      writeFileSync(map, 'tables:\n  log.users: {skip: true}\n');
      const first = JSON.parse(
        ok(await run('--dry-run', '--json', '--map', map, '--write-map', map)),
      );
      const second = JSON.parse(ok(await run('--dry-run', '--json', '--map', map)));
      assert.equal({...second.plan, run: ''}, {...first.plan, run: ''});
      assert.equal(second.decisions, first.decisions);
    }));

  it('names the line of a table that none of them has, and a pattern that finds nothing', () =>
    withTwo(async ({run, map}) => {
      writeFileSync(map, 'tables:\n  log.users: {skip: true}\n  log.nothing: {skip: true}\n');
      const wrong = await run('--map', map);
      assert.is(wrong.exitCode, 3, wrong.stderr);
      assert.match(wrong.stderr, /line 3: there is no table 'nothing'/);
      writeFileSync(map, 'tables:\n  nothing: {skip: true}\n');
      const nowhere = await run('--map', map);
      assert.is(nowhere.exitCode, 3, nowhere.stderr);
      assert.match(nowhere.stderr, /line 2: there is no table 'nothing' in the sources/);
      const pattern = await run('--include', 'nothing');
      assert.is(pattern.exitCode, 2, pattern.stderr);
      ok(await run('--include', 'orders', '--include', 'line'));
    }));
}

it.run();
