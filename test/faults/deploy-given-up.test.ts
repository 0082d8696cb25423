/** A deploy ended by SIGKILL: before it touched anything, taken back, given up. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {hasTouched} from '../../lib/model/deploy/deploy-state.ts';
import type {PhaseName} from '../../lib/model/deploy/phases.ts';
import {canDeploy} from '../support/deploy.ts';
import {startEnded} from '../support/deploy-ended.ts';
import {ok} from '../support/project.ts';
import {scaled} from '../support/require.ts';

const it = suite('deploys that were killed and not resumed');

if (canDeploy()) {
  const place = await startEnded();
  it.after(() => place.end());

  /** The first four at scale 1, all at scale 10. */
  const early: readonly PhaseName[] = [
    ...(['rehearsal', 'plan', 'backup', 'database'] as const),
    ...(['lock', 'prerequisites', 'environment'] as const),
  ];
  for (const phase of early.slice(0, scaled(4)))
    it(`has touched nothing where it was killed in phase '${phase}', and stands in nobody's way`, async () => {
      const [web] = await place.idsOf('web');
      await place.endedIn({version: 'v2', phase, signal: 'SIGKILL'});
      const state = await place.last();
      // Slower than the signal: it has come further than it was to.
      if (state && hasTouched(state)) {
        await place.deploy(['resume', '--yes']);
        return place.reset();
      }
      assert.equal(await place.idsOf('web'), [web]);
      assert.is(await place.revision(), '001');
      const status = ok(await place.deploy(['status']));
      assert.match(status, /was killed before it touched anything: nothing is to be done/);
      const resumed = await place.deploy(['resume', '--yes']);
      assert.is(resumed.exitCode, 2, resumed.stderr);
      assert.is((await place.last())?.closed?.outcome, 'unchanged');
    });

  it('lets the next deploy through after one that touched nothing', async () => {
    await place.endedIn({version: 'v2', phase: 'plan', signal: 'SIGKILL'});
    ok(await place.deploy(['--yes', '--rehearse', 'off']));
    await place.isAlone('v2');
    await place.reset();
  });

  it('takes back one that was killed while it switched, and ends its migration that still runs', async () => {
    const [web] = await place.idsOf('web');
    await place.endedIn({
      version: 'migration-hangs',
      phase: 'migrations',
      signal: 'SIGKILL',
      afterMilliseconds: 1_500,
    });
    const status = ok(await place.deploy(['status']));
    assert.match(status, /the migration of the deploy \S+ still runs in/);
    ok(await place.deploy(['rollback', '--yes', '--force']));
    await place.isAlone('v1');
    assert.equal(await place.idsOf('web'), [web]);
    await place.reset();
    await place.endedIn({
      version: 'v1-again',
      phase: 'switch',
      signal: 'SIGKILL',
      afterMilliseconds: 2_500,
    });
    ok(await place.deploy(['rollback', '--yes', '--force']));
    await place.isAlone('v1');
    assert.match(ok(await place.deploy(['history'])), /rollback of/);
    await place.reset();
  });

  it('gives up one that was killed, where its operator says so, and can still take it back', async () => {
    await place.reset();
    await place.endedIn({
      version: 'v1-again',
      phase: 'verify',
      signal: 'SIGKILL',
      afterMilliseconds: 500,
    });
    ok(await place.deploy(['unlock', '--yes']));
    const given = await place.last();
    assert.is(given?.closed?.outcome, 'abandoned');
    const dry = ok(await place.deploy(['rollback', '--dry-run']));
    assert.match(dry, new RegExp(`of the deploy ${given?.deploy} `));
    assert.match(ok(await place.deploy(['unlock', '--yes'])), /nothing is locked/);
    ok(await place.deploy(['--yes']));
    await place.isAlone('v1-again');
    await place.reset();
  });
}

it.run();
