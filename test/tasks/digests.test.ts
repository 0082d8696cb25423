/** The digest of rows on a real server: the same for the same rows, another for any other. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import * as catalog from '../../lib/commands/catalog.ts';
import {findClients} from '../../lib/io/tools.ts';
import type {Relation} from '../../lib/model/catalog.ts';
import type {TableRecord} from '../../lib/model/manifest.ts';
import {attempt} from '../../lib/tasks/attempt.ts';
import {withServerSession} from '../../lib/tasks/connect.ts';
import {digestOf} from '../../lib/tasks/digests.ts';
import {typedValues} from '../fixtures/typed-values.ts';
import {testContext} from '../support/context.ts';
import {door} from '../support/door.ts';
import {createDatabase, psql, startPostgres} from '../support/postgres.ts';
import {has, scaled} from '../support/require.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('digests');

const subjectOf = ({schema, name, columns}: Relation) => ({schema, name, columns: [...columns]});

const kinds = ['content', 'sha256'] as const;
type Kind = (typeof kinds)[number];

const types = `CREATE TYPE pair AS (a int, b text); CREATE TYPE mood AS ENUM ('sad', 'happy');
  CREATE DOMAIN posint AS int CHECK (VALUE > 0);`;

/** Defaults that change what a value looks like, and names that stand before the server's own. */
const hostile = (database: string) => `
  CREATE SCHEMA evil;
  CREATE FUNCTION evil.hashtextextended(text, bigint) RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
  CREATE FUNCTION evil.count() RETURNS bigint LANGUAGE sql AS 'SELECT 1::bigint';
  CREATE ROLE hostile SUPERUSER LOGIN;
  ${[
    ...["DateStyle = 'SQL, DMY'", "TimeZone = 'Asia/Kolkata'", "IntervalStyle = 'iso_8601'"],
    ...[
      "bytea_output = 'escape'",
      'extra_float_digits = -15',
      'search_path = evil, public, pg_catalog',
    ],
    ...["lc_monetary = 'C.UTF-8'", "xmloption = 'document'", 'quote_all_identifiers = on'],
    ...['standard_conforming_strings = off', "client_encoding = 'LATIN1'", 'row_security = on'],
  ]
    .map((setting) => `ALTER DATABASE ${database} SET ${setting};`)
    .join('\n')}
  ALTER ROLE hostile SET statement_timeout = '1ms';
  ALTER ROLE hostile SET DateStyle = 'German';
  ALTER ROLE hostile SET client_min_messages = 'debug1';`;

if (has('postgres')) {
  const server = await startPostgres();
  it.after(() => server.end());
  const context = testContext('/nowhere', {PG_BINDIR: server.binaries});
  const [client] = await findClients(context.shell, {binaries: server.binaries});
  assert.ok(client);

  it('runs no function of a view that somebody put in the place of a table', async () => {
    await createDatabase(server, 'exchanged', {sql: 'CREATE VIEW bait AS SELECT 1 AS a'});
    const connection = {libpq: {...server.libpq, PGDATABASE: 'exchanged'}, source: 'test'};
    const read = () =>
      withServerSession(context, {connection, client}, async (session) => {
        await session.query('BEGIN');
        return attempt(session, 'SELECT to_json(a) FROM public.bait');
      });
    const [major = 0, minor = 0] = client.version.text.split('.').map(Number);
    const fixedIn: Readonly<Record<number, number>> = {14: 13, 15: 8, 16: 4};
    if (minor >= (fixedIn[major] ?? 0)) assert.match(String(await read()), /non-system view/);
  });

  /** The record of every table of a database, by name. */
  const recordsOf = (database: string, kind: Kind, PGUSER = 'postgres') => {
    const connection = {libpq: {...server.libpq, PGDATABASE: database, PGUSER}, source: 'test'};
    return withServerSession(context, {connection, client}, async (session) => {
      await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      const records = new Map<string, TableRecord>();
      for (const relation of await session.query<Relation>(catalog.relations))
        records.set(relation.name, await digestOf(session, subjectOf(relation), kind));
      return records;
    });
  };

  const digestsOf = async (database: string, kind: Kind, user?: string) =>
    new Map(
      [...(await recordsOf(database, kind, user))].map(([name, {rows, digest}]) => [
        name,
        [rows, digest],
      ]),
    );

  const sample = (order: 'ASC' | 'DESC') =>
    `${types} ${typedValues
      .map(([type, value, other], index) => {
        const columns = [`v ${type}`, 'id int', `"odd ""name" ${type}`];
        return `CREATE TABLE t${index} (${(order === 'ASC' ? columns : columns.toReversed()).join(', ')});
          INSERT INTO t${index} (id, v, "odd ""name")
          SELECT i, CASE WHEN i % 2 = 0 THEN (${value})::${type} ELSE (${other})::${type} END, (${value})::${type}
          FROM generate_series(1, 5) i ORDER BY i ${order};`;
      })
      .join('\n')}`;

  await createDatabase(server, 'one', {sql: sample('ASC')});
  await createDatabase(server, 'other', {sql: sample('DESC') + hostile('other')});

  for (const kind of kinds) {
    it(`is the same in another database, order and session by ${kind}`, async () => {
      const one = await digestsOf('one', kind);
      assert.is(one.size, typedValues.length);
      assert.ok([...one.values()].every(([rows, digest]) => rows === 5 && digest !== null));
      assert.equal(await digestsOf('other', kind, 'hostile'), one);
    });

    it(`is another one after one changed cell of any type, by ${kind}`, async () => {
      const before = await digestsOf('one', kind);
      const swap = (to: 'value' | 'other') =>
        typedValues
          .map(
            ([type, value, other], index) =>
              `UPDATE t${index} SET v = (${to === 'value' ? value : other})::${type} WHERE id = 2;`,
          )
          .join('\n');
      await psql(server, swap('other'), {database: 'one'});
      const after = await digestsOf('one', kind);
      const same = typedValues.filter(
        (_, index) => after.get(`t${index}`)?.[1] === before.get(`t${index}`)?.[1],
      );
      assert.equal(same, []);
      await psql(server, swap('value'), {database: 'one'});
      assert.equal(await digestsOf('one', kind), before, 'and the first again when it is put back');
    });

    const contents: readonly [string, string, string][] = [
      [
        'pairs of the same row',
        "VALUES ('a', 1), ('a', 1), ('b', 2)",
        "VALUES ('c', 1), ('c', 1), ('b', 2)",
      ],
      ['three of a row and one', "VALUES ('a', 1), ('a', 1), ('a', 1)", "VALUES ('a', 1)"],
      ['values that changed rows', "VALUES ('a', 1), ('b', 2)", "VALUES ('b', 1), ('a', 2)"],
      ['values that changed columns', "VALUES ('1', 2)", "VALUES ('2', 1)"],
      ['NULL in another column', 'VALUES (NULL, 1)', "VALUES ('1', NULL)"],
      [
        'no row and an empty one',
        'SELECT NULL::text, NULL::int',
        'SELECT NULL::text, NULL::int WHERE false',
      ],
      [
        'one row in a hundred thousand',
        'SELECT i::text, i FROM generate_series(1, 100000) i',
        'SELECT i::text, CASE i WHEN 77777 THEN 0 ELSE i END FROM generate_series(1, 100000) i',
      ],
    ];

    it(`tells contents apart that sums may blur, by ${kind}`, async () => {
      const script = contents.map(
        ([, one, other], index) =>
          `CREATE TABLE l${index} (a, b) AS ${one}; CREATE TABLE r${index} (a, b) AS ${other};`,
      );
      await createDatabase(server, `sums_${kind}`, {sql: script.join('\n')});
      const found = await digestsOf(`sums_${kind}`, kind);
      for (const [index, [what]] of contents.entries())
        assert.is.not(found.get(`l${index}`)?.[1], found.get(`r${index}`)?.[1], what);
    });
  }

  it('has a digest for tables without rows and without columns', async () => {
    await createDatabase(server, 'bare', {
      sql: 'CREATE TABLE a (); CREATE TABLE b (); INSERT INTO b DEFAULT VALUES; CREATE TABLE c (x int);',
    });
    const found = await digestsOf('bare', 'content');
    assert.equal(
      [found.get('a'), found.get('c')],
      [
        [0, '0/0'],
        [0, '0/0'],
      ],
    );
    assert.is(found.get('b')?.[0], 1);
    assert.is.not(found.get('b')?.[1], '0/0');
  });

  it('is null with the reason where the text of a row can not be had; the rows still count', async () => {
    await psql(server, "CREATE DATABASE bytes TEMPLATE template0 ENCODING SQL_ASCII LOCALE 'C'");
    await psql(
      server,
      "CREATE TABLE t AS SELECT E'\\\\xff'::bytea AS b; CREATE TABLE u (v text); INSERT INTO u VALUES (E'\\xff'), ('fine');",
      {database: 'bytes'},
    );
    const found = await recordsOf('bytes', 'sha256');
    assert.equal([found.get('u')?.rows, found.get('u')?.digest], [2, null]);
    assert.match(
      found.get('u')?.why ?? '',
      /invalid byte sequence for encoding "UTF8".*\(SQLSTATE 22021\)/,
    );
    assert.is.not(found.get('t')?.digest, null, 'and the next table has one again');
    assert.is.not((await recordsOf('bytes', 'content')).get('u')?.digest, null);
  });

  // 540 MB as COPY writes it, and as the text of a row, where each quote is doubled, beyond 1 GB: it can be
  // dumped, but not digested. (600 MB of bytea could not even be dumped: its text is too long for COPY.)
  if (scaled(1) > 1)
    it('is null where the text of a row is beyond 1 GB, and the backup stands', () =>
      withTempFolder(async (project) => {
        const sql = `CREATE TABLE t (v text); INSERT INTO t VALUES (repeat('"', 540000000));`;
        await createDatabase(server, 'huge', {sql});
        const env = {DATABASE_URL: server.url('huge')};
        const made = await door('backup', ['--project', project, '--json'], {env});
        assert.is(made.exitCode, 0, made.stderr);
        const [{rows, digest, why}] = JSON.parse(made.stdout).manifest.tables;
        assert.equal([rows, digest], [1, null]);
        assert.match(why, /\(SQLSTATE (54000|XX000)\)/);
      }));
}

it.run();
