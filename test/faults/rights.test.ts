/** What the role can't read is an error that names it and the grant to give; the grant is enough. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {as, makePlace, type Place, survives} from '../support/faults.ts';
import {psql, startPostgres} from '../support/postgres.ts';
import {has} from '../support/require.ts';

const it = suite('rights');

const rows: readonly {title: string; sql: string; says: RegExp; role?: string}[] = [
  {
    title: 'a table without SELECT',
    sql: 'CREATE TABLE open (a int); GRANT SELECT ON open TO ROLE; CREATE TABLE closed (a int)',
    says: /may not read public\.closed\n/,
  },
  {
    title: 'a table that only some columns may be read of',
    sql: 'CREATE TABLE half (a int, b int); GRANT SELECT (a) ON half TO ROLE',
    says: /may not read public\.half\n/,
  },
  {
    title: 'a schema without USAGE',
    sql: 'CREATE SCHEMA shut; CREATE TABLE shut.t (a int); GRANT SELECT ON shut.t TO ROLE',
    says: /may not read shut\.t\n/,
  },
  {
    title: 'a sequence without SELECT',
    sql: 'CREATE SEQUENCE counter; GRANT USAGE ON counter TO ROLE',
    says: /may not read public\.counter\n/,
  },
  {
    title: 'rows hidden by row-level security',
    sql: `CREATE TABLE ours (a int); INSERT INTO ours VALUES (1), (2); GRANT SELECT ON ours TO ROLE;
      ALTER TABLE ours ENABLE ROW LEVEL SECURITY; CREATE POLICY half ON ours USING (a = 1)`,
    says: /would not see every row of public\.ours/,
  },
  {
    title: 'an unreadable large object',
    sql: `SELECT lo_from_bytea(4711, 'secret')`,
    says: /may not read the large objects 4711\n/,
  },
  {
    title: 'more large objects than fit into a line',
    sql: `SELECT lo_from_bytea(5000 + i, 'secret') FROM generate_series(1, 30) i`,
    says: /may not read the large objects 5001, .*5008 and 22 more/,
  },
  {
    title: 'all of it at once, for a role with an odd name',
    role: `o'dd "röle"; --`,
    sql: `CREATE TABLE "clo""sed" (a int); CREATE SEQUENCE counter; SELECT lo_from_bytea(4711, 'secret');
      CREATE TABLE ours (a int); GRANT SELECT ON ours TO ROLE; ALTER TABLE ours ENABLE ROW LEVEL SECURITY`,
    says: /may not read public\."clo""sed", public\.counter; it would not see.*ours.*4711/,
  },
];

const quoted = (name: string) => `"${name.replaceAll('"', '""')}"`;

if (has('postgres')) {
  let server: Awaited<ReturnType<typeof startPostgres>>;
  it.before(async () => {
    server = await startPostgres();
  });
  it.after(() => server.end());

  const placeFor = async ({role = 'reader', sql}: {role?: string; sql: string}) => {
    await psql(server, `DROP ROLE IF EXISTS ${quoted(role)}; CREATE ROLE ${quoted(role)} LOGIN`);
    const statements = sql.replace(/ROLE(?=;|$)/g, () => quoted(role));
    return makePlace(server, {sql: statements, withOlderSet: false});
  };
  const backupAs = (place: Place, role = 'reader') =>
    place.run('backup', [], {env: as(place, role)});

  for (const row of rows)
    it(`names ${row.title}, and the grant that is enough`, async () => {
      const place = await placeFor(row);
      const {stderr} = await survives(place, () => backupAs(place, row.role), {
        exit: 6,
        says: row.says,
      });
      const [, grant = ''] = /^hint: as a superuser: (.*)$/m.exec(stderr) ?? [];
      assert.ok(grant, stderr);
      await place.sql(grant);
      const after = await backupAs(place, row.role);
      assert.is(after.exitCode, 0, after.stderr);
      await place.sql(`DROP OWNED BY ${quoted(row.role ?? 'reader')}`);
      await place.end();
    });
}

it.run();
