/** Restores by roles that may little, and of rights that others than the owner granted. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {psqlSession} from '../../lib/commands/postgres.ts';
import {withSession} from '../../lib/io/session.ts';
import {dropIncoming} from '../../lib/tasks/drop-incoming.ts';
import {as, makePlace, type Place, until} from '../support/faults.ts';
import {createDatabase, psql, startPostgres, testShell} from '../support/postgres.ts';
import {ok} from '../support/project.ts';
import {has} from '../support/require.ts';

const it = suite('rights of a restore');

/** A worker of autovacuum that stays for as long as the test looks. */
const slowVacuum = {
  autovacuum: 'on',
  autovacuum_naptime: '1s',
  autovacuum_vacuum_cost_delay: '100ms',
  autovacuum_vacuum_cost_limit: '1',
};

if (has('postgres')) {
  let server: Awaited<ReturnType<typeof startPostgres>>;
  let place: Place;

  it.before(async () => {
    server = await startPostgres({settings: slowVacuum});
    await psql(server, 'CREATE ROLE keeper LOGIN CREATEDB; CREATE ROLE first; CREATE ROLE second');
  });
  it.before.each(async () => {
    const sql = 'CREATE TABLE t AS SELECT i FROM generate_series(1, 100) i';
    place = await makePlace(server, {sql});
  });
  it.after.each(() => place.end());
  it.after(() => server?.end());

  const incoming = async () =>
    (
      await psql(
        server,
        `SELECT datname FROM pg_database WHERE datname LIKE '${place.database}_incoming_%'`,
      )
    )
      .split('\n')
      .filter(Boolean);

  /** The database and what is in it belong to a role that is no superuser. */
  const giveToKeeper = async () => {
    await place.sql(
      `ALTER DATABASE ${place.database} OWNER TO keeper; ALTER TABLE t OWNER TO keeper; ALTER SCHEMA public OWNER TO keeper`,
    );
    return as(place, 'keeper');
  };

  it('drops a database with a worker of autovacuum in it without being a superuser', async () => {
    const name = `${place.database}_built`;
    await createDatabase(server, name, {
      owner: 'keeper',
      sql: 'CREATE TABLE big AS SELECT i, md5(i::text) FROM generate_series(1, 200000) i; DELETE FROM big WHERE i % 2 = 0',
    });
    const workers = `SELECT count(*) FROM pg_stat_activity WHERE datname = '${name}' AND backend_type = 'autovacuum worker'`;
    await until(async () => (await psql(server, workers)) !== '0', 'a worker is there', 60_000);
    const source = 'test';
    const libpq = {...server.libpq, PGDATABASE: 'postgres', PGUSER: 'keeper'};
    const left = await withSession(
      testShell(),
      psqlSession({libpq, source}, server.binaries),
      (session) => dropIncoming(session, name),
    );
    assert.is(left, undefined);
  });

  it('says what went wrong first, and warns of what it could not drop', async () => {
    const env = await giveToKeeper();
    ok(await place.run('backup', [], {env}));
    const programs = await place.programs({standIns: {pg_restore: 'pg_restore-lingering'}});
    let sleeper: Promise<unknown> = Promise.resolve();
    const sleeping = "SELECT pid FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(600)'";
    const words = ['--yes', '--jobs', '1'];
    const running = place.run('restore', words, {env: {...env, ...programs.env}});
    const failed = await programs.meanwhile(running, async () => {
      const [name = ''] = await incoming();
      await psql(server, 'DELETE FROM t WHERE i = 1', {database: name});
      sleeper = psql(server, 'SELECT pg_sleep(600)', {database: name}).catch(() => {});
      await until(async () => (await psql(server, sleeping)) !== '', 'somebody is in it');
    });
    try {
      assert.is(failed.exitCode, 4, failed.stderr);
      assert.match(
        failed.stderr,
        /could not be dropped \(.*superuser.*\): the next restore drops it/,
      );
      const [left] = await incoming();
      const next = await place.run('restore', ['--yes'], {env});
      assert.match(next.stderr, new RegExp(`'${left}' could not be dropped`));
      assert.match(ok(next), /compared row for row/);
    } finally {
      await psql(server, `SELECT pg_terminate_backend(pid) FROM (${sleeping}) AS s`);
      await sleeper;
    }
    ok(await place.run('restore', ['--yes'], {env}));
    assert.equal(await incoming(), []);
  });

  it('names the way out where the present database can not be dumped', async () => {
    const {database} = place;
    const {env} = await place.programs({standIns: {pg_dump: 'pg_dump-failing'}});
    const {exitCode, stderr} = await place.run('restore', ['--yes'], {env});
    assert.is(exitCode, 7, stderr);
    assert.match(stderr, /the snapshot of the present '.*' failed, so nothing was touched/);
    assert.match(
      stderr,
      new RegExp(
        `--into ${database}_restored.*ALTER DATABASE ${database} RENAME TO "${database}_before_`,
      ),
    );
    assert.equal(await incoming(), []);
  });

  it('refuses a name that PostgreSQL would cut off', async () => {
    const cut = 'n'.repeat(63);
    await createDatabase(server, cut, {sql: 'CREATE TABLE t AS SELECT 1 AS i'});
    for (const [verb, flag] of [
      ['restore', '--into'],
      ['undo', '--database'],
    ] as const) {
      const {exitCode, stderr} = await place.run(verb, [flag, `${cut}n`, '--yes']);
      assert.is(exitCode, 2, stderr);
      assert.match(stderr, /it has 64 bytes, PostgreSQL takes 63/);
    }
    assert.is(await psql(server, 'SELECT count(*) FROM t', {database: cut}), '1');
  });

  const asKeeper: readonly (readonly [title: string, sql: string, says: RegExp])[] = [
    [
      'a setting that only a superuser may make',
      "ALTER DATABASE $db SET log_statement = 'all'",
      /settings of 'log_statement', which the role 'keeper' may not set/,
    ],
    [
      'a setting that no server knows yet',
      "ALTER DATABASE $db SET app.tenant = 'a'",
      /settings of 'app.tenant', which the role 'keeper' may not set/,
    ],
    [
      'a setting for another role',
      "ALTER ROLE first IN DATABASE $db SET work_mem = '7MB'",
      /settings for 'first', and the role 'keeper' may not alter that role/,
    ],
    [
      'an owner whose rights it has not',
      'ALTER ROLE keeper NOINHERIT; GRANT first TO keeper; ALTER DATABASE $db OWNER TO first',
      /'keeper' may not rename '.*', which belongs to 'first'/,
    ],
  ];
  for (const [title, sql, says] of asKeeper)
    it(`knows before anything starts that it may not carry over ${title}`, async () => {
      const env = await giveToKeeper();
      ok(await place.run('backup', [], {env}));
      await psql(server, sql.replaceAll('$db', place.database));
      const state = () => psql(server, 'SELECT string_agg(datname, $$,$$) FROM pg_database');
      const before = await state();
      const {exitCode, stderr} = await place.run('restore', ['--yes'], {env});
      const as = await place.run('restore', ['--yes']);
      await psql(server, 'ALTER ROLE keeper INHERIT; REVOKE first FROM keeper');
      assert.is(exitCode, 6, stderr);
      assert.match(stderr, says);
      assert.not.match(stderr, /saving what is there/);
      assert.not.match(before, /_incoming_/);
      ok(as);
    });

  it('sees the sessions of others that it may not end, and refuses before anything starts', async () => {
    const env = await giveToKeeper();
    ok(await place.run('backup', [], {env}));
    ok(await place.run('restore', ['--yes'], {env}));
    await psql(server, 'DROP ROLE IF EXISTS visitor; CREATE ROLE visitor LOGIN');
    const libpq = {...server.libpq, PGDATABASE: place.database, PGUSER: 'visitor'};
    await withSession(
      testShell(),
      psqlSession({libpq, source: 'test'}, server.binaries),
      async (session) => {
        await session.query('SELECT to_json(1)');
        for (const verb of ['restore', 'undo']) {
          const {exitCode, stderr} = await place.run(verb, ['--yes'], {env});
          assert.is(exitCode, 6, stderr);
          assert.match(stderr, /'keeper' may not end the sessions of '?visitor'?/);
          assert.not.match(stderr, /saving what is there/);
        }
        assert.equal(await session.query('SELECT to_json(1)'), [1]);
      },
    );
    ok(await place.run('undo', ['--yes'], {env}));
  });

  it('carries over what a role may set that is no superuser', async () => {
    const env = await giveToKeeper();
    const {database} = place;
    await psql(
      server,
      `ALTER DATABASE ${database} SET work_mem = '7MB'; ALTER DATABASE ${database} SET log_statement = 'all'; ALTER ROLE keeper IN DATABASE ${database} SET "DateStyle" = 'ISO, DMY'`,
    );
    const isFine = Number(await psql(server, 'SHOW server_version_num')) >= 150_000;
    if (isFine) await psql(server, 'GRANT SET ON PARAMETER log_statement TO keeper');
    else await psql(server, `ALTER DATABASE ${database} RESET log_statement`);
    ok(await place.run('backup', [], {env}));
    const settings = () =>
      psql(
        server,
        `SELECT string_agg(setrole || setconfig::text, ' ' ORDER BY setrole) FROM pg_db_role_setting s JOIN pg_database d ON d.oid = setdatabase WHERE datname = '${database}'`,
      );
    const before = await settings();
    ok(await place.run('restore', ['--yes'], {env}));
    assert.is(await settings(), before);
    const copy = `${database}_copy`;
    ok(await place.run('restore', ['--yes', '--into', copy], {env}));
    if (isFine) await psql(server, 'REVOKE SET ON PARAMETER log_statement FROM keeper');
    if (!isFine) return;
    const refused = await place.run('restore', ['--yes', '--into', `${copy}2`], {env});
    assert.is(refused.exitCode, 6, refused.stderr);
    assert.match(refused.stderr, /settings of 'log_statement'/);
  });

  it('names what roles may that are to be made, and refuses to make what it may not', async () => {
    const role = `boss_${place.database}`;
    await psql(server, `CREATE ROLE ${role} SUPERUSER BYPASSRLS`);
    await place.sql(`GRANT SELECT ON t TO ${role}`);
    const env = await giveToKeeper();
    ok(await place.run('backup', [], {env}));
    await place.sql(`DROP OWNED BY ${role}; DROP ROLE ${role}`);
    await psql(server, 'ALTER ROLE keeper CREATEROLE');
    const {exitCode, stderr} = await place.run('restore', ['--yes'], {env});
    await psql(server, 'ALTER ROLE keeper NOCREATEROLE');
    assert.is(exitCode, 6, stderr);
    assert.match(stderr, /'keeper' may not make '.*' with SUPERUSER, BYPASSRLS/);
    const dry = ok(await place.run('restore', ['--dry-run']));
    assert.match(dry, new RegExp(`note: the role '${role}' is made with SUPERUSER, BYPASSRLS`));
  });

  it('keeps rights that somebody else than the owner granted, in drill and restore', async () => {
    const {database} = place;
    await psql(
      server,
      `GRANT CREATE ON DATABASE ${database} TO first WITH GRANT OPTION; SET SESSION AUTHORIZATION first; GRANT CREATE ON DATABASE ${database} TO second; RESET SESSION AUTHORIZATION`,
    );
    const grants = () =>
      psql(server, `SELECT datacl FROM pg_database WHERE datname = '${database}'`);
    const before = await grants();
    assert.match(before, /second=C\/first/);
    ok(await place.run('backup'));
    const drill = ok(await place.run('verify', ['latest', '--level', 'restore', '--json']));
    assert.is(JSON.parse(drill)[0].verdict, 'intact', drill);
    ok(await place.run('restore', ['--yes']));
    assert.is(await grants(), before);
    const {exitCode, stderr} = await place.run('restore', ['--yes'], {env: await giveToKeeper()});
    assert.is(exitCode, 6, stderr);
    assert.match(stderr, /granted by others than its owner/);
  });
}

it.run();
