/** A deploy ended from outside in each of its phases: `status` says how things are, and `resume` or `rollback` ends it. */
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {deployStates, hasTouched} from '../../lib/model/deploy/deploy-state.ts';
import {parseJournal} from '../../lib/model/deploy/journal.ts';
import type {PhaseName} from '../../lib/model/deploy/phases.ts';
import {canDeploy, startDeployApp} from '../support/deploy.ts';
import type {AppVersion} from '../support/deploy-images.ts';
import {until} from '../support/faults.ts';
import {ok} from '../support/project.ts';

const it = suite('deploys ended from outside');

if (canDeploy()) {
  const place = await startDeployApp({publish: true, env: {DEPLOY_STABLE_SECONDS: '3'}});
  it.after(() => place.end());
  const journal = () =>
    readFile(join(place.project, '.pgkeep/deploys.jsonl'), 'utf8').catch(() => '');
  const last = async () => deployStates(parseJournal(await journal())).at(-1);
  const revision = () => place.sql('SELECT version_num FROM alembic_version');
  const sessions = () =>
    place.sql(
      "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'pgkeep-deploy-%'",
    );

  type Ending = {
    readonly version: AppVersion;
    readonly phase: PhaseName;
    readonly signal: NodeJS.Signals;
    readonly afterMilliseconds?: number;
  };

  /** Deploys, and ends that as soon as it has begun the phase. */
  const endedIn = async ({version, phase, signal, afterMilliseconds = 0}: Ending) => {
    await place.setTag(version);
    const before = (await journal()).length;
    let pid = 0;
    const rehearse = phase === 'rehearsal' ? 'auto' : 'off';
    const running = place.deploy(['--yes', '--rehearse', rehearse], {
      onStart: (started) => (pid = started),
      timeoutSeconds: 240,
    });
    const mark = `"event":"started","phase":"${phase}"`;
    const hasBegun = async () => (await journal()).slice(before).includes(mark);
    await until(hasBegun, `phase ${phase} begins`, 120_000);
    await pause(afterMilliseconds);
    process.kill(pid, signal);
    return running;
  };

  /** The schema of v1, and v1 alone. */
  const reset = async () => {
    await place.sql('DROP TABLE IF EXISTS alembic_version, item, visit CASCADE');
    await place.setTag('v1');
    await place.compose('run', '--rm', '--no-deps', '-T', 'web', 'migrate', 'upgrade', 'head');
    ok(await place.deploy(['--yes', '--mode', 'skip-migration']));
    await until(async () => (await place.page()) === 'v1 lamp', 'v1 is well');
  };

  const isAlone = async (version: AppVersion) => {
    assert.equal((await place.idsOf('web')).length, 1);
    assert.is(await place.versionOf('web'), version);
    const all = await place.compose('ps', '--all', '--format={{.Name}} {{.State}}', 'web');
    assert.is(all.split('\n').length, 1, all);
    assert.is(await sessions(), '0');
  };

  ok(await place.deploy(['--yes']));

  for (const phase of ['lock', 'plan', 'rehearsal', 'database', 'backup'] as const)
    it(`has touched nothing where it was killed in phase '${phase}': the next one goes ahead`, async () => {
      const [web] = await place.idsOf('web');
      await endedIn({version: 'v2', phase, signal: 'SIGKILL'});
      const state = await last();
      if (state && hasTouched(state)) return reset();
      assert.equal(await place.idsOf('web'), [web]);
      assert.is(await revision(), '001');
      const status = ok(await place.deploy(['status']));
      assert.match(status, /was killed before it touched anything: nothing is to be done/);
      const resumed = await place.deploy(['resume', '--yes']);
      assert.is(resumed.exitCode, 2, resumed.stderr);
      ok(await place.deploy(['--yes', '--rehearse', 'off']));
      await isAlone('v2');
      await reset();
    });

  const killed: readonly (readonly [PhaseName, AppVersion, number])[] = [
    ['migrations', 'migration-holds', 2_000],
    ['migrations', 'v2', 0],
    ['switch', 'v2', 0],
    ['switch', 'v2', 1_500],
    ['switch', 'v2', 4_000],
    ['verify', 'v2', 1_000],
    ['finish', 'v2', 0],
  ];

  for (const [phase, version, afterMilliseconds] of killed)
    it(`goes on with one that was killed ${afterMilliseconds} ms into phase '${phase}' (${version})`, async () => {
      await endedIn({version, phase, signal: 'SIGKILL', afterMilliseconds});
      const state = await last();
      if (state?.closed) return reset();
      const status = ok(await place.deploy(['status']));
      assert.match(status, /was killed (in|after) phase \d+ .*`pgkeep deploy resume` goes on/);
      if (version === 'migration-holds')
        assert.match(status, /the migration of the deploy \S+ still runs in/);
      const again = await place.deploy(['--yes']);
      assert.is(again.exitCode, 2, again.stderr);
      assert.match(again.stderr, /was killed (in|after) phase/);
      ok(await place.deploy(['resume', '--yes']));
      await isAlone(version);
      assert.is(await revision(), '002');
      assert.is((await last())?.closed?.outcome, 'succeeded');
      await reset();
    });

  it('takes back one that was killed while it switched, and ends its migration that still runs', async () => {
    const [web] = await place.idsOf('web');
    await endedIn({
      version: 'migration-holds',
      phase: 'migrations',
      signal: 'SIGKILL',
      afterMilliseconds: 1_500,
    });
    ok(await place.deploy(['rollback', '--yes', '--force']));
    await isAlone('v1');
    assert.equal(await place.idsOf('web'), [web]);
    await endedIn({
      version: 'v1-again',
      phase: 'switch',
      signal: 'SIGKILL',
      afterMilliseconds: 2_500,
    });
    ok(await place.deploy(['rollback', '--yes', '--force']));
    await isAlone('v1');
    assert.match(ok(await place.deploy(['history'])), /rollback of/);
    await reset();
  });

  it('gives up one that was killed, where its operator says so', async () => {
    await endedIn({
      version: 'v1-again',
      phase: 'verify',
      signal: 'SIGKILL',
      afterMilliseconds: 500,
    });
    ok(await place.deploy(['unlock', '--yes']));
    assert.is((await last())?.closed?.outcome, 'abandoned');
    assert.match(ok(await place.deploy(['unlock', '--yes'])), /nothing is locked/);
    ok(await place.deploy(['--yes']));
    await isAlone('v1-again');
    await reset();
  });

  const interrupted: readonly (readonly [PhaseName, AppVersion, number, RegExp])[] = [
    ['prerequisites', 'v2', 0, /interrupted by SIGINT/],
    ['rehearsal', 'v2', 6_000, /interrupted by SIGINT/],
    ['backup', 'v2', 0, /interrupted by SIGINT/],
    [
      'migrations',
      'migration-hangs',
      2_000,
      /ending the migration in the container[\s\S]*interrupted by SIGINT/,
    ],
    [
      'switch',
      'v1-again',
      2_500,
      /interrupted by SIGINT; put back: the version from before serves again/,
    ],
    ['verify', 'v1-again', 1_000, /interrupted by SIGINT; put back/],
  ];

  for (const [phase, version, afterMilliseconds, says] of interrupted)
    it(`leaves what was where Ctrl-C comes in phase '${phase}', and tells the truth`, async () => {
      const [web] = await place.idsOf('web');
      const ending = {version, phase, afterMilliseconds, signal: 'SIGINT'} as const;
      const {exitCode, stderr} = await endedIn(ending);
      assert.is(exitCode, 130, stderr);
      assert.match(stderr, says);
      assert.equal(await place.idsOf('web'), [web]);
      await isAlone('v1');
      assert.is(await place.page(), 'v1 lamp');
      assert.is(await revision(), '001');
      assert.ok(['unchanged', 'put-back'].includes((await last())?.closed?.outcome ?? ''));
    });
}

it.run();
