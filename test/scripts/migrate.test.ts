/** The door of migrate, and its way back, as a user calls them. */
import {execFileSync, spawn} from 'node:child_process';
import {createHash} from 'node:crypto';
import {existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type DoorResult, door} from '../support/door.ts';
import {askFile, makeSqlite} from '../support/migrated.ts';
import {createDatabase, psql, startPostgres, type TestServer} from '../support/postgres.ts';
import {ok} from '../support/project.ts';
import {has} from '../support/require.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('migrate door');

const sql = `CREATE TABLE author (id INTEGER PRIMARY KEY, name TEXT NOT NULL);
  CREATE TABLE book (id INTEGER PRIMARY KEY, author INT REFERENCES author (id), title TEXT, price REAL);
  INSERT INTO author VALUES (1, 'Ada'), (2, 'Grace');
  INSERT INTO book VALUES (1, 1, 'Notes', 2.5), (2, 2, 'Nano', 1.25), (3, 2, 'Compilers', 0.1);`;

const sha256 = (file: string) => createHash('sha256').update(readFileSync(file)).digest('hex');

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
    readonly file: string;
    readonly url: string;
    run(...words: readonly string[]): Promise<DoorResult>;
    verb(name: string, ...words: readonly string[]): Promise<DoorResult>;
    ask(statements: string): Promise<string>;
  };

  const withPlace = (use: (place: Place) => Promise<void>, before = '') =>
    withTempFolder(async (project) => {
      databases += 1;
      const database = `door_${databases}`;
      await createDatabase(server, database, {sql: before});
      const file = makeSqlite(project, sql);
      const url = server.url(database);
      const verb = (name: string, ...words: readonly string[]) =>
        door(name, ['--project', project, ...words], {env: {DATABASE_URL: url}});
      await use({
        ...{project, file, url, verb},
        run: (...words) => verb('migrate', '--sqlite-path', file, ...words),
        ask: (statements) => psql(server, statements, {database}),
      });
    });

  it('brings the tables, tells what it did, and keeps the source', () =>
    withPlace(async ({run, ask, project}) => {
      const report = join(project, 'report.md');
      mkdirSync(join(project, 'backups', 'sqlite'), {recursive: true, mode: 0o700});
      // Of a run that was killed: no process has this number.
      writeFileSync(
        join(project, 'backups', 'sqlite', 'app-20200101T000000Z.db.4194305.partial-journal'),
        '',
      );
      const done = JSON.parse(ok(await run('--json', '--report', report)));
      assert.equal(
        done.tables.map(({name, rows}: {name: string; rows: number}) => [name, rows]),
        [
          ['author', 2],
          ['book', 3],
        ],
      );
      assert.is(await ask('SELECT sum(price), count(author) FROM book'), '3.85|3');
      assert.match(readFileSync(report, 'utf8'), /\| book \| 3 \| [0-9a-f]{64} \|/);
      assert.is(askFile(done.copy, 'SELECT count(*) FROM book'), '3');
      assert.not(
        readdirSync(join(project, 'backups', 'sqlite')).some((name) => /partial/.test(name)),
      );
    }));

  it('leaves no copy of the source where the target refuses it', () =>
    withPlace(async ({run, url, project}) => {
      const elsewhere = url.replace(/door_\d+/, 'nobody_has_made_it');
      exits(await run('--postgres-url', elsewhere), 6, /nobody_has_made_it/);
      assert.equal(readdirSync(join(project, 'backups', 'sqlite')), []);
    }));

  it('shows the whole plan and changes neither side in a dry run, a log beside the source included', () =>
    withPlace(async ({run, ask, file, project}) => {
      // A writer that died has left its log.
      execFileSync('bash', [
        '-c',
        `printf "PRAGMA journal_mode = wal; INSERT INTO author VALUES (3, 'Alan');\\n.shell kill -9 \\$PPID\\n" | sqlite3 '${file}'; true`,
      ]);
      assert.ok(existsSync(`${file}-wal`));
      const before = [file, `${file}-wal`].map(sha256);
      const state = `SELECT (SELECT count(*) FROM pg_class), (SELECT count(*) FROM pg_namespace)`;
      const was = await ask(state);
      const plan = ok(await run('--dry-run'));
      assert.match(plan, /author +3\n/);
      assert.match(plan, /book\.price +REAL +double precision/);
      assert.equal([file, `${file}-wal`].map(sha256), before);
      assert.is(await ask(state), was);
      assert.equal(readdirSync(join(project, 'backups', 'sqlite')), []);
      ok(await run());
      assert.equal([file, `${file}-wal`].map(sha256), before);
      assert.is(await ask('SELECT count(*) FROM author'), '3');
    }));

  it('refuses to touch what is there, puts it aside when told to, and takes that back', () =>
    withPlace(async ({run, verb, ask}) => {
      exits(
        await run(),
        2,
        /has already: table 'author' with 1 row.*nothing was touched\n.*--force-recreate/,
      );
      exits(await run('--force-recreate'), 2, /needs --yes/);
      assert.is(await ask('SELECT old FROM author'), 'kept');
      ok(await run('--force-recreate', '--yes'));
      assert.is(await ask('SELECT count(*) FROM author'), '2');
      const sets = JSON.parse(ok(await verb('list', '--json'))).sets;
      assert.equal(
        sets.map(({reason}: {reason: string}) => reason),
        ['before-migrate'],
      );

      assert.match(ok(await verb('undo', '--dry-run')), /comes back table 'author' with 1 row/);
      exits(await verb('undo'), 2, /needs --yes/);
      ok(await verb('undo', '--yes'));
      assert.is(await ask('SELECT old FROM author'), 'kept');
      assert.is(await ask(`SELECT to_regclass('book') IS NULL`), 't');
      exits(await verb('undo', '--yes'), 2, /there is no restore/);
    }, `CREATE TABLE author (old text); INSERT INTO author VALUES ('kept')`));

  it('takes a migrate back that replaced nothing', () =>
    withPlace(async ({run, verb, ask}) => {
      ok(await run());
      ok(await verb('undo', '--yes'));
      assert.is(
        await ask(`SELECT to_regclass('author') IS NULL AND to_regclass('book') IS NULL`),
        't',
      );
      ok(await run());
      assert.is(await ask('SELECT count(*) FROM book'), '3');
    }));

  it('picks tables and names, and leaves types to the declarations', () =>
    withPlace(async ({run, file, ask}) => {
      execFileSync('sqlite3', [
        file,
        `CREATE TABLE "Log" (id INTEGER PRIMARY KEY, "At" TEXT); INSERT INTO "Log" VALUES (1, '2020-01-02 03:04:05')`,
      ]);
      ok(await run('--include', 'log', '--names', 'fold', '--no-infer'));
      assert.is(await ask('SELECT pg_typeof(at) FROM log'), 'text');
      assert.is(await ask(`SELECT to_regclass('book') IS NULL`), 't');
      exits(await run('--exclude', 'nothing'), 2, /there is no table 'nothing'/);
      ok(await run('--exclude', 'Log', '--schema', 'public', '--compare', 'rows'));
      assert.is(await ask('SELECT count(*) FROM book'), '3');
    }));

  it('brings definitions without rows, and counts on where the rows would', () =>
    withPlace(async ({run, ask}) => {
      assert.match(ok(await run('--schema-only')), /definitions alone, no rows/);
      assert.is(await ask('SELECT count(*) FROM book'), '0');
      assert.is(await ask(`INSERT INTO author (name) VALUES ('Edith') RETURNING id`), '3');
      exits(await run('--schema-only', '--compare', 'rows'), 2, /cannot be used with/);
    }));

  it('finds source and target in the settings of the application', () =>
    withPlace(async ({file, url, project, ask}) => {
      writeFileSync(join(project, '.env'), `DATABASE_URL=sqlite:///${file}\n`, {mode: 0o600});
      const bare = (...words: readonly string[]) =>
        door('migrate', ['--project', project, ...words]);
      exits(await bare(), 3, /no PostgreSQL is configured/);
      ok(await bare('--postgres-url', url));
      assert.is(await ask('SELECT count(*) FROM book'), '3');
    }));

  it('compares once more what is there, and names the rows that are others by now', () =>
    withPlace(async ({run, ask, project}) => {
      exits(await run('--verify-only'), 4, /DIFFERENT +author, 2 rows\n +there is no such table/);
      ok(await run());
      assert.match(
        ok(await run('--verify-only')),
        /^same +author, 2 rows\nsame +book, 3 rows\n\nsample of author, 2 of 2 rows\n/,
      );
      await ask(
        `UPDATE book SET price = 0.1 WHERE id = 1; UPDATE book SET price = 2.5 WHERE id = 1`,
      );
      ok(await run('--verify-only'));
      await ask(
        `UPDATE book SET title = 'note' WHERE id = 1; INSERT INTO author VALUES (9, 'x'); ALTER TABLE book DROP COLUMN author`,
      );
      const compared = await run('--verify-only');
      exits(
        compared,
        4,
        /DIFFERENT +author, 2 rows\n +2 rows in the source, 3 in the target\n +target alone: 9\\tx/,
      );
      exits(compared, 4, /DIFFERENT +book[^\n]*\n +can't be compared: .*author/);
      assert.is(readdirSync(join(project, 'backups', 'sqlite')).length, 1);
    }));

  it('does what a map says, and writes the plan as one', () =>
    withPlace(async ({run, project, ask}) => {
      const map = join(project, 'map.yaml');
      ok(await run('--dry-run', '--write-map', map));
      const text = readFileSync(map, 'utf8');
      assert.match(
        text,
        /book:\n {4}name: book\n {4}columns:\n[\s\S]*price:\n {8}name: price\n {8}type: double precision/,
      );
      ok(await run('--dry-run', '--map', map));
      writeFileSync(
        map,
        `tables:
  author: {name: writer, columns: {name: {name: full_name, type: citext}}}
  Book:
    columns: {price: {type: 'numeric(10,2)', using: 'round(price::numeric, 2)'}, title: {drop: true}}
    indexes: [{on: author, using: brin, name: by_author}]
after: ["CREATE TABLE made AS SELECT count(*) FROM writer"]
`,
      );
      ok(await run('--map', map));
      assert.is(
        await ask(
          `SELECT full_name, price, pg_typeof(price) FROM writer JOIN book ON writer.id = author ORDER BY book.id`,
        ),
        'Ada|2.50|numeric\nGrace|1.25|numeric\nGrace|0.10|numeric',
      );
      assert.is(
        await ask(
          `SELECT count FROM made; SELECT indexdef ~ 'brin' FROM pg_indexes WHERE indexname = 'by_author'`,
        ),
        '2\nt',
      );
      writeFileSync(
        map,
        'tables: {book: {columns: {nothing: {drop: true}, id: {drop: true}}}, shop: {skip: true}}',
      );
      exits(
        await run('--map', map),
        3,
        /line 1: 'book' has no column 'nothing'; line 1: 'id' is part of the key of 'book'.*; line 1: there is no table 'shop'/,
      );
      writeFileSync(map, 'tables: {book: {nam: x}}');
      exits(await run('--map', map), 3, /line 1: tables\.book\.nam/);
      writeFileSync(map, 'tables: {book: {columns: {title: {type: integer}}}}');
      exits(
        await run('--map', map, '--force-recreate', '--yes'),
        4,
        /3 rows would be rejected.*book\.title: 3 rows rejected: no integer; nothing was touched/,
      );
      writeFileSync(
        map,
        "tables: {book: {columns: {title: {type: integer, using: 'title::integer'}}}}",
      );
      exits(
        await run('--map', map, '--force-recreate', '--yes'),
        7,
        /type integer of 'title'.*\n[\s\S]*invalid input syntax for type integer: "Notes"/,
      );
      assert.is(await ask('SELECT count(*) FROM writer'), '2');
    }, 'CREATE EXTENSION citext'));

  it('ends with the code that says whose fault it is', () =>
    withPlace(async ({verb, run, file, project}) => {
      exits(
        await verb('migrate', '--sqlite-path', join(project, 'none.db')),
        2,
        /there is no file/,
      );
      exits(await verb('migrate'), 2, /nothing to migrate from/);
      const text = join(project, 'text.db');
      writeFileSync(text, 'this is a letter and no database at all');
      exits(await verb('migrate', '--sqlite-path', text), 4, /is no SQLite database/);
      const bytes = readFileSync(file);
      const torn = join(project, 'torn.db');
      writeFileSync(
        torn,
        Buffer.concat([bytes.subarray(0, 4096), Buffer.alloc(bytes.length - 4096, 0x5a)]),
      );
      exits(await verb('migrate', '--sqlite-path', torn), 4, /damaged|could not be copied/);
      const alone = {
        env: {DATABASE_URL: 'postgres://x@127.0.0.1:1/x', DB_CONNECT_RETRY_MAX_ATTEMPTS: '1'},
      };
      const nobody = await door('migrate', ['--project', project, '--sqlite-path', file], alone);
      exits(nobody, 6, /127\.0\.0\.1/);
      exits(await run('--schema', 'nowhere'), 6, /no schema 'nowhere'/);
      exits(await run('--resume'), 2, /no migrate to go on with/);
    }));

  it('copies one moment of a source that is written meanwhile', () =>
    withPlace(async ({run, file, ask}) => {
      const writer = spawn(
        'bash',
        [
          '-c',
          `sqlite3 '${file}' 'PRAGMA journal_mode = wal' >/dev/null; while :; do sqlite3 -cmd '.timeout 5000' '${file}' "BEGIN; INSERT INTO author VALUES (NULL, 'x'); INSERT INTO book (author, title) VALUES (last_insert_rowid(), 'y'); COMMIT"; done`,
        ],
        {stdio: 'ignore', detached: true},
      );
      try {
        ok(await run());
      } finally {
        process.kill(-(writer.pid ?? 0), 'SIGKILL');
      }
      assert.is(
        await ask('SELECT (SELECT count(*) FROM author) + 1 = (SELECT count(*) FROM book)'),
        't',
      );
      assert.is(
        await ask(`SELECT bool_and(convalidated) FROM pg_constraint WHERE contype = 'f'`),
        't',
      );
    }));
}

it.run();
