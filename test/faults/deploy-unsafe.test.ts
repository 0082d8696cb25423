/** Rollbacks after what was held, changed by hand, or only migrated: nobody is told that a way back is safe which is not. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {canDeploy} from '../support/deploy.ts';
import {startHistory} from '../support/deploy-history.ts';
import {ok} from '../support/project.ts';

const it = suite('ways back that are not safe');

if (canDeploy()) {
  const {place, deploy, serves, to} = await startHistory();
  it.after(() => place.end());

  it('calls nothing safe that somebody has changed since', async () => {
    await to('v1', '6');
    await to('v1-again', '6');
    await place.sql('ALTER TABLE item ADD COLUMN by_hand int');
    const {exitCode, stderr} = await deploy('rollback');
    assert.is(exitCode, 2, stderr);
    assert.match(
      stderr,
      /the schema is another than before .* going back by image alone is unknown/,
    );
    ok(await deploy('rollback', '--force'));
    await serves('v1', '6');
    await place.sql('ALTER TABLE item DROP COLUMN by_hand');
  });

  it('goes back behind a deploy that was held, images and data, when the next one went forward', async () => {
    await to('v1', '6');
    await place.setTag('v2');
    await place.setEnv('DEPLOY_SMOKE_URLS', 'http://127.0.0.1:9/');
    const held = await deploy('--rehearse', 'off');
    await place.setEnv('DEPLOY_SMOKE_URLS', undefined);
    assert.is(held.exitCode, 9, held.stderr);
    await place.sql("INSERT INTO visit (who) VALUES ('meanwhile')");
    ok(await deploy());
    assert.is(await place.versionOf('web'), 'v2');
    assert.is((await place.idsOf('web')).length, 1);
    const byImage = await deploy('rollback');
    assert.is(byImage.exitCode, 2, byImage.stderr);
    ok(await deploy('rollback', '--data'));
    await serves('v1', '6');
    assert.is(await place.sql('SELECT version_num FROM alembic_version'), '001');
    const away = await deploy('rollback', '--data');
    assert.is(away.exitCode, 2, away.stderr);
  });

  it('has no image to go back to where only the schema was migrated', async () => {
    await place.setTag('v2');
    ok(await deploy('--mode', 'migrate-only'));
    const {exitCode, stderr} = await deploy('rollback');
    assert.is(exitCode, 2, stderr);
    assert.match(stderr, /has switched no service/);
    const [web] = await place.idsOf('web');
    ok(await deploy('rollback', '--data'));
    assert.is(await place.sql('SELECT version_num FROM alembic_version'), '001');
    assert.equal(await place.idsOf('web'), [web]);
    assert.is(await place.page(), 'v1 lamp');
  });
}

it.run();
