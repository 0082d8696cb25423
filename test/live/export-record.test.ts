/** What a migrate has noted for the way back: where it holds, and what is made of a note that somebody has edited. */
import {execFileSync} from 'node:child_process';
import {existsSync, renameSync, writeFileSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {dirname, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {SourceRecord} from '../../lib/model/migrate/source-record.ts';
import type {ExportedSqlite} from '../../lib/tasks/export-sqlite.ts';
import {type DoorResult, door} from '../support/door.ts';
import {askFile, makeSqlite} from '../support/migrated.ts';
import {createDatabase, psql, startPostgres, type TestServer} from '../support/postgres.ts';
import {ok} from '../support/project.ts';
import {has} from '../support/require.ts';
import {cellsIn, schemaIn} from '../support/round-trip.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('the record of a migrate from SQLite');

const sql = `CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a VARCHAR(5), b); CREATE INDEX by_a ON t (a COLLATE NOCASE DESC);
  INSERT INTO t VALUES (1, 'x', 1), (5, NULL, '1'), (7, 'y', x'31'); DELETE FROM t WHERE id = 7;
  CREATE TABLE other (n INT, t INT REFERENCES t (id)); INSERT INTO other VALUES (3000000000, 1), (4, 99), (5, 98);
  CREATE VIEW seen AS SELECT a FROM t; CREATE TRIGGER kept AFTER DELETE ON t BEGIN DELETE FROM other; END;`;

if (has('postgres') && has('sqlite')) {
  let server: TestServer & {end(): Promise<void>};
  let databases = 0;
  it.before(async () => {
    server = await startPostgres();
  });
  it.after(async () => {
    await server?.end();
  });

  type Bench = {
    readonly database: string;
    readonly project: string;
    readonly ask: (statements: string) => Promise<string>;
    readonly run: (verb: string, ...words: readonly string[]) => Promise<DoorResult>;
    /** The file, and what was told. */
    readonly exported: (...words: readonly string[]) => Promise<ExportedSqlite>;
  };

  const inDatabase = (database: string, project: string): Bench => {
    let files = 0;
    const run: Bench['run'] = (verb, ...words) =>
      door(verb, ['--project', project, ...words], {env: {DATABASE_URL: server.url(database)}});
    return {
      ...{database, project, run},
      ask: (statements) => psql(server, statements, {database}),
      async exported(...words) {
        files += 1;
        const path = join(project, `${database}-${files}.db`);
        return JSON.parse(ok(await run('export', '--sqlite-path', path, '--json', ...words)));
      },
    };
  };

  const withBench = (use: (bench: Bench) => Promise<void>) =>
    withTempFolder(async (project) => {
      databases += 1;
      const database = `record_${databases}`;
      await createDatabase(server, database);
      await use(inDatabase(database, project));
    });

  const withMigrated = (use: (bench: Bench, file: string) => Promise<void>) =>
    withBench(async (bench) => {
      const file = makeSqlite(bench.project, sql);
      ok(await bench.run('migrate', '--sqlite-path', file));
      await use(bench, file);
    });

  const isExact = (path: string, file: string) => {
    assert.is(cellsIn(path), cellsIn(file));
    assert.is(schemaIn(path), schemaIn(file));
  };

  const recordName = `(SELECT nspname FROM pg_namespace WHERE nspname LIKE 'pgkeep\\_source\\_%')`;

  it('holds in another database that pg_dump filled, and where the schema of the tables has another name', () =>
    withMigrated(async ({database, project, ask, exported}, file) => {
      const copy = `${database}_copy`;
      await createDatabase(server, copy);
      const [from, to] = [server.url(database), server.url(copy)];
      execFileSync('bash', [
        ...['-o', 'pipefail', '-c'],
        `'${server.binaries}/pg_dump' '${from}' | '${server.binaries}/psql' -X -q -v ON_ERROR_STOP=1 '${to}' > /dev/null`,
      ]);
      isExact((await inDatabase(copy, project).exported()).path, file);
      await ask('ALTER SCHEMA public RENAME TO moved');
      const moved = await exported('--schema', 'moved');
      isExact(moved.path, file);
      assert.equal(moved.decisions, []);
      assert.equal(moved.notCarried, []);
    }));

  it('tells of rows that refer to nothing, as they did before', () =>
    withMigrated(async ({exported, run, project}, file) => {
      const {orphans, path} = await exported();
      assert.equal(orphans, [{table: 'other', rows: 2}]);
      isExact(path, file);
      const told = ok(await run('export', '--sqlite-path', join(project, 'told.db')));
      assert.match(told, /2 references of rows of 'other' are to nothing/);
    }));

  it('says where SQLite itself can’t tell, and still counts the others', () =>
    withBench(async ({project, run, exported}) => {
      const odd = `CREATE TABLE p (a INT); CREATE TABLE c (a INT REFERENCES p (a)); CREATE TABLE q (id INTEGER PRIMARY KEY); CREATE TABLE d (q INT REFERENCES q); INSERT INTO d VALUES (1);`;
      const file = makeSqlite(project, odd);
      ok(await run('migrate', '--sqlite-path', file));
      const {orphans, path} = await exported();
      assert.equal(
        orphans.toSorted((a, b) => (a.table < b.table ? -1 : 1)),
        [
          {table: 'c', rows: null},
          {table: 'd', rows: 1},
        ],
      );
      isExact(path, file);
    }));

  it('is not believed of tables that somebody else than its owner has', () =>
    withMigrated(async ({ask, exported}) => {
      await ask(
        `CREATE ROLE stranger; DO $$ BEGIN EXECUTE format('ALTER SCHEMA %I OWNER TO stranger', ${recordName}); END $$`,
      );
      const {decisions, path} = await exported();
      assert.is(new Set(decisions.map(({table}) => table)).size, 2);
      assert.is(askFile(path, `SELECT count(*) FROM sqlite_schema WHERE name = 'kept'`), '0');
    }));

  it('gives way to types, and tells so, where columns came, went, or became others', () =>
    withMigrated(async ({ask, exported}) => {
      await ask(`ALTER TABLE t ADD COLUMN late numeric(5,1) DEFAULT 1.5; ALTER TABLE t DROP COLUMN b_typeof;
        ALTER TABLE other ALTER COLUMN n TYPE text; ALTER TABLE other DROP CONSTRAINT IF EXISTS x`);
      const {decisions, notCarried, path} = await exported();
      assert.equal(
        decisions.map(({table, column, declared}) => `${table}.${column} ${declared}`).toSorted(),
        ['other.n TEXT', 't.b ', 't.late NUMERIC(5,1)'],
      );
      assert.match(decisions.find(({column}) => column === 'b')?.why ?? '', /'b_typeof' is gone/);
      assert.ok(notCarried.some(({what}) => what === "trigger 'kept'"));
      assert.is(
        askFile(path, `SELECT id, a, typeof(b), late FROM t ORDER BY id`),
        `1|x|${askFile(path, 'SELECT typeof(b) FROM t WHERE id = 1')}|1.5\n5||${askFile(path, 'SELECT typeof(b) FROM t WHERE id = 5')}|1.5`,
      );
      assert.is(askFile(path, 'SELECT n, typeof(n) FROM other WHERE t = 1'), '3000000000|text');
      await ask('ALTER TABLE t DROP COLUMN a CASCADE; DROP TABLE other');
      const later = await exported();
      assert.is(askFile(later.path, "SELECT count(*) FROM pragma_table_info('t')"), '3');
    }));

  type Draft = {-readonly [Key in keyof SourceRecord]: SourceRecord[Key]};
  const statement = (name: string, text: string) => (record: Draft) => {
    record.objects = record.objects.map((object) =>
      object.name === name ? {...object, sql: text} : object,
    );
  };
  const declared = (text: string) => (record: Draft) => {
    record.tables = record.tables.map((table) => ({
      ...table,
      columns: table.columns.map((column) =>
        column.source === 'a' ? {...column, declared: text} : column,
      ),
    }));
  };
  const own = 'CREATE TABLE t (id INTEGER PRIMARY KEY AUTOINCREMENT, a VARCHAR(5), b)';
  const hostile: readonly (readonly [string, (record: Draft, trap: string) => void, RegExp?])[] = [
    [
      'a command of sqlite3 behind a statement',
      (record, trap) => statement('t', `${own};\n.shell touch ${trap}\n`)(record),
      /table 't'/,
    ],
    [
      'a comment that a later text closes',
      (record, trap) => {
        statement('other', 'CREATE TABLE other (n INT, t INT) /*')(record);
        statement('t', `${own.slice(0, -1)} DEFAULT '*/;\n.shell touch ${trap}\n')`)(record);
      },
      /table 'other'/,
    ],
    [
      'ATTACH in place of a view',
      (record, trap) => statement('seen', `ATTACH '${trap}' AS x`)(record),
      /view 'seen'/,
    ],
    [
      'a table filled from a file of this host',
      (record) => statement('t', `CREATE TABLE t AS SELECT data FROM fsdir('/etc/passwd')`)(record),
      /table 't'/,
    ],
    [
      'a second statement in a type',
      (record, trap) => declared(`TEXT);\n.shell touch ${trap}\nCREATE TABLE x (y`)(record),
    ],
    [
      'a record of which a part is none',
      (record) => void Object.assign(record, {userVersion: 1.5}),
    ],
  ];

  for (const [what, edit, told] of hostile)
    it(`comes to no harm by ${what}`, () =>
      withMigrated(async ({ask, exported}) => {
        // A column more: t is made anew, from what the record says of its columns.
        if (told === undefined) await ask('ALTER TABLE t ADD COLUMN more int');
        // A name that says no affinity.
        const trap = join(tmpdir(), `pgkeep-trap-${process.pid}`);
        const comment = await ask(
          `SELECT obj_description(oid, 'pg_namespace') FROM pg_namespace WHERE nspname = ${recordName}`,
        );
        const record = JSON.parse(comment.split('\n').at(-1) ?? '') as Draft;
        edit(record, trap);
        await ask(
          `DO $do$ BEGIN EXECUTE format('COMMENT ON SCHEMA %I IS %L', ${recordName}, $text$note\n${JSON.stringify(record)}$text$); END $do$`,
        );
        const {path, notCarried} = await exported();
        assert.not(existsSync(trap));
        assert.is(
          askFile(path, 'SELECT count(*), sum(id), max(a) FROM t; SELECT sum(n) FROM other'),
          '2|6|x\n3000000009',
        );
        if (told) assert.match(notCarried.map((lost) => lost.what).join(', '), told);
      }));

  it('is one for each of several sources: each comes back as it was, and both in one file', () =>
    withBench(async ({project, run, exported}) => {
      const common = `CREATE TABLE users (id INTEGER PRIMARY KEY, name VARCHAR(9) COLLATE NOCASE); CREATE INDEX by_name ON users (name);`;
      const sources = [
        [
          'shop',
          `${common} INSERT INTO users VALUES (1, 'Ada'); CREATE TABLE orders (n, user INT REFERENCES users (id)); INSERT INTO orders VALUES ('7', 1), (7, 1);`,
        ],
        [
          'log',
          `PRAGMA user_version = 3; ${common} INSERT INTO users VALUES (5, 'Log'); CREATE TABLE line (at TEXT, who INT REFERENCES users (id)); INSERT INTO line VALUES ('x', 5); CREATE VIEW seen AS SELECT name FROM users;`,
        ],
      ] as const;
      const [shop = '', log = ''] = sources.map(([name, text]) => {
        const file = makeSqlite(project, text);
        const named = join(dirname(file), `${name}.db`);
        renameSync(file, named);
        return named;
      });
      const map = join(project, 'map.yaml');
      writeFileSync(map, 'tables:\n  log.users: {name: log_users}\n');
      ok(await run('migrate', '--sqlite-path', shop, '--sqlite-path', log, '--map', map));
      isExact((await exported('--include', 'users', '--include', 'orders')).path, shop);
      isExact((await exported('--include', 'line', '--include', 'log_users')).path, log);
      const {path, notCarried} = await exported();
      assert.is(
        askFile(
          path,
          `SELECT name FROM users; SELECT name FROM log_users; SELECT "table" FROM pragma_foreign_key_list('line'); SELECT "table" FROM pragma_foreign_key_list('orders')`,
        ),
        'Ada\nLog\nlog_users\nusers',
      );
      assert.ok(
        notCarried.some(({what, why}) => what === "view 'seen'" && /another database/.test(why)),
      );
    }));
}

it.run();
