/** Back with the data too: what was lost is there again, and what came later is named and kept. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {canDeploy, startDeployApp} from '../support/deploy.ts';
import {ok} from '../support/project.ts';

const it = suite('rollback --data');

if (canDeploy()) {
  const place = await startDeployApp({
    ...{publish: true, worker: true},
    env: {DEPLOY_STABLE_SECONDS: '2'},
  });
  it.after(() => place.end());
  const deploy = (...words: readonly string[]) => place.deploy(['--yes', ...words]);
  const revision = () => place.sql('SELECT version_num FROM alembic_version');

  it('brings back rows that a deploy lost, and the version that knows their schema', async () => {
    ok(await deploy());
    await place.sql("INSERT INTO item (id, name, price) VALUES (41, 'before', 1)");
    await place.setTag('v3');
    ok(await deploy());
    assert.match(await place.page(), /^v3/);
    assert.is(await revision(), '003');
    await place.sql('DELETE FROM item WHERE id = 41');
    await place.sql("INSERT INTO item (id, title, price) VALUES (42, 'after', 1)");

    const byImage = await place.deploy(['rollback', '--yes']);
    assert.is(byImage.exitCode, 2, byImage.stderr);
    const dry = ok(await place.deploy(['rollback', '--data', '--dry-run']));
    assert.match(dry, /before the deploy/);
    assert.match(await place.page(), /^v3/);

    const {
      data,
      of,
      deploy: id,
    } = JSON.parse(ok(await place.deploy(['rollback', '--data', '--yes', '--json'])));
    assert.is(await place.page(), 'v1 lamp');
    assert.is(await revision(), '001');
    assert.is(await place.sql('SELECT name FROM item WHERE id = 41'), 'before');
    assert.is(await place.sql('SELECT count(*) FROM item WHERE id = 42'), '0');
    assert.is(await place.sql('SELECT title FROM item WHERE id = 42', data.before), 'after');
    const shown = JSON.parse(ok(await place.run('show', [data.snapshot, '--json'])));
    assert.is((shown.manifest ?? shown).reason, 'before-restore');
    assert.is(await place.versionOf('worker'), 'v1');
    const history = JSON.parse(ok(await place.deploy(['history', '--json'])));
    assert.equal(
      history.at(-1) && [history.at(-1).deploy, history.at(-1).of, history.at(-1).withData],
      [id, of, true],
    );
    const nothing = await place.deploy(['rollback', '--data', '--yes']);
    assert.is(nothing.exitCode, 2, 'what was taken back is not taken back twice');
  });

  it('starts again what it had stopped where the data can not go back', async () => {
    await place.setTag('v2');
    ok(await deploy('--rehearse', 'off'));
    const before = await place.idsOf('web');
    // A prepared transaction keeps a database from being renamed.
    await place.sql('ALTER SYSTEM SET max_prepared_transactions = 5');
    await place.compose('restart', 'postgres');
    const settled = async () => (await place.page()).startsWith('v2');
    for (let second = 0; second < 30 && !(await settled()); second += 1)
      await new Promise((resolve) => setTimeout(resolve, 1_000));
    await place.sql("BEGIN; INSERT INTO visit (who) VALUES ('x'); PREPARE TRANSACTION 'stuck'");
    const {exitCode, stderr} = await place.deploy(['rollback', '--data', '--yes']);
    assert.is(exitCode, 6, stderr);
    assert.match(stderr, /prepared transaction/);
    assert.equal(await place.idsOf('web'), before);
    assert.match(await place.page(), /^v2/);
    await place.sql("ROLLBACK PREPARED 'stuck'");
  });
}

it.run();
