/** Behind a proxy, at 50 requests a second: nobody outside sees a deploy, good or bad, or a rollback. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {canDeploy, startDeployApp} from '../support/deploy.ts';
import {ok} from '../support/project.ts';

const it = suite('rolling');

/** One that never gets well, and one that dies when it has been. */
const bad = {haproxy: ['sick', 'dies'], nginx: ['sick']} as const;

if (canDeploy())
  for (const proxy of ['haproxy', 'nginx'] as const)
    it(`loses no request behind ${proxy}: a good version, bad ones, a rollback`, async () => {
      const place = await startDeployApp({proxy});
      try {
        const deploy = (...words: readonly string[]) => place.deploy(['--yes', ...words]);
        ok(await deploy());
        assert.is(await place.page(), 'v1 lamp');
        const [old] = await place.idsOf('web');

        const good = place.load();
        await place.setTag('v2');
        const {plan, facts} = JSON.parse(ok(await deploy('--json')));
        assert.is(plan.services[0].strategy, 'roll');
        assert.equal(facts.gaps, {});
        const toGood = await good.end();
        assert.equal(toGood.failures, []);
        assert.ok(toGood.sent > 500, `${toGood.sent} requests`);
        assert.ok((toGood.versions['v1'] ?? 0) > 0 && (toGood.versions['v2'] ?? 0) > 0);
        const [web] = await place.idsOf('web');
        assert.is.not(web, old);

        // Gets no request at all, and the one that serves is never touched.
        for (const version of bad[proxy]) {
          const load = place.load();
          await place.setTag(version);
          const {exitCode, stderr} = await deploy();
          assert.is(exitCode, 8, stderr);
          const toBad = await load.end();
          assert.equal(toBad.failures, []);
          assert.equal(Object.keys(toBad.versions), ['v2']);
          assert.equal(await place.idsOf('web'), [web]);
        }

        const back = place.load();
        const slow = place.load('/slow?s=3');
        ok(await place.deploy(['rollback', '--yes']));
        assert.equal((await slow.end()).failures, [], 'requests that run are let to their end');
        const told = await back.end();
        assert.equal(told.failures, []);
        assert.ok((told.versions['v1'] ?? 0) > 0);
        assert.is(await place.page(), 'v1 lamp');
      } finally {
        await place.end();
      }
    });

if (canDeploy())
  it('measures the gap where it has to recreate, and tells it', async () => {
    const place = await startDeployApp({publish: true});
    try {
      const deploy = (...words: readonly string[]) => place.deploy(['--yes', ...words]);
      ok(await deploy());
      const load = place.load();
      await place.setTag('v1-again');
      const {facts} = JSON.parse(ok(await deploy('--json')));
      const {gap} = await load.end();
      // Healthy comes later than the first answer, and docker is asked every quarter of a second.
      assert.ok(facts.gaps.web >= gap - 500, `told ${facts.gaps.web} ms, seen ${gap} ms`);
      assert.ok(facts.gaps.web <= gap + 5_000, `told ${facts.gaps.web} ms, seen ${gap} ms`);
      await place.setTag('v1');
      assert.match(ok(await deploy()), /^gap +'web' did not serve for [\d.]+ s$/m);
    } finally {
      await place.end();
    }
  });

it.run();
