/** Migrations that fail, wait, hang and lie: what the database says afterwards decides, not their exit code. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {canDeploy, startDeployApp} from '../support/deploy.ts';
import type {AppVersion} from '../support/deploy-images.ts';
import {until} from '../support/faults.ts';
import {ok} from '../support/project.ts';

const it = suite('migrations of a deploy');

if (canDeploy()) {
  const place = await startDeployApp({publish: true, env: {DEPLOY_STABLE_SECONDS: '2'}});
  it.after(() => place.end());
  const deploy = (...words: readonly string[]) => place.deploy(['--yes', ...words]);
  const unrehearsed = () => deploy('--rehearse', 'off');
  const revision = () => place.sql('SELECT version_num FROM alembic_version');
  const sessions = () =>
    place.sql(
      "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'pgkeep-deploy-%'",
    );
  ok(await deploy());
  const [web] = await place.idsOf('web');
  /** The schema of v1 again, and v1 well with it. */
  const reset = async () => {
    await place.sql('DROP TABLE IF EXISTS alembic_version, item, visit CASCADE');
    await place.setTag('v1');
    await place.compose('run', '--rm', '--no-deps', '-T', 'web', 'migrate', 'upgrade', 'head');
    await until(async () => (await place.compose('ps', 'web')).includes('(healthy)'), 'v1 is well');
  };
  const untouched = async () => {
    assert.is(await place.page(), 'v1 lamp');
    assert.equal(await place.idsOf('web'), [web]);
    assert.is(await sessions(), '0');
    const left = await place.compose('ps', '--all', '--format={{.Name}}');
    assert.not.match(left, /migrate/);
  };

  const failing: readonly (readonly [AppVersion, number, string, RegExp])[] = [
    ['migration-fails', 7, '001', /failed and changed nothing: it ended with exit code/],
    ['migration-lies', 7, '001', /the revision is '001' and not 002/],
    ['migration-half', 9, '002', /neither done nor undone: .* from '001' to '002'/],
  ];

  for (const [version, exit, left, says] of failing)
    it(`ends with ${exit} for '${version}', the old version serving, with the end of its log`, async () => {
      await place.setTag(version);
      const {exitCode, stderr} = await unrehearsed();
      assert.is(exitCode, exit, stderr);
      assert.match(stderr, says);
      assert.match(stderr, /\.pgkeep\/\S+\.migrate\.log/);
      await untouched();
      assert.is(await revision(), left);
      await reset();
    });

  it('sees an index that was left invalid, though the revision is the same', async () => {
    await place.setTag('migration-index');
    const {exitCode, stderr} = await unrehearsed();
    assert.is(exitCode, 9, stderr);
    assert.match(stderr, /invalid indexes: /, stderr);
    await untouched();
    await reset();
  });

  it('touches nothing where the rehearsal fails', async () => {
    await place.setTag('migration-fails');
    const {exitCode, stderr} = await deploy();
    assert.is(exitCode, 7, stderr);
    assert.not.match(stderr, /\[5\/11\]/);
    await untouched();
  });

  /** Somebody reads the table in a transaction that he does not end. */
  const reading = async () => {
    const words =
      "SET application_name = 'report'; BEGIN; SELECT count(*) FROM item; SELECT pg_sleep(600)";
    const session = place.sql(words).catch(() => '');
    const there = "SELECT count(*) FROM pg_stat_activity WHERE application_name = 'report'";
    await until(async () => (await place.sql(there)) === '1', 'somebody reads the table');
    return async () => {
      const end = there.replace('count(*)', 'pg_terminate_backend(pid)');
      await place.sql(end);
      await session;
    };
  };

  it('names who keeps it from its lock, gives up in time, and tries again', async () => {
    await place.setTag('migration-locks');
    const goAway = await reading();
    const running = unrehearsed();
    const waits =
      "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name LIKE 'pgkeep-deploy-%'";
    const isWaiting = async () => (await place.sql(waits)) === '1';
    await until(isWaiting, 'the migration waits', 60_000);
    await until(async () => !(await isWaiting()), 'it has given up', 20_000);
    await goAway();
    const {exitCode, stderr} = await running;
    assert.is(exitCode, 0, stderr);
    assert.match(stderr, /the migration waits for (public\.)?item held by session \d+ \(report\)/);
    assert.match(stderr, /gave up on a lock and changed nothing: again in 2 s/);
    ok(await place.deploy(['rollback', '--yes', '--force']));
    assert.is(await place.page(), 'v1 lamp');
    await reset();
  });

  it('switches nothing where its lock has been lost meanwhile: another deploy may be at work', async () => {
    const before = await place.idsOf('web');
    await place.setTag('migration-locks');
    const goAway = await reading();
    const running = unrehearsed();
    const waits =
      "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND application_name LIKE 'pgkeep-deploy-%'";
    await until(async () => (await place.sql(waits)) === '1', 'the migration waits', 60_000);
    const ended =
      "SELECT count(pg_terminate_backend(pid)) FROM pg_locks WHERE locktype = 'advisory' AND classid = 1885827441";
    assert.is(await place.sql(ended), '1');
    await goAway();
    const {exitCode, stderr} = await running;
    assert.is(exitCode, 9, stderr);
    assert.match(
      stderr,
      /the session that keeps other deploys of this database out has been ended/,
    );
    assert.match(stderr, /; the schema has been migrated already/);
    assert.match(stderr, /see that no other deploy is at work/);
    assert.not.match(stderr, /put back/);
    assert.equal(await place.idsOf('web'), before);
    ok(await place.deploy(['rollback', '--yes', '--force']));
    await reset();
  });

  it('gives up for good where the lock is never to be had, and changes nothing', async () => {
    const [present] = await place.idsOf('web');
    await place.setTag('migration-locks');
    const goAway = await reading();
    const {exitCode, stderr} = await unrehearsed();
    await goAway();
    assert.is(exitCode, 7, stderr);
    assert.match(stderr, /it did not get its lock in 3 attempts/);
    assert.equal(await place.idsOf('web'), [present]);
    assert.is(await revision(), '001');
    assert.is(await sessions(), '0');
  });

  it('ends one that hangs when its time is over, its session too', async () => {
    await place.setTag('migration-hangs');
    await place.setEnv('DEPLOY_MIGRATE_TIMEOUT', '3s');
    const {exitCode, stderr} = await unrehearsed();
    await place.setEnv('DEPLOY_MIGRATE_TIMEOUT', undefined);
    assert.is(exitCode, 7, stderr);
    assert.match(stderr, /was not done within 3 s, and was ended/);
    assert.is(await sessions(), '0');
    assert.is(await revision(), '001');
  });
}

it.run();
