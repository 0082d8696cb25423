/** The doors of restore, undo and `prune --databases`: plans, refusals, answers. */
import {cp, readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {contentOf, makePlace, type Place} from '../support/faults.ts';
import {psql, startPostgres} from '../support/postgres.ts';
import {ok} from '../support/project.ts';
import {has} from '../support/require.ts';

const it = suite('pgkeep restore');

const sql = `
  CREATE TABLE orders (id integer PRIMARY KEY, note text, created_at timestamptz);
  INSERT INTO orders SELECT i, 'n' || i, '2020-01-01' FROM generate_series(1, 100) i;
  CREATE SEQUENCE counter;`;

if (has('postgres')) {
  let server: Awaited<ReturnType<typeof startPostgres>>;
  let place: Place;

  it.before(async () => {
    server = await startPostgres({settings: {max_prepared_transactions: '2'}});
    await psql(server, 'CREATE ROLE keeper LOGIN; CREATE ROLE stranger');
  });
  it.before.each(async () => {
    place = await makePlace(server, {sql});
  });
  it.after.each(() => place.end());
  it.after(() => server?.end());

  const count = () => place.sql('SELECT count(*) FROM orders');
  const names = async () =>
    (
      await psql(
        server,
        `SELECT datname FROM pg_database WHERE datname LIKE '${place.database}%' ORDER BY 1`,
      )
    ).split('\n');
  const shownBy = (text: string) =>
    text
      .split('\n')
      .filter((line) => !/^(clients|space|time) /.test(line))
      .join('\n');

  /** Nothing in the server and nothing on the shelf has changed, but for proofs and the journal. */
  const untouched = async (work: () => Promise<unknown>) => {
    const state = async () => ({
      names: await names(),
      count: await count(),
      sets: Object.keys(await contentOf(place.shelf)).filter(
        (name) => !/proof|restores/.test(name),
      ),
    });
    const before = await state();
    await work();
    assert.equal(await state(), before);
  };

  it('shows with --dry-run what is at stake, and touches nothing', () =>
    untouched(async () => {
      await place.sql(
        `INSERT INTO orders VALUES (101, 'late', '2199-01-01'); CREATE TABLE junk (); DELETE FROM orders WHERE id <= 5`,
      );
      const {stdout} = await place.run('restore', ['--dry-run']);
      assert.match(
        shownBy(stdout),
        new RegExp(`^restore +\\d+T\\d+Z of '${place.database}', manual, taken`),
      );
      assert.match(
        stdout,
        new RegExp(
          `into +'${place.database}' on local socket.*where the set was taken\\), as 'postgres'`,
        ),
      );
      assert.match(
        stdout,
        /public\.orders +96 +100 +4 come back; 1 newer than the set by created_at, the last of 2199-01-01/,
      );
      assert.match(stdout, /public\.junk +0 +- +not in the set: all of it goes/);
      assert.match(stdout, new RegExp(`undo +pgkeep undo --database ${place.database}`));
      const {plan} = JSON.parse(ok(await place.run('restore', ['--dry-run', '--json'])));
      assert.equal(plan.tables.find(({name}: {name: string}) => name === 'public.orders').now, 96);
      await place.sql(
        `DROP TABLE junk; DELETE FROM orders; INSERT INTO orders SELECT i FROM generate_series(1, 100) i`,
      );
    }));

  const refusals: readonly {
    title: string;
    args?: readonly string[];
    exit: number;
    says: RegExp;
    env?: () => Readonly<Record<string, string>>;
  }[] = [
    {title: 'without --yes where nobody can be asked', exit: 2, says: /a restore needs --yes/},
    {
      title: "over the server's own database",
      args: ['--yes', '--into', 'postgres'],
      exit: 2,
      says: /'postgres' is a database of the server itself/,
    },
    {
      title: 'of a set that is not there',
      args: ['--yes', '--backup', '20200101T000000Z'],
      exit: 2,
      says: /there is no set '20200101T000000Z'/,
    },
    {
      title: 'as a role that may not create databases',
      args: ['--yes'],
      exit: 6,
      says: /'keeper' may not create databases; .*may not rename[\s\S]*ALTER ROLE keeper CREATEDB/,
      env: () => ({DATABASE_URL: server.url(place.database).replace('//postgres@', '//keeper@')}),
    },
  ];

  for (const {title, args = [], exit, says, env = () => ({})} of refusals) {
    it(`refuses to restore ${title}`, () =>
      untouched(async () => {
        const {exitCode, stderr} = await place.run('restore', args, {env: env()});
        assert.is(exitCode, exit, stderr);
        assert.match(stderr, says);
        assert.is(exit === 2 && /^there now/m.test(stderr), false, 'a plan that comes to nothing');
      }));
  }

  it('refuses what would keep the database from being renamed, by name', async () => {
    await place.sql(`BEGIN; INSERT INTO orders VALUES (500); PREPARE TRANSACTION 'half done'`);
    await untouched(async () => {
      const {exitCode, stderr} = await place.run('restore', ['--yes']);
      assert.is(exitCode, 6, stderr);
      assert.match(stderr, /the prepared transaction 'half done'/);
    });
    await place.sql(`ROLLBACK PREPARED 'half done'`);
  });

  it('refuses what the server can not take, all of it at once: a newer major, an extension that is not there', async () => {
    const {sets} = JSON.parse(ok(await place.run('list', ['--json'])));
    const path = join(sets[0].folder, 'manifest.json');
    const manifest = JSON.parse(await readFile(path, 'utf8'));
    manifest.server.version = '18.1';
    manifest.extensions.push({name: 'pgkeep_none', version: '1.0', schema: 'public'});
    await writeFile(path, JSON.stringify(manifest));
    await untouched(async () => {
      const {exitCode, stderr} = await place.run('restore', ['--yes', '--backup', sets[0].id]);
      assert.is(exitCode, 6, stderr);
      assert.match(stderr, /the set is of PostgreSQL 18, the server is \d+: /);
      assert.match(stderr, /the server lacks the extensions? 'pgkeep_none'/);
    });
  });

  it('refuses a damaged set before anything is touched', async () => {
    const {sets} = JSON.parse(ok(await place.run('list', ['--json'])));
    const file = join(sets[0].folder, 'database.dump.gz');
    const bytes = await readFile(file);
    bytes[bytes.length >> 1] = (bytes[bytes.length >> 1] ?? 0) ^ 1;
    await writeFile(file, bytes);
    await untouched(async () => {
      const {exitCode, stderr} = await place.run('restore', ['--yes']);
      assert.is(exitCode, 4, stderr);
      assert.match(stderr, /is damaged: database\.dump\.gz does not have the SHA-256/);
    });
  });

  it('makes a role that the server lacks, without a password, and says so before', async () => {
    const role = `gone_${place.database}`;
    await place.sql(
      `CREATE ROLE ${role} LOGIN PASSWORD 'secret'; GRANT ${role} TO stranger; ALTER TABLE orders OWNER TO ${role}`,
    );
    ok(await place.run('backup'));
    await place.sql(`ALTER TABLE orders OWNER TO postgres; DROP ROLE ${role}`);
    const {plan} = JSON.parse(ok(await place.run('restore', ['--yes', '--json'])));
    assert.equal(plan.rolesToMake, [role]);
    const owner =
      "SELECT tableowner, rolcanlogin, rolpassword IS NULL FROM pg_tables JOIN pg_authid ON rolname = tableowner WHERE tablename = 'orders'";
    assert.is(await place.sql(owner), `${role}|t|t`);
    assert.ok(
      plan.cautions.includes(
        `'stranger', which is there, becomes a member of the new role '${role}'`,
      ),
    );
    assert.is(await place.sql(`SELECT pg_has_role('stranger', '${role}', 'MEMBER')`), 't');
  });

  it('leaves everything as it was where pg_restore passed over an error', async () => {
    const {env} = await place.programs({standIns: {pg_restore: 'pg_restore-grumbling'}});
    const sets = async () => JSON.parse(ok(await place.run('list', ['--json']))).sets.length;
    const before = [await names(), await sets()];
    const {exitCode, stderr} = await place.run('restore', ['--yes'], {env});
    assert.is(exitCode, 7, stderr);
    assert.match(stderr, /pg_restore failed with exit code 1[\s\S]*errors ignored on restore: 1/);
    assert.match(stderr, /the set \d+T\d+Z was removed again: nothing has changed/);
    assert.equal([await names(), await sets()], before);
    assert.is(await count(), '100');
  });

  it('leaves the set of what is there where it is the only one, and says why', async () => {
    const {env} = await place.programs({standIns: {pg_restore: 'pg_restore-grumbling'}});
    const {sets} = JSON.parse(ok(await place.run('list', ['--json'])));
    const aside = join(place.project, sets[0].id);
    await cp(sets[0].folder, aside, {recursive: true});
    await rm(sets[0].folder, {recursive: true});
    const {exitCode, stderr} = await place.run('restore', ['--yes', '--backup-file', aside], {env});
    assert.is(exitCode, 7, stderr);
    assert.match(stderr, /stays: there is no other of this database and server/);
    assert.is(JSON.parse(ok(await place.run('list', ['--json']))).sets.length, 1);
  });

  it('restores into another name without touching the one that the set was taken of', async () => {
    const copy = `${place.database}_copy`;
    ok(await place.run('restore', ['--into', copy, '--yes']));
    assert.is(await psql(server, 'SELECT count(*) FROM orders', {database: copy}), '100');
    assert.equal(await names(), [place.database, copy]);
    await psql(server, `DROP DATABASE ${copy}`);
  });

  it('gives the rows of some tables, with every definition, in a database of their own', async () => {
    await place.sql(`CREATE SCHEMA other; CREATE TYPE other.mood AS ENUM ('sad', 'ok');
      CREATE TABLE other.moods (id integer PRIMARY KEY, mood other.mood, order_id integer REFERENCES orders);
      INSERT INTO other.moods SELECT i, 'ok', i FROM generate_series(1, 7) i; CREATE INDEX moods_mood ON other.moods (mood);`);
    ok(await place.run('backup'));
    const copy = `${place.database}_part`;
    const {plan} = JSON.parse(
      ok(await place.run('restore', ['--into', copy, '--table', 'other.moods', '--yes', '--json'])),
    );
    assert.equal(plan.pick, {schemas: [], tables: ['other.moods']});
    const counts =
      "SELECT (SELECT count(*) FROM other.moods), (SELECT count(*) FROM orders), to_regclass('other.moods_mood')";
    assert.is(await psql(server, counts, {database: copy}), '7|0|other.moods_mood');
    for (const [words, says] of [
      [['--into', copy, '--table', 'orders'], /into a database that is not there yet/],
      [['--table', 'orders'], /into a database that is not there yet/],
      [['--into', `${copy}2`, '--table', 'nothing'], /no table of 'nothing'/],
    ] as const) {
      const {exitCode, stderr} = await place.run('restore', [...words, '--yes']);
      assert.is(exitCode, 2, stderr);
      assert.match(stderr, says);
    }
    await psql(server, `DROP DATABASE ${copy}`);
  });

  it('carries over what hangs on the name: owner, settings, grants, limit, comment', async () => {
    const {database} = place;
    await psql(
      server,
      `ALTER DATABASE ${database} OWNER TO keeper; ALTER DATABASE ${database} SET work_mem = '7MB'; ALTER ROLE stranger IN DATABASE ${database} SET work_mem = '9MB'; ALTER DATABASE ${database} CONNECTION LIMIT 17; GRANT CREATE ON DATABASE ${database} TO stranger WITH GRANT OPTION; REVOKE TEMPORARY ON DATABASE ${database} FROM PUBLIC; COMMENT ON DATABASE ${database} IS E'it''s \\\\ ours';`,
    );
    const traits = () =>
      psql(
        server,
        `SELECT pg_get_userbyid(datdba), datconnlimit, (SELECT array_agg(a::text ORDER BY a::text) FROM unnest(datacl) a), shobj_description(oid, 'pg_database'), (SELECT string_agg(setrole::regrole || setconfig::text, ';' ORDER BY 1) FROM pg_db_role_setting WHERE setdatabase = d.oid) FROM pg_database d WHERE datname = '${database}'`,
      );
    const before = await traits();
    ok(await place.run('restore', ['--yes']));
    assert.is(await traits(), before);
    ok(await place.run('undo', ['--yes']));
    assert.is(await traits(), before);
  });

  it('takes what a restore put aside for latest only where it is named', async () => {
    await place.sql('DELETE FROM orders');
    ok(await place.run('restore', ['--yes']));
    ok(await place.run('restore', ['--yes']));
    assert.is(await count(), '100');
  });

  it('takes the latest set of the server that it stands before, and asks it only in doubt', async () => {
    const {sets} = JSON.parse(ok(await place.run('list', ['--json'])));
    const [{folder, id}] = sets;
    const other = join(place.shelf, '20200101T000000Z');
    await cp(folder, other, {recursive: true});
    const file = join(other, 'manifest.json');
    const manifest = JSON.parse(await readFile(file, 'utf8'));
    manifest.server.systemIdentifier = '42';
    await writeFile(file, JSON.stringify({...manifest, id: '20200101T000000Z'}));
    assert.is(JSON.parse(ok(await place.run('show', ['latest', '--json']))).manifest.id, id);
    assert.is((await place.bare('show', ['latest'])).exitCode, 2);
    await rm(folder, {recursive: true});
    const {exitCode, stderr} = await place.run('restore', ['--yes']);
    assert.is(exitCode, 2, stderr);
    assert.match(stderr, /20200101T000000Z, is of another server \(system 42\)/);
  });

  it('lists what can be undone, undoes it once, and drops what has expired', async () => {
    await place.sql('DELETE FROM orders');
    const {plan} = JSON.parse(ok(await place.run('restore', ['--yes', '--json'])));
    const listed = JSON.parse(ok(await place.run('list', ['--json'])));
    assert.equal(
      listed.undo.map(({database, kept}: {database: string; kept: string}) => [database, kept]),
      [[place.database, plan.before]],
    );
    const dry = ok(await place.run('undo', ['--dry-run']));
    assert.match(dry, /public\.orders +100 +0 +100 fewer/);
    assert.is(await count(), '100');
    ok(await place.run('undo', ['--yes']));
    assert.is(await count(), '0');
    const again = await place.run('undo', ['--yes']);
    assert.is(again.exitCode, 2);
    assert.match(again.stderr, /there is no restore of '.*' to take back/);
    assert.equal(JSON.parse(ok(await place.run('list', ['--json']))).undo, []);

    assert.match(
      ok(await place.run('prune', ['--databases', '--database', place.database])),
      /_before_\S+ +.* kept$/m,
    );
    assert.is((await names()).length, 2);
    const later = {env: {PGKEEP_TEST_RUN: '1', PGKEEP_TEST_NOW: '2199-01-01T00:00:00.000Z'}};
    const words = ['--databases', '--database', place.database];
    assert.is((await place.run('prune', words, later)).exitCode, 2, 'it needs --yes');
    assert.match(
      ok(await place.run('prune', [...words, '--yes'], later)),
      /_before_\S+ +.* dropped$/m,
    );
    assert.equal(await names(), [place.database]);
  });

  it('names rows that were written while it built, and keeps them in the old database', async () => {
    const programs = await place.programs({standIns: {vacuumdb: 'vacuumdb-paused'}});
    const running = place.run('restore', ['--yes', '--json'], {env: programs.env});
    const {exitCode, stdout, stderr} = await programs.meanwhile(running, () =>
      place.sql(`INSERT INTO orders VALUES (101); CREATE TABLE fresh ();`),
    );
    assert.is(exitCode, 0, stdout + stderr);
    const {plan, written} = JSON.parse(stdout);
    assert.equal(written, [
      'table public.orders has 101 rows, the set recorded 100',
      'table public.fresh is not in the set',
    ]);
    assert.match(stderr, /written since the snapshot: table public\.orders has 101 rows/);
    assert.is(await count(), '100');
    assert.is(await psql(server, 'SELECT count(*) FROM orders', {database: plan.before}), '101');
  });
}

it.run();
