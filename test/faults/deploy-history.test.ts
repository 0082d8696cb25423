/** Deploys, rollbacks and deploys again: each rollback goes to what really served before, its environment too. */
import {execFile} from 'node:child_process';
import {promisify} from 'node:util';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {canDeploy} from '../support/deploy.ts';
import {startHistory} from '../support/deploy-history.ts';
import {ok} from '../support/project.ts';

const it = suite('a history of deploys');
const run = promisify(execFile);

if (canDeploy()) {
  const {place, deploy, serves, to} = await startHistory();
  it.after(() => place.end());

  it('does not take everything away by going back from a first deploy', async () => {
    await to('v1', '3');
    const {exitCode, stderr} = await deploy('rollback');
    assert.is(exitCode, 2, stderr);
    assert.match(stderr, /nothing served before the deploy/);
    await serves('v1', '3');
  });

  it('goes back with the environment from before, and again after another deploy', async () => {
    await to('v1', '3');
    await to('v1-again', '4');
    ok(await deploy('rollback'));
    await serves('v1', '3');
    const twice = await deploy('rollback');
    assert.is(twice.exitCode, 2, twice.stderr);
    assert.match(twice.stderr, /there is no deploy to take back/);
    await to('v1-again', '5');
    ok(await deploy('rollback'));
    await serves('v1', '3');
  });

  it('deploys a change of the environment alone', async () => {
    await to('v1', '6');
    await to('v1', '7');
    ok(await deploy('rollback'));
    await serves('v1', '6');
  });

  it('goes back to the version before where its containers were stopped or gone when the new one came', async () => {
    await to('v1', '6');
    await place.compose('stop', 'web');
    await to('v1-again', '6');
    ok(await deploy('rollback'));
    await serves('v1', '6');
    await place.compose('rm', '--stop', '--force', 'web');
    await to('v1-again', '6');
    const dry = ok(await place.deploy(['rollback', '--dry-run']));
    assert.not.match(dry, /^away/m);
    ok(await deploy('rollback'));
    await serves('v1', '6');
  });

  it('keeps the definitions of the last five deploys, for its own account alone', async () => {
    const {stdout} = await run('sh', ['-c', 'stat -c "%a %n" .pgkeep/*.compose.json'], {
      cwd: place.project,
    });
    const lines = stdout.trim().split('\n');
    assert.ok(lines.length <= 5, stdout);
    assert.ok(
      lines.every((line) => line.startsWith('600 ')),
      stdout,
    );
    const tags = await run('docker', [
      ...['image', 'ls', `pgkeep/${place.name}/*`, '--format={{.Tag}}'],
    ]);
    const ids = new Set(
      tags.stdout
        .trim()
        .split('\n')
        .map((tag) => tag.replace(/^\w+-/, '')),
    );
    assert.ok(ids.size <= 5 && ids.size >= lines.length, tags.stdout);
  });
}

it.run();
