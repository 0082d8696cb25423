/** What a map can ask for: partitions, UUIDs, the plan itself as a map, and the faults of one. */
import {writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {planSqlite} from '../../lib/tasks/migrate/plan-sqlite.ts';
import {readMap, writeMap} from '../../scripts/_map.ts';
import {expressions, indexCases, keys, references} from '../fixtures/sqlite/cases.ts';
import {moments, names, numbers, texts} from '../fixtures/sqlite/values.ts';
import {testContext} from '../support/context.ts';
import {door} from '../support/door.ts';
import {askFile, makeSqlite, withMigrated} from '../support/migrated.ts';
import {createDatabase, psql, startPostgres, type TestServer} from '../support/postgres.ts';
import {ok} from '../support/project.ts';
import {has, scaled} from '../support/require.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('the map of a migrate');

const events = `CREATE TABLE person (id INTEGER PRIMARY KEY);
  INSERT INTO person VALUES (1), (2);
  CREATE TABLE event (id INTEGER PRIMARY KEY AUTOINCREMENT, created_at DATETIME, email TEXT UNIQUE, person INT REFERENCES person (id), note TEXT NOT NULL DEFAULT 'x', CHECK (id > 0));
  CREATE INDEX by_note ON event (note);
  CREATE TABLE mark (id INTEGER PRIMARY KEY, event INT REFERENCES event (id));
  INSERT INTO event VALUES (1, '2023-12-31 23:59:59', 'a', 1, 'one'), (2, '2024-01-01 00:00:00', 'b', 2, 'tab	here'),
    (3, '2023-12-01 00:00:00', NULL, NULL, 'back\\slash'), (4, '2026-02-28 12:00:00', 'd', 1, 'last');
  INSERT INTO mark VALUES (1, 2);`;

const byMonth = {tables: {Event: {partition: {by: 'Created_At', every: 'month' as const}}}};

const partitions = `SELECT string_agg(c.relname || ' ' || pg_get_expr(c.relpartbound, c.oid), E'\\n' ORDER BY c.relname)
  FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid WHERE i.inhparent = 'event'::regclass AND c.relkind = 'r'`;

if (has('postgres') && has('sqlite')) {
  let server: TestServer & {end(): Promise<void>};
  it.before(async () => {
    server = await startPostgres();
  });
  it.after(async () => {
    await server?.end();
  });

  it('takes a table apart by the months that it has, with one partition for all else', () =>
    withMigrated(
      server,
      events,
      async ({ask, outcome}) => {
        assert.is(
          await ask(partitions),
          `event_2023_12 FOR VALUES FROM ('2023-12-01 00:00:00') TO ('2024-01-01 00:00:00')
event_2024_01 FOR VALUES FROM ('2024-01-01 00:00:00') TO ('2024-02-01 00:00:00')
event_2026_02 FOR VALUES FROM ('2026-02-01 00:00:00') TO ('2026-03-01 00:00:00')
event_default DEFAULT`,
        );
        assert.is(
          await ask(`SELECT tableoid::regclass, id FROM event ORDER BY id`),
          'event_2023_12|1\nevent_2024_01|2\nevent_2023_12|3\nevent_2026_02|4',
        );
        assert.is(
          await ask(
            `INSERT INTO event (created_at, note) VALUES ('2030-01-01', 'new') RETURNING tableoid::regclass, id`,
          ),
          'event_default|5',
        );
        assert.is(
          await ask(
            `SELECT string_agg(pg_get_indexdef(indexrelid), E'\\n' ORDER BY pg_get_indexdef(indexrelid) COLLATE "C") FROM pg_index WHERE indrelid = 'event'::regclass`,
          ),
          `CREATE INDEX by_note ON ONLY public.event USING btree (note)
CREATE INDEX event_email_key ON ONLY public.event USING btree (email)
CREATE UNIQUE INDEX event_pkey ON ONLY public.event USING btree (id, created_at)`,
        );
        assert.is(
          await ask(
            `SELECT string_agg(conname || ' ' || convalidated, ', ' ORDER BY conname) FROM pg_constraint WHERE conrelid = 'event'::regclass AND contype <> 'n'`,
          ),
          'event_check true, event_person_fkey true, event_pkey true',
        );
        const told = outcome.notCarried.map(({kind, why}) => `${kind}: ${why}`);
        assert.is(told.length, 3, told.join('\n'));
        assert.match(told[0] ?? '', /primary key: .* made \('id', 'created_at'\)/);
        assert.match(
          told[1] ?? '',
          /unique: unique constraint .*; instead: index 'event_email_key'/,
        );
        assert.match(told[2] ?? '', /foreign key: there is no unique constraint matching/);
      },
      {map: byMonth},
    ));

  it('puts rows without a time into the partition for all else, and then has no primary key', () =>
    withMigrated(
      server,
      `${events} INSERT INTO event (id) VALUES (9);`,
      async ({ask, outcome}) => {
        assert.is(await ask('SELECT tableoid::regclass FROM event WHERE id = 9'), 'event_default');
        assert.is(
          await ask(
            `SELECT indisprimary, indisunique FROM pg_index WHERE indexrelid = 'event_pkey'::regclass`,
          ),
          'f|t',
        );
        assert.match(outcome.notCarried[0]?.why ?? '', /'created_at' has NULLs: made a unique/);
      },
      {map: byMonth},
    ));

  it('takes times apart that were numbers, in UTC', () =>
    withMigrated(
      server,
      `CREATE TABLE event (at TIMESTAMP); INSERT INTO event VALUES (1704067199), (1704067200), (1704067201), (NULL);`,
      async ({ask}) => {
        assert.is(
          await ask(
            `SELECT tableoid::regclass, count(*) FROM event GROUP BY 1 ORDER BY tableoid::regclass::text`,
          ),
          'event_2023_12|1\nevent_2024_01|2\nevent_default|1',
        );
      },
      {map: {tables: {event: {partition: {by: 'at', every: 'month'}}}}},
    ));

  it('gives empty cells a UUID of their own, and each later row one', () =>
    withMigrated(
      server,
      `CREATE TABLE t (id INTEGER PRIMARY KEY, token TEXT, code TEXT NOT NULL, u TEXT, k TEXT);
       INSERT INTO t VALUES (1, NULL, '', '0b0e0e0e-0000-4000-8000-00000000000f', 'A'), (2, 'KEPT', 'x', NULL, '');`,
      async ({ask, outcome}) => {
        const uuid = '[0-9a-f]{8}-([0-9a-f]{4}-){3}[0-9a-f]{12}';
        assert.is(
          await ask(
            `SELECT token ~ '^${uuid}$', code ~ '^${uuid}$', pg_typeof(u), pg_typeof(code) FROM t WHERE id = 1`,
          ),
          't|t|uuid|text',
        );
        assert.is(await ask(`SELECT token, code, u IS NULL, k FROM t WHERE id = 2`), 'KEPT|x|f|');
        assert.is(
          await ask(
            `INSERT INTO t (k) VALUES ('new') RETURNING token ~ '${uuid}', code ~ '${uuid}', u IS NULL`,
          ),
          't|t|f',
        );
        const why = outcome.decisions.find(({column}) => column === 'code')?.why ?? '';
        assert.match(why, /1 empty cell then filled with UUIDs/);
      },
      {
        map: {
          tables: {
            t: {
              columns: {
                token: {generate: 'uuid'},
                code: {generate: 'uuid'},
                u: {generate: 'uuid'},
              },
            },
          },
        },
      },
    ));

  it('takes no empty cell that gets a UUID for a value of another type', () =>
    withMigrated(
      server,
      `CREATE TABLE t (id INTEGER PRIMARY KEY, u TEXT); INSERT INTO t VALUES (1, ''), (2, NULL), (3, 'A0EEBC99-9C0B-4EF8-BB6D-6BB9BD380A11');`,
      async ({ask, outcome}) => {
        assert.equal(
          outcome.accounts.filter(({taken}) => taken.length > 0),
          [],
        );
        assert.is(
          await ask(
            `SELECT count(*), count(DISTINCT u), max(u::text) FILTER (WHERE id = 3) FROM t`,
          ),
          '3|3|a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11',
        );
      },
      {map: {tables: {t: {columns: {u: {generate: 'uuid', type: 'uuid'}}}}}},
    ));

  it('has a primary key where every empty cell of it got a UUID', () =>
    withMigrated(
      server,
      `CREATE TABLE t (k TEXT PRIMARY KEY, n INT); INSERT INTO t VALUES (NULL, 1), (NULL, 2), ('a', 3);`,
      async ({ask}) => {
        assert.is(
          await ask(
            `SELECT count(DISTINCT k), (SELECT count(*) FROM pg_index WHERE indrelid = 't'::regclass AND indisprimary) FROM t`,
          ),
          '3|1',
        );
      },
      {map: {tables: {t: {columns: {k: {generate: 'uuid'}}}}}},
    ));

  it('writes a plan that makes the same plan, whatever the database', () =>
    withTempFolder(async (folder) => {
      const context = testContext(folder);
      const connection = {libpq: {...server.libpq}, source: 'test'};
      const databases = [
        ...[...keys, ...indexCases, ...references, ...expressions],
        ...[...numbers, ...texts, ...moments, ...names],
        {sql: events},
      ]
        .filter((_, at) => scaled(1) > 1 || at % 4 === 0)
        .map(({sql}) => makeSqlite(folder, sql));
      const plan = (file: string, map: Awaited<ReturnType<typeof readMap>>) => {
        const wishes = {names: 'keep', infers: true, include: [], exclude: [], map} as const;
        const request = {files: [file], schema: undefined, jobs: 1, wishes, isComparing: false};
        return planSqlite(context, {connection, request}, {isDryRun: true}, async ({reported}) => {
          const {run, ...same} = reported.plan;
          return {...reported, plan: same};
        });
      };
      for (const file of databases) {
        const path = join(folder, 'map.yaml');
        const first = await plan(file, {});
        await writeMap(path, first, {});
        const second = await plan(file, await readMap(path));
        assert.equal(second, first);
        const wished = await readMap(path);
        await writeMap(path, second, wished);
        assert.equal({...(await readMap(path)), lineOf: 0}, {...wished, lineOf: 0});
      }
      await context.tools.end();
    }));

  it('writes what was wished for and what was left out, and offers a column for full-text search', () =>
    withTempFolder(async (project) => {
      const file = makeSqlite(
        project,
        `${events} CREATE TABLE shop (a TEXT, b TEXT); CREATE VIRTUAL TABLE found USING fts5(note, body, content='event', content_rowid='id');
         CREATE VIRTUAL TABLE alone USING fts4(body TEXT);`,
      );
      const database = 'map_offers';
      await createDatabase(server, database);
      const [map, other] = [join(project, 'map.yaml'), join(project, 'other.yaml')];
      writeFileSync(
        map,
        `tables:
  event: {name: happening, partition: {by: created_at, every: month}, indexes: [{on: created_at, using: brin}], columns: {email: {drop: true}, note: {using: upper(note), type: varchar(30)}}}
  mark: {skip: true}
after: ["COMMENT ON TABLE happening IS 'made'"]
`,
      );
      const run = (...words: readonly string[]) =>
        door('migrate', ['--project', project, '--sqlite-path', file, ...words], {
          env: {DATABASE_URL: server.url(database)},
        });
      ok(await run('--dry-run', '--map', map, '--exclude', 'shop', '--write-map', other));
      const written = await readMap(other);
      assert.equal(written.tables?.['mark'], {skip: true});
      assert.equal(written.tables?.['shop'], {skip: true});
      assert.equal(written.tables?.['event']?.partition, {by: 'created_at', every: 'month'});
      assert.equal(written.tables?.['event']?.columns?.['email'], {drop: true});
      const {readFileSync} = await import('node:fs');
      const comment = readFileSync(other, 'utf8')
        .split('\n')
        .filter((line) => /^# {3}- "/.test(line))
        .map((line) => JSON.parse(line.replace(/^# {3}- /, '')) as string);
      assert.is(comment.length, 2);
      const done = JSON.parse(ok(await run('--map', other, '--json')));
      assert.ok(
        done.notCarried.some(
          ({what, why}: {what: string; why: string}) =>
            what === "virtual table 'alone'" && /CREATE TABLE docs AS SELECT/.test(why),
        ),
      );
      const ask = (sql: string) => psql(server, sql, {database});
      for (const statement of comment) await ask(statement);
      assert.is(
        await ask(
          `SELECT id FROM happening WHERE search @@ plainto_tsquery('simple', 'last'); SELECT obj_description('happening'::regclass)`,
        ),
        '4\nmade',
      );
      // Again, over a tree that is there: its partitions are put aside with it, and come back.
      ok(await run('--map', map, '--exclude', 'shop', '--force-recreate', '--yes'));
      assert.is(await ask('SELECT count(*) FROM happening_2023_12'), '2');
      assert.is(
        await ask(
          `SELECT count(*) FROM pg_attribute WHERE attname = 'search' AND attrelid = 'happening'::regclass`,
        ),
        '0',
      );
      ok(
        await door('undo', ['--project', project, '--yes'], {
          env: {DATABASE_URL: server.url(database)},
        }),
      );
      assert.is(
        await ask(
          `SELECT count(*), count(search) FROM happening; SELECT count(*) FROM happening_2023_12`,
        ),
        '4|4\n2',
      );
      assert.is(askFile(file, 'SELECT count(*) FROM event'), '4');
    }));

  const faults: readonly (readonly [title: string, text: string, says: RegExp])[] = [
    [
      'an unknown key',
      'tables:\n  event:\n    nam: x\n',
      /map\.yaml: 1 fault\n- line 3: tables\.event\.nam/,
    ],
    [
      'several at once',
      'tables:\n  event: {skip: yes}\nafter: x\n',
      /2 faults\n- line 2: [\s\S]*- line 3: after/,
    ],
    [
      'a table that is none',
      'after: []\ntables:\n  nothing: {skip: true}',
      /line 3: there is no table 'nothing'/,
    ],
    [
      'a column that is none',
      'tables:\n  event:\n    columns:\n      nothing: {drop: true}',
      /line 4: 'event' has no column 'nothing'/,
    ],
    ['a name twice', 'tables:\n  event: {}\n  event: {}\n', /line 3: .*must be unique/],
    ['what is no YAML', 'tables: {\n', /line \d: /],
    ['several documents', 'tables: {}\n---\ntables: {}\n', /line \d: .*documents/],
    [
      'aliases without end',
      `a: &a [x,x,x,x,x,x,x,x,x]\n${[...'bcdefghijk'].map((name, at) => `${name}: &${name} [${Array(9).fill(`*${'abcdefghijk'[at]}`).join(',')}]`).join('\n')}\n`,
      /map\.yaml: 1 fault/,
    ],
    ['a list', '- tables\n', /map\.yaml: \d fault/],
    [
      'a name of JavaScript',
      'tables:\n  constructor: {skip: true}\n',
      /'constructor' can't stand in a map/,
    ],
    [
      'another interval',
      'tables:\n  event:\n    partition: {by: created_at, every: day}',
      /line 3: tables\.event\.partition\.every/,
    ],
    [
      'a column of no time',
      'tables:\n  event:\n    partition: {by: note, every: month}',
      /line 3: 'event' can't be taken apart by 'note': it is text/,
    ],
    [
      'a partition column that is converted',
      'tables:\n  event:\n    partition: {by: created_at, every: month}\n    columns: {created_at: {type: date}}',
      /its type is changed after the load/,
    ],
    [
      'a partition column that is none',
      'tables:\n  event:\n    partition: {by: nothing, every: month}',
      /line 3: 'event' has no column 'nothing'/,
    ],
    [
      'a UUID in a number',
      'tables:\n  event:\n    columns:\n      id: {generate: uuid}',
      /line 4: 'id' of 'event' is bigint/,
    ],
  ];

  it('names the line of each fault of a map (exit 3), and touches nothing', () =>
    withTempFolder(async (project) => {
      const file = makeSqlite(project, events);
      const map = join(project, 'map.yaml');
      const database = 'map_faults';
      await createDatabase(server, database);
      for (const [title, text, says] of faults) {
        writeFileSync(map, text);
        const {exitCode, stderr} = await door(
          'migrate',
          ['--project', project, '--sqlite-path', file, '--map', map],
          {env: {DATABASE_URL: server.url(database)}},
        );
        assert.is(exitCode, 3, `${title}: ${stderr}`);
        assert.match(stderr, says, title);
      }
      writeFileSync(map, Buffer.from([0x74, 0xff, 0x0a]));
      const {exitCode} = await door(
        'migrate',
        ['--project', project, '--sqlite-path', file, '--map', map],
        {env: {DATABASE_URL: server.url(database)}},
      );
      assert.is(exitCode, 3);
      assert.is(
        await psql(server, `SELECT count(*) FROM pg_class WHERE relname = 'event'`, {database}),
        '0',
      );
    }));
}

it.run();
