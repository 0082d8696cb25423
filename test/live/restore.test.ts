/** Sets restored in the place of the database that they were taken of, and taken back again. */
import {execFile} from 'node:child_process';
import {promisify} from 'node:util';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {openSet} from '../../lib/io/store.ts';
import {compareTables} from '../../lib/model/compare.ts';
import {compareSchemas} from '../../lib/model/schema-text.ts';
import {isOnPath} from '../../scripts/_packages.ts';
import {type DoorResult, door} from '../support/door.ts';
import {createDatabase, psql, type TestServer, withPostgres} from '../support/postgres.ts';
import {ok} from '../support/project.ts';
import {has, skip} from '../support/require.ts';
import {withTempFolder} from '../support/temp-folder.ts';
import {createZoo} from '../support/zoo.ts';

const it = suite('restore of the zoo');
const run = promisify(execFile);

const kinds: readonly {title: string; flags: readonly string[]; restore?: readonly string[]}[] = [
  {title: 'custom format, several workers', flags: []},
  {title: 'custom format, five workers', flags: [], restore: ['--jobs', '5']},
  {title: 'custom format, one worker', flags: [], restore: ['--jobs', '1']},
  {title: 'no compression', flags: ['--compress', 'none']},
  {title: 'zstd', flags: ['--compress', 'zstd']},
  {title: 'directory format', flags: ['--format', 'directory', '--jobs', '2']},
  {title: 'plain format', flags: ['--format', 'plain']},
];

/** The definition with everything that hangs on the database's name, by pg_dump itself. */
const definition = async ({binaries, libpq}: TestServer): Promise<string> => {
  const env = {PATH: process.env['PATH'] ?? '', ...libpq, PGDATABASE: 'zoo'};
  const {stdout} = await run(`${binaries}/pg_dump`, ['--create', '--schema-only'], {
    env,
    maxBuffer: 1e8,
  });
  return stdout;
};

/** What stands in the way of a swap belongs to another test. */
const withoutSubscriptions = async (server: TestServer) => {
  const names = await psql(server, 'SELECT quote_ident(subname) FROM pg_subscription', {
    database: 'zoo',
  });
  for (const name of names.split('\n').filter(Boolean))
    await psql(
      server,
      `ALTER SUBSCRIPTION ${name} DISABLE; ALTER SUBSCRIPTION ${name} SET (slot_name = NONE); DROP SUBSCRIPTION ${name};`,
      {database: 'zoo'},
    );
};

/** Tables that the planner would know nothing of. */
const withoutStatistics = `
SELECT oid::regclass FROM pg_class
  WHERE relkind = 'r' AND reltuples < 0 AND relnamespace::regnamespace::text NOT LIKE 'pg\\_%'`;

const spoil =
  'CREATE TABLE zoo.later AS SELECT 1 AS a; DELETE FROM zoo.duplicates; DROP TABLE zoo.no_key;';

/** Foreign keys in a ring and both ways, a partitioned table at either end, an owner without rights, 17 MB of definition. */
const entangled = `
CREATE TABLE a (id int PRIMARY KEY, b int, c int, d int);
CREATE TABLE b (id int PRIMARY KEY, c int, a int);
CREATE TABLE c (id int PRIMARY KEY, d int, a int);
CREATE TABLE d (id int PRIMARY KEY, a int, d int);
INSERT INTO a SELECT i, i, i, i FROM generate_series(1, 1000) i;
INSERT INTO b SELECT i, i, i FROM generate_series(1, 1000) i;
INSERT INTO c SELECT i, i, i FROM generate_series(1, 1000) i;
INSERT INTO d SELECT i, i, i FROM generate_series(1, 1000) i;
ALTER TABLE a ADD FOREIGN KEY (b) REFERENCES b, ADD FOREIGN KEY (c) REFERENCES c, ADD FOREIGN KEY (d) REFERENCES d;
ALTER TABLE b ADD FOREIGN KEY (c) REFERENCES c, ADD FOREIGN KEY (a) REFERENCES a;
ALTER TABLE c ADD FOREIGN KEY (d) REFERENCES d, ADD FOREIGN KEY (a) REFERENCES a;
ALTER TABLE d ADD FOREIGN KEY (a) REFERENCES a, ADD FOREIGN KEY (d) REFERENCES d;
CREATE TABLE months (at date, a int REFERENCES a, PRIMARY KEY (at)) PARTITION BY RANGE (at);
CREATE TABLE january PARTITION OF months FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
INSERT INTO months VALUES ('2026-01-02', 7);
CREATE MATERIALIZED VIEW sums AS SELECT count(*) FROM a JOIN b ON a.b = b.id;
CREATE UNIQUE INDEX ON sums (count);
CREATE TABLE zz_words (id int PRIMARY KEY, word text, pad text);
INSERT INTO zz_words SELECT i, 'w' || i, repeat('x', 300) FROM generate_series(1, 20000) i;
CREATE FUNCTION word_of(i int) RETURNS text LANGUAGE sql IMMUTABLE AS 'SELECT word FROM public.zz_words WHERE id = i';
CREATE DOMAIN known AS int CHECK (public.word_of(VALUE) IS NOT NULL);
CREATE TABLE asks (id int PRIMARY KEY, r int, k known, CHECK (public.word_of(r) IS NOT NULL));
INSERT INTO asks SELECT i, i, i FROM generate_series(1, 100) i;
CREATE INDEX asks_word ON asks (public.word_of(r));
CREATE INDEX ON d USING gin ((ARRAY[a, d])) WHERE id > 0;
CREATE INDEX ON d (a) INCLUDE (d);
CREATE INDEX a_word ON a (public.word_of(b));
REVOKE ALL ON a, b, c, d FROM CURRENT_USER;
DO $$ BEGIN EXECUTE format('CREATE FUNCTION long() RETURNS text LANGUAGE sql AS %L', 'SELECT ' || quote_literal(repeat('x', 17000000))); END $$;
`;

const answer = (result: DoorResult) => JSON.parse(ok(result));

if (has('postgres'))
  for (const {title, flags, restore = []} of kinds) {
    if (flags.includes('zstd') && !isOnPath('zstd')) {
      skip('zstd is not here');
      continue;
    }
    it(`comes back whole in its own place, and what was there comes back by undo: ${title}`, () =>
      withPostgres({settings: {wal_level: 'logical'}}, (server) =>
        withTempFolder(async (project) => {
          const env = {DATABASE_URL: server.url('zoo')};
          const verb = (name: string, ...words: readonly string[]) =>
            door(name, ['--project', project, '--json', ...words], {env});
          await createZoo(server);
          await withoutSubscriptions(server);
          const before = await definition(server);
          const set = await openSet(answer(await verb('backup', ...flags)).folder);
          await psql(server, spoil, {database: 'zoo'});
          const spoilt = await openSet(answer(await verb('backup')).folder);

          const {plan} = answer(
            await verb('restore', '--backup', set.manifest.id, '--yes', ...restore),
          );
          assert.equal(compareSchemas(before, await definition(server)), []);
          assert.is(await psql(server, withoutStatistics, {database: 'zoo'}), '');
          const again = await openSet(answer(await verb('backup')).folder);
          assert.equal(compareTables(set.manifest.tables, again.manifest.tables), []);

          ok(await verb('undo', '--yes'));
          const back = await openSet(answer(await verb('backup')).folder);
          assert.equal(compareTables(spoilt.manifest.tables, back.manifest.tables), []);
          assert.is(
            await psql(server, `SELECT count(*) FROM pg_database WHERE datname = '${plan.before}'`),
            '0',
          );
        }),
      ));
  }

if (has('postgres'))
  it('reads a table of contents that is longer than any usual one, and the tables that need each other', () =>
    withPostgres({}, (server) =>
      withTempFolder(async (project) => {
        const env = {DATABASE_URL: server.url('app')};
        await createDatabase(server, 'app', {sql: entangled});
        const words = ['--project', project, '--json', '--backup', 'latest', '--into', 'copy'];
        const set = await openSet(answer(await door('backup', words.slice(0, 3), {env})).folder);
        // More lanes than this machine may have cores, and a table for each.
        ok(await door('restore', [...words, '--jobs', '4', '--yes'], {env}));
        const copy = {DATABASE_URL: server.url('copy')};
        const again = await openSet(
          answer(await door('backup', words.slice(0, 3), {env: copy})).folder,
        );
        assert.equal(compareTables(set.manifest.tables, again.manifest.tables), []);
        const keys = "SELECT count(*) FROM pg_constraint WHERE contype = 'f' AND convalidated";
        assert.is(await psql(server, keys, {database: 'copy'}), '11');
        const wholeIndexes =
          "SELECT count(*) FROM pg_index WHERE indrelid = 'd'::regclass AND indisvalid";
        assert.is(await psql(server, wholeIndexes, {database: 'copy'}), '3');
        // What an index answers, which was built of what a function reads elsewhere.
        const byIndex = (table: string, column: string) =>
          psql(
            server,
            `SET enable_seqscan = off; SELECT count(*) FROM ${table} WHERE public.word_of(${column}) = 'w77'`,
            {database: 'copy'},
          );
        await psql(server, 'GRANT ALL ON a TO CURRENT_USER', {database: 'copy'});
        assert.equal([await byIndex('asks', 'r'), await byIndex('a', 'b')], ['1', '1']);
      }),
    ));

it.run();
