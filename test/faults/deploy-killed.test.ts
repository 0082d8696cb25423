/** A deploy ended by SIGKILL in each phase that changes something: `status` says how things are, `resume` ends it. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {PhaseName} from '../../lib/model/deploy/phases.ts';
import {canDeploy} from '../support/deploy.ts';
import {startEnded} from '../support/deploy-ended.ts';
import type {AppVersion} from '../support/deploy-images.ts';
import {ok} from '../support/project.ts';
import {scaled} from '../support/require.ts';

const it = suite('deploys that were killed');

if (canDeploy()) {
  const place = await startEnded();
  it.after(() => place.end());

  /** The first four at scale 1, all at scale 10. */
  const killed: readonly (readonly [PhaseName, AppVersion, number])[] = [
    ['migrations', 'migration-holds', 2_000],
    ['switch', 'v2', 1_500],
    ['verify', 'v2', 1_000],
    ['finish', 'v2', 0],
    ['migrations', 'v2', 0],
    ['switch', 'v2', 0],
    ['switch', 'v2', 4_000],
  ];

  for (const [phase, version, afterMilliseconds] of killed.slice(0, scaled(4)))
    it(`goes on with one that was killed ${afterMilliseconds} ms into phase '${phase}' (${version})`, async () => {
      await place.reset();
      await place.endedIn({version, phase, signal: 'SIGKILL', afterMilliseconds});
      const state = await place.last();
      // Slower than the signal: it was done.
      if (state?.closed) return;
      const status = ok(await place.deploy(['status']));
      assert.match(status, /was killed (in|after) phase \d+ .*`pgkeep deploy resume` goes on/);
      const again = await place.deploy(['--yes']);
      assert.is(again.exitCode, 2, again.stderr);
      assert.match(again.stderr, /was killed (in|after) phase/);
      ok(await place.deploy(['resume', '--yes']));
      await place.isAlone(version);
      assert.is(await place.revision(), '002');
      assert.is((await place.last())?.closed?.outcome, 'succeeded');
    });
}

it.run();
