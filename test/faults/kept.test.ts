/** Databases that say they were put aside and were not, or are no longer: nothing drops them or swaps them in. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {besideName} from '../../lib/model/beside.ts';
import {makePlace, type Place, until} from '../support/faults.ts';
import {psql, startPostgres} from '../support/postgres.ts';
import {ok} from '../support/project.ts';
import {has} from '../support/require.ts';

const it = suite('databases put aside');

if (has('postgres')) {
  let server: Awaited<ReturnType<typeof startPostgres>>;
  let place: Place;

  it.before(async () => {
    server = await startPostgres();
    await psql(server, 'CREATE ROLE stranger');
  });
  it.before.each(async () => {
    place = await makePlace(server, {sql: 'CREATE TABLE t AS SELECT 1 AS i'});
  });
  it.after.each(() => place.end());
  it.after(() => server?.end());

  const names = async () =>
    (
      await psql(
        server,
        `SELECT datname FROM pg_database WHERE datname LIKE '${place.database}%' ORDER BY 1`,
      )
    ).split('\n');

  it('drops no database that was renamed back by hand, and swaps none in', async () => {
    const {database} = place;
    const {plan} = JSON.parse(ok(await place.run('restore', ['--yes', '--json'])));
    await psql(server, `ALTER DATABASE ${database} RENAME TO ${database}_bad`);
    await psql(server, `ALTER DATABASE "${plan.before}" RENAME TO ${database}`);
    const later = {env: {PGKEEP_TEST_NOW: '2199-01-01T00:00:00.000Z'}};
    const said = ok(await place.run('prune', ['--databases', '--yes'], later));
    assert.not.match(said, new RegExp(`^${database} `, 'm'));
    assert.equal(await names(), [database, `${database}_bad`]);
    assert.is((await place.run('undo', ['--yes'])).exitCode, 2);
    // `list` asks no server, and says so.
    assert.match(ok(await place.run('list')), /undo: by this host's journal/);
    await psql(server, `DROP DATABASE ${database}_bad`);
  });

  it('gives what was renamed back its own comment again, and can put it aside anew', async () => {
    const {database} = place;
    const comment = () =>
      psql(
        server,
        `SELECT shobj_description(oid, 'pg_database') FROM pg_database WHERE datname = '${database}'`,
      );
    await psql(server, `COMMENT ON DATABASE ${database} IS 'of ours'`);
    const {plan} = JSON.parse(ok(await place.run('restore', ['--yes', '--json'])));
    assert.is(await comment(), 'of ours');
    await psql(server, `DROP DATABASE ${database}`);
    await psql(server, `ALTER DATABASE "${plan.before}" RENAME TO ${database}`);
    assert.match(await comment(), /this database was '.*' until/);
    ok(await place.run('backup'));
    ok(await place.run('restore', ['--yes']));
    assert.is(await comment(), 'of ours');
    ok(await place.run('undo', ['--yes']));
    assert.is(await comment(), 'of ours');
  });

  it('knows a database that it built until it serves, whatever comment that is to have', async () => {
    const {database} = place;
    await psql(server, `COMMENT ON DATABASE ${database} IS 'of ours'`);
    const programs = await place.programs({standIns: {vacuumdb: 'vacuumdb-paused'}});
    let pid = 0;
    const onStart = (started: number) => {
      pid = started;
    };
    const incoming = async () => (await names()).filter((name) => name.includes('_incoming_'));
    const waiting = `SELECT count(*) FROM pg_stat_activity WHERE datname = '${database}' AND wait_event_type = 'Lock'`;
    let holder: Promise<unknown> = Promise.resolve();
    let killing: Promise<unknown> = Promise.resolve();
    const running = place.run('restore', ['--yes'], {env: programs.env, onStart});
    const killed = programs.meanwhile(running, async () => {
      holder = place.sql('BEGIN; LOCK TABLE t; SELECT pg_sleep(60)').catch(() => {});
      const locked = `SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND relation IN (SELECT 't'::regclass)`;
      await until(async () => (await place.sql(locked)) === '1', 'the table is locked');
      killing = until(async () => (await psql(server, waiting)) !== '0', 'it looks', 60_000).then(
        () => process.kill(pid, 'SIGKILL'),
      );
    });
    await killed;
    await killing;
    await psql(
      server,
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(60)' AND pid <> pg_backend_pid()`,
    );
    await holder;
    const [left = ''] = await incoming();
    assert.match(left, /_incoming_/);
    ok(await place.run('restore', ['--yes']));
    assert.equal(await incoming(), []);
  });

  it('gives production to nobody who only writes a comment', async () => {
    const {database} = place;
    const forge = async (run: string, owner: string) => {
      const note = {pgkeep: 1, role: 'before', of: database, run, verb: 'restore'};
      const rest = {at: '2026-01-01T00:00:00.000Z', set: null, comment: null};
      const name = besideName(database, 'before', run);
      await psql(
        server,
        `CREATE DATABASE "${name}" OWNER ${owner}; COMMENT ON DATABASE "${name}" IS '${JSON.stringify({...note, ...rest})}'`,
      );
      return name;
    };
    const forged = await forge('20260101T000000Z', 'stranger');
    const {exitCode, stderr} = await place.run('undo', ['--yes']);
    assert.is(exitCode, 6, stderr);
    assert.match(stderr, /belongs to 'stranger' and '.*' to 'postgres': whoever may create/);
    const said = ok(await place.run('prune', ['--databases', '--yes']));
    assert.match(said, new RegExp(`^${forged} .*belongs to 'stranger'`, 'm'));
    assert.equal(await names(), [database, forged]);
    const {plan} = JSON.parse(ok(await place.run('restore', ['--yes', '--json'])));
    await forge('21990101T000000Z', 'postgres');
    const undone = await place.run('undo', ['--yes', '--json']);
    assert.is(JSON.parse(ok(undone)).plan.kept.name, plan.before);
    assert.match(JSON.parse(undone.stdout).plan.cautions.join(), /its run is of the future/);
  });
}

it.run();
