/** Databases that say they were put aside and were not, or are no longer: nothing drops them or swaps them in. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {besideName} from '../../lib/model/beside.ts';
import {makePlace, type Place} from '../support/faults.ts';
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
    await psql(server, `DROP DATABASE ${database}_bad`);
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
