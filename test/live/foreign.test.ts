/** Dumps that pg_dump and pg_dumpall made by hand, of every format, restored without a manifest. */
import {execFile} from 'node:child_process';
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {gzipSync} from 'node:zlib';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {door} from '../support/door.ts';
import {
  createDatabase,
  psql,
  startPostgres,
  type TestServer,
  withPostgres,
} from '../support/postgres.ts';
import {ok} from '../support/project.ts';
import {has} from '../support/require.ts';
import {withTempFolder} from '../support/temp-folder.ts';
import {createZoo} from '../support/zoo.ts';

const it = suite('restore of a dump without a manifest');
const run = promisify(execFile);

type Dumped = (program: string, ...flags: readonly string[]) => Promise<Buffer>;

const zstd = async (path: string, bytes: Buffer) => {
  await writeFile(`${path}.raw`, bytes);
  await run('zstd', ['-q', '--rm', `${path}.raw`, '-o', path]);
};

/** By hand, as an operator would; no name says what it is. */
const kinds: readonly {
  title: string;
  make: (dump: Dumped, path: string) => Promise<unknown>;
}[] = [
  {title: 'plain SQL', make: async (dump, path) => writeFile(path, await dump('pg_dump'))},
  {
    title: 'plain SQL with CREATE DATABASE, gzipped',
    make: async (dump, path) => writeFile(path, gzipSync(await dump('pg_dump', '--create'))),
  },
  {
    title: 'INSERT statements',
    make: async (dump, path) => writeFile(path, await dump('pg_dump', '--column-inserts')),
  },
  {
    title: 'custom format',
    make: async (dump, path) => writeFile(path, await dump('pg_dump', '-Fc')),
  },
  {
    title: 'custom format, gzipped',
    make: async (dump, path) => writeFile(path, gzipSync(await dump('pg_dump', '-Fc', '-Z0'))),
  },
  {
    title: 'plain SQL, by zstd',
    make: async (dump, path) => zstd(path, await dump('pg_dump')),
  },
  {
    title: 'custom format, by zstd',
    make: async (dump, path) => zstd(path, await dump('pg_dump', '-Fc', '-Z0')),
  },
  {title: 'tar', make: async (dump, path) => writeFile(path, await dump('pg_dump', '-Ft'))},
  {
    title: 'tar, gzipped',
    make: async (dump, path) => writeFile(path, gzipSync(await dump('pg_dump', '-Ft'))),
  },
  {title: 'directory format', make: (dump, path) => dump('pg_dump', '-Fd', `--file=${path}`)},
  {title: 'a whole cluster', make: async (dump, path) => writeFile(path, await dump('pg_dumpall'))},
];

const dumpedFrom =
  ({binaries, libpq}: TestServer, database: string): Dumped =>
  async (program, ...flags) => {
    const env = {PATH: process.env['PATH'] ?? '', ...libpq, PGDATABASE: database};
    const options = {env, encoding: 'buffer', maxBuffer: 1e9} as const;
    return (await run(`${binaries}/${program}`, [...flags], options)).stdout;
  };

/** Every row of every table, by a digest that pgkeep has no part in. */
const contentOf = async (server: TestServer, database: string): Promise<readonly string[]> => {
  const tables = await psql(
    server,
    `SET quote_all_identifiers = off; SELECT format('%I.%I', nspname, relname) FROM pg_class c JOIN pg_namespace n ON n.oid = relnamespace WHERE relkind = 'r' AND nspname !~ '^(pg_|information_schema)' AND nspname || relname !~ E'\\n' ORDER BY 1`,
    {database},
  );
  const names = tables.split('\n').filter(Boolean);
  const pinned = `SET search_path = ''; SET DateStyle = ISO; SET IntervalStyle = postgres; SET TimeZone = UTC; SET bytea_output = hex; SET extra_float_digits = 1; SET xmloption = content; SET statement_timeout = 0;`;
  const digests = names.map(
    (name) =>
      `SELECT $name$${name}$name$, count(*), md5(string_agg(t::text, ',' ORDER BY t::text COLLATE "C")) FROM ONLY ${name} t;`,
  );
  const objects = `SELECT 'large objects', count(*), md5(string_agg(encode(lo_get(oid), 'hex'), ',' ORDER BY oid)) FROM pg_largeobject_metadata;`;
  const text = await psql(server, `${pinned}\n${[...digests, objects].join('\n')}`, {database});
  return text.split('\n');
};

/** But for what pg_dump itself brings back in another way: partitions by the hash of an oid, columns of heirs in another order, oids as text. */
const alike = (content: readonly string[]) =>
  content.filter((line) => !/by_mood_|child_reordered|object_values/.test(line));

const shop = `
  CREATE SCHEMA ext;
  CREATE EXTENSION citext SCHEMA ext;
  COMMENT ON EXTENSION citext IS 'of ours';
  CREATE TABLE a (id serial PRIMARY KEY, t ext.citext);
  INSERT INTO a (t) SELECT 'x' || i FROM generate_series(1, 1000) i;
  CREATE TABLE tree (id integer, day date) PARTITION BY RANGE (day);
  CREATE TABLE leaf PARTITION OF tree FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
  INSERT INTO tree SELECT i, '2026-03-01' FROM generate_series(1, 100) i;
  CREATE TABLE child (more text) INHERITS (a);
  INSERT INTO child VALUES (5000, 'c', 'd');
  CREATE MATERIALIZED VIEW m AS SELECT count(*) FROM a;
  CREATE FUNCTION f() RETURNS integer LANGUAGE sql BEGIN ATOMIC SELECT 1; SELECT 2; END;
  SELECT lo_from_bytea(0, 'abc');
  GRANT SELECT ON a TO reader;
  ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO reader;
  COMMENT ON SCHEMA public IS 'GRANT nothing TO nobody;';`;

const owners = `SELECT string_agg(DISTINCT pg_get_userbyid(relowner), ',') FROM pg_class WHERE oid >= 16384 AND relname IN ('a', 'tree', 'leaf', 'child', 'm')`;
const strangers = `SELECT count(*) FROM pg_roles WHERE rolname LIKE 'pgkeep%'`;

if (has('postgres')) {
  let shared: Awaited<ReturnType<typeof startPostgres>>;
  it.before(async () => {
    shared = await startPostgres();
    await psql(shared, 'CREATE ROLE app LOGIN; CREATE ROLE reader');
  });
  it.after(() => shared?.end());

  for (const [index, {title, make}] of kinds.entries())
    it(`takes the place of a database, its rows the same, all of it the owner's: ${title}`, () =>
      withTempFolder(async (project) => {
        const database = `shop_${index}`;
        await createDatabase(shared, database, {sql: shop, owner: 'app'});
        await psql(shared, `ALTER DATABASE ${database} SET work_mem = '7MB'`);
        const path = join(project, 'something');
        await make(dumpedFrom(shared, database), path);
        const before = await contentOf(shared, database);
        await psql(shared, 'DELETE FROM a; DROP TABLE leaf; CREATE TABLE junk ()', {database});
        const env = {DATABASE_URL: shared.url(database)};
        const verb = (name: string, ...words: readonly string[]) =>
          door(name, ['--project', project, '--yes', ...words], {env});
        const {plan} = JSON.parse(ok(await verb('restore', '--json', '--backup-file', path)));
        assert.match(plan.set.proof, /content can't be proven/);
        assert.equal(await contentOf(shared, database), before);
        assert.is(await psql(shared, owners, {database}), 'app');
        assert.is(await psql(shared, strangers), '0');
        assert.is(await psql(shared, 'SHOW work_mem', {database}), '7MB');
        ok(await verb('undo'));
        assert.is(await psql(shared, 'SELECT count(*) FROM junk', {database}), '0');
      }));

  it('loads everything that a superuser may make, when it is trusted', () =>
    withPostgres({settings: {wal_level: 'logical'}}, (server) =>
      withTempFolder(async (project) => {
        await createZoo(server);
        const before = alike(await contentOf(server, 'zoo'));
        assert.ok(before.length > 50);
        const env = {DATABASE_URL: server.url('zoo')};
        // INSERT writes no negative zero: pg_dump's, not ours.
        const exact = kinds.filter(({title}) => title !== 'INSERT statements');
        for (const [index, {title, make}] of exact.entries()) {
          const path = join(project, `dump-${index}`);
          await make(dumpedFrom(server, 'zoo'), path);
          const flags = ['--into', `zoo_${index}`, '--trust', '--backup-file', path, '--yes'];
          const result = await door('restore', ['--project', project, ...flags], {env});
          assert.is(result.exitCode, 0, `${title}: ${result.stderr}`);
          assert.equal(alike(await contentOf(server, `zoo_${index}`)), before, title);
        }
      }),
    ));

  it('loads as a role that is no superuser, which owns it then', () =>
    withPostgres({}, (server) =>
      withTempFolder(async (project) => {
        await psql(server, 'CREATE ROLE app LOGIN CREATEDB; CREATE ROLE reader');
        const sql =
          'CREATE TABLE a (id serial PRIMARY KEY, t text); INSERT INTO a (t) SELECT i FROM generate_series(1, 1000) i; GRANT SELECT ON a TO reader';
        await createDatabase(server, 'shop', {sql});
        const path = join(project, 'shop.dump');
        await writeFile(path, await dumpedFrom(server, 'shop')('pg_dump', '-Fc'));
        const before = await contentOf(server, 'shop');
        const env = {DATABASE_URL: server.url('shop').replace('//postgres@', '//app@')};
        const flags = ['--into', 'mine', '--backup-file', path, '--yes'];
        ok(await door('restore', ['--project', project, ...flags], {env}));
        assert.equal(await contentOf(server, 'mine'), before);
        assert.is(await psql(server, owners, {database: 'mine'}), 'app');
      }),
    ));

  it('names the databases of a cluster dump, and takes a set by its folder', () =>
    withPostgres({}, (server) =>
      withTempFolder(async (project) => {
        await psql(server, 'CREATE ROLE app LOGIN');
        for (const name of ['one', 'two', 'my-app'])
          await createDatabase(server, name, {
            sql: `CREATE TABLE "${name}" AS SELECT 1 AS a`,
            owner: 'app',
          });
        const path = join(project, 'all');
        await writeFile(path, await dumpedFrom(server, 'one')('pg_dumpall'));
        const env = {DATABASE_URL: server.url('one')};
        const verb = (name: string, ...words: readonly string[]) =>
          door(name, ['--project', project, ...words], {env});
        const none = await verb('restore', '--database', 'three', '--backup-file', path, '--yes');
        assert.is(none.exitCode, 2, none.stderr);
        assert.match(none.stderr, /no database 'three'[\s\S]*one, [\s\S]*two/);
        const flags = ['--database', 'two', '--into', 'copy', '--owner', 'app', '--yes'];
        ok(await verb('restore', '--backup-file', path, ...flags));
        assert.is(await psql(server, 'SELECT a FROM two', {database: 'copy'}), '1');

        const named = ['--database', 'my-app', '--owner', 'app', '--yes'];
        ok(await verb('restore', '--backup-file', path, ...named));
        assert.is(await psql(server, 'SELECT a FROM "my-app"', {database: 'my-app'}), '1');
        ok(await verb('restore', '--roles-only', '--backup-file', path, '--yes'));

        const {folder} = JSON.parse(ok(await verb('backup', '--json')));
        ok(await verb('restore', '--backup-file', folder, '--into', 'again', '--yes'));
        assert.is(await psql(server, 'SELECT a FROM one', {database: 'again'}), '1');
        const mixed = await verb('restore', '--backup-file', folder, '--trust', '--yes');
        assert.is(mixed.exitCode, 2, mixed.stderr);
      }),
    ));
}

it.run();
