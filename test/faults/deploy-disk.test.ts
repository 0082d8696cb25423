/** Disks of a deploy that are full, and a journal that can't be written any more: production is what it was. */
import {execFile} from 'node:child_process';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {canDeploy, startDeployApp} from '../support/deploy.ts';
import {until} from '../support/faults.ts';
import {withMemoryDisk} from '../support/mounts.ts';
import {ok} from '../support/project.ts';
import {canInject} from '../support/require.ts';

const it = suite('deploys on full disks');
const run = promisify(execFile);

if (canDeploy() && canInject('mount', 'chattr')) {
  const place = await startDeployApp({publish: true, env: {DEPLOY_STABLE_SECONDS: '2'}});
  it.after(() => place.end());
  ok(await place.deploy(['--yes']));
  const [web] = await place.idsOf('web');
  const journal = join(place.project, '.pgkeep/deploys.jsonl');
  const untouched = async () => {
    assert.equal(await place.idsOf('web'), [web]);
    assert.is(await place.page(), 'v1 lamp');
    assert.is(await place.sql('SELECT version_num FROM alembic_version'), '001');
  };

  it('says beforehand that a disk has no room for the backup', () =>
    withMemoryDisk(join(place.project, 'backups'), '100k', async () => {
      await place.setTag('v2');
      const {exitCode, stderr} = await place.deploy(['--yes', '--rehearse', 'off']);
      assert.is(exitCode, 6, stderr);
      assert.match(stderr, /free/);
      await untouched();
    }));

  it('ends where the backup fills the disk all the same', () =>
    withMemoryDisk(join(place.project, 'backups'), '1100m', async ({remount}) => {
      const before = (await readFile(journal, 'utf8')).length;
      const running = place.deploy(['--yes', '--rehearse', 'off']);
      const mark = '"event":"started","phase":"database"';
      await until(
        async () => (await readFile(journal, 'utf8')).slice(before).includes(mark),
        'the checks are over',
        60_000,
      );
      await remount('size=4k');
      const {exitCode, stderr} = await running;
      assert.is(exitCode, 7, stderr);
      assert.match(stderr, /the backup before the deploy failed: nothing was changed/);
      await untouched();
    }));

  it('puts back what it switched where its journal can not be written any more', async () => {
    await place.setTag('v1-again');
    const before = (await readFile(journal, 'utf8')).length;
    const running = place.deploy(['--yes']);
    const mark = '"event":"started","phase":"switch"';
    await until(
      async () => (await readFile(journal, 'utf8')).slice(before).includes(mark),
      'the switch begins',
      60_000,
    );
    await run('chattr', ['+i', journal]);
    const {exitCode, stderr} = await running;
    await run('chattr', ['-i', journal]);
    assert.is(exitCode, 8, stderr);
    assert.match(stderr, /put back: the version from before serves again/);
    assert.match(stderr, /warning: the journal: /);
    await untouched();
    // It has no end in the journal: whoever comes next is told, and gives it one.
    assert.is((await place.deploy(['--yes'])).exitCode, 2);
    ok(await place.deploy(['rollback', '--yes', '--force']));
    await untouched();
  });
}

it.run();
