/** Ctrl-C in each phase: what was is there again, and what is said is true. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {PhaseName} from '../../lib/model/deploy/phases.ts';
import {canDeploy} from '../support/deploy.ts';
import {startEnded} from '../support/deploy-ended.ts';
import type {AppVersion} from '../support/deploy-images.ts';

const it = suite('deploys that are interrupted');

if (canDeploy()) {
  const place = await startEnded();
  it.after(() => place.end());

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
      const {exitCode, stderr} = await place.endedIn(ending);
      assert.is(exitCode, 130, stderr);
      assert.match(stderr, says);
      assert.equal(await place.idsOf('web'), [web]);
      await place.isAlone('v1');
      assert.is(await place.page(), 'v1 lamp');
      assert.is(await place.revision(), '001');
      assert.ok(['unchanged', 'put-back'].includes((await place.last())?.closed?.outcome ?? ''));
    });
}

it.run();
