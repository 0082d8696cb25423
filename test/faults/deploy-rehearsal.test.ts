/** Phase 4 on a real engine: what a rehearsal finds, and that nothing of production and nothing of itself is left different. */
import {execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {readdirSync, readFileSync} from 'node:fs';
import {type AddressInfo, createServer} from 'node:net';
import {join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import {promisify} from 'node:util';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {scratchOwner} from '../../lib/io/containers.ts';
import {withScratchNetwork} from '../../lib/io/scratch-network.ts';
import type {DeployPlan, ServicePlan} from '../../lib/model/deploy/deploy-plan.ts';
import type {Rehearsal} from '../../lib/model/deploy/rehearsal.ts';
import {rehearsalText, riskOf} from '../../lib/model/deploy/rehearsal-text.ts';
import {OpsError} from '../../lib/model/errors.ts';
import {type RehearseOptions, rehearse} from '../../lib/tasks/deploy/rehearse.ts';
import {canDeploy, startDeployApp} from '../support/deploy.ts';
import type {AppVersion} from '../support/deploy-images.ts';
import {loaderFlags, repository} from '../support/door.ts';
import {until} from '../support/faults.ts';
import {ok} from '../support/project.ts';
import {rehearsalScene, type SceneOptions} from '../support/rehearsal.ts';

const it = suite('rehearsal');
const run = promisify(execFile);
const docker = async (...words: readonly string[]) => (await run('docker', words)).stdout.trim();

if (canDeploy()) {
  const place = await startDeployApp({worker: true});
  it.after(() => place.end());
  await place.compose('up', '--detach', '--wait', 'postgres');
  await place.compose('run', '--rm', '-T', 'web', 'migrate', 'upgrade', 'head');
  await place.compose('up', '--detach', '--wait');
  await place.sql('CREATE TABLE spare (a int, b int); INSERT INTO spare VALUES (1, 2), (3, 4)');
  ok(await place.run('backup', ['--json']));
  // Nobody writes to production any more: whatever did would be seen.
  await place.compose('stop', '--timeout=1', 'worker');

  const brief = {DEPLOY_STABLE_SECONDS: '1'};
  const imageId = (version: AppVersion) =>
    docker('image', 'inspect', '--format={{.Id}}', place.image(version));
  const rehearsed = async (version: AppVersion, options: SceneOptions = {}): Promise<Rehearsal> => {
    await place.setTag(version);
    const scene = await rehearsalScene(place, {...options, env: {...brief, ...options.env}});
    return rehearse(scene.context, scene.options);
  };
  const fails = async (version: AppVersion, options?: SceneOptions): Promise<OpsError> => {
    const error = await rehearsed(version, options).then(
      () => assert.unreachable('it should fail'),
      (error: unknown) => error,
    );
    assert.ok(error instanceof OpsError, String(error));
    return error;
  };
  const withServices =
    (change: (service: ServicePlan) => ServicePlan) =>
    (found: RehearseOptions): RehearseOptions => {
      const plan: DeployPlan = {...found.plan, services: found.plan.services.map(change)};
      return {...found, plan};
    };

  /** The migration alone: neither version is started. */
  const alone = (found: RehearseOptions): RehearseOptions => {
    const services = found.plan.services.map((service) => ({...service, from: null}));
    return {...found, plan: {...found.plan, mode: 'migrate-only', services}};
  };

  /** Containers and networks that a process made for its rehearsals. */
  const leftovers = async (pid = process.pid) => {
    const filter = `--filter=label=pgkeep.scratch=${scratchOwner().replace(/\d+$/, String(pid))}`;
    const found = [
      await docker('ps', '--all', '--no-trunc', '--format={{.Names}}', filter),
      await docker('network', 'ls', '--format={{.Name}}', filter),
    ];
    return found.filter(Boolean);
  };
  const ids = async () =>
    (
      await docker(
        'ps',
        '--all',
        '--quiet',
        '--no-trunc',
        `--filter=label=com.docker.compose.project=${place.name}`,
      )
    )
      .split('\n')
      .sort();
  /** What a rehearsal must not change: the containers of production, their networks, and every row. */
  const production = async () => ({
    containers: await docker(
      'inspect',
      '--format={{.Id}} {{.State.StartedAt}} {{.State.Status}} {{.RestartCount}} {{json .NetworkSettings.Networks}}',
      ...(await ids()),
    ),
    // The next transaction that writes: none has.
    transaction: await place.sql('SELECT pg_snapshot_xmax(pg_current_snapshot())'),
    rows: await place.sql("SELECT md5(string_agg(item::text, ',' ORDER BY id)) FROM item"),
  });

  it('calls a version safe that lives with the new schema, and tells what the migration did', async () => {
    const found = await rehearsed('v2');
    assert.is(found.verdict, 'safe', found.why);
    assert.equal([found.revisionBefore, found.revisionAfter], ['001', '002']);
    assert.ok(found.isAltered);
    assert.ok(
      found.statements.some(({statement}) => statement === 'CREATE INDEX visit_at ON visit (at)'),
    );
    const locks = found.locks.map(({table, mode}) => `${table} ${mode}`);
    assert.ok(locks.includes('public.item AccessExclusiveLock'), locks.join());
    assert.ok(locks.includes('public.visit ShareLock'), locks.join());
    assert.equal([found.rewrites, found.dropped, found.log], [[], [], []]);
    assert.equal(
      found.services.map(({service, next}) => [service, next?.replace(/after .*/, '')]),
      [
        ['web', 'healthy '],
        ['worker', 'runs (no health check)'],
      ],
    );
    assert.equal(riskOf(found, {deployLockTimeoutSeconds: 5}), []);
    assert.match(rehearsalText(found).join('\n'), /^going back by image alone: safe: /m);
  });

  it('calls a version unsafe that asks for a column that is no more, and names it', async () => {
    const found = await rehearsed('v3');
    assert.is(found.verdict, 'unsafe');
    assert.match(found.why, /'web' .*column "name" does not exist/);
    assert.is(found.revisionAfter, '003');
    assert.match(found.log.join('\n'), /column "name" does not exist/);
    assert.match(found.services.find(({service}) => service === 'web')?.next ?? '', /^healthy/);
  });

  it('finds a table that is written anew', async () => {
    const found = await rehearsed('migration-rewrites', {change: alone});
    const [rewrite] = found.rewrites;
    assert.is(rewrite?.table, 'public.item');
    assert.is(rewrite?.by, 'ALTER TABLE item ALTER COLUMN price TYPE bigint');
    const rules = riskOf(found, {deployLockTimeoutSeconds: 5}).map(({rule}) => rule);
    assert.equal(rules, ['table rewrite', 'way back']);
  });

  it('measures a lock that keeps everybody waiting', async () => {
    const found = await rehearsed('migration-holds', {change: alone});
    const [lock] = found.locks;
    assert.equal([lock?.table, lock?.mode], ['public.item', 'AccessExclusiveLock']);
    assert.ok((lock?.milliseconds ?? 0) >= 2_700, JSON.stringify(lock));
    const rules = riskOf(found, {deployLockTimeoutSeconds: 2}).map(({rule}) => rule);
    assert.equal(rules, ['long lock', 'way back']);
  });

  const migratedBy =
    (...statements: readonly string[]) =>
    (found: RehearseOptions): RehearseOptions => {
      const command = ['psql', '-X', ...statements.map((statement) => `--command=${statement}`)];
      return {
        ...found,
        plan: {
          ...found.plan,
          migration: {service: 'web', command, image: null, revision: null, head: null},
        },
      };
    };

  it('calls a version unsafe whose rows the new schema refuses, although it has no health check', async () => {
    const change = migratedBy(
      "ALTER TABLE visit ADD COLUMN mood text NOT NULL DEFAULT 'good'",
      'ALTER TABLE visit ALTER COLUMN mood DROP DEFAULT',
    );
    const found = await rehearsed('v1-again', {change});
    assert.is(found.verdict, 'unsafe', found.why);
    assert.match(found.why, /'worker' .*null value in column "mood"/);
  });

  it('does not know whether a version lives without what it did not use, and finds what no event tells', async () => {
    const change = migratedBy(
      'ALTER TABLE spare DROP COLUMN b',
      'DELETE FROM spare WHERE a = 1',
      'VACUUM FULL spare',
    );
    const found = await rehearsed('v1-again', {change});
    assert.is(found.verdict, 'unknown', found.why);
    assert.match(found.why, /^public\.spare\.b is gone/);
    assert.equal(found.dropped, ['table column public.spare.b']);
    assert.equal(found.tables, [{table: 'public.spare', rowsBefore: 2, rowsAfter: 1}]);
    assert.match(found.rewrites[0]?.by ?? '', /VACUUM FULL/);
    const rules = riskOf(found, {deployLockTimeoutSeconds: 5}).map(({rule}) => rule);
    assert.equal(rules, ['table rewrite', 'rows vanish', 'way back']);
  });

  it('calls it safe where there is nothing to migrate', async () => {
    const found = await rehearsed('v1-again');
    assert.not.ok(found.isAltered);
    assert.equal([found.verdict, found.why], ['safe', 'the migration changes nothing']);
  });

  it('knows nothing of a way back where nothing serves yet', async () => {
    const change = withServices((service) => ({...service, strategy: 'new', from: null}));
    const found = await rehearsed('v2', {change});
    assert.equal([found.verdict, found.parts.control], ['unknown', 0]);
    assert.match(found.why, /nothing serves yet/);
  });

  it('does not judge by a version that is not well before the migration either', async () => {
    const image = await imageId('sick');
    const change = withServices((service) =>
      service.service === 'web' && service.from
        ? {...service, from: {...service.from, image}}
        : service,
    );
    const found = await rehearsed('v3', {change});
    assert.is(found.verdict, 'unknown');
    assert.match(found.why, /'web' .* does not get well on the copy before the migration either/);
  });

  const faults: readonly [
    title: string,
    version: AppVersion,
    says: RegExp,
    env?: Record<string, string>,
  ][] = [
    ['a migration that fails', 'migration-fails', /fails on the copy with exit code 3/],
    [
      'a migration that leaves an invalid index',
      'migration-index',
      /invalid indexes: public\.item_name/,
    ],
    [
      'a migration that does not end',
      'migration-hangs',
      /does not end on the copy within 3\.0 s, and was at: SELECT pg_sleep\(\?\)/,
      {DEPLOY_MIGRATE_TIMEOUT: '3s'},
    ],
    [
      'a new version that is not well',
      'sick',
      /the new version does not get well on the migrated copy/,
    ],
  ];
  for (const [title, version, says, env = {}] of faults)
    it(`refuses ${title} with exit 7, before production is touched`, async () => {
      const error = await fails(version, version === 'sick' ? {env} : {env, change: alone});
      assert.is(error.exit, 7, error.message);
      assert.match(error.message, says);
      if (version === 'migration-fails')
        assert.match((error.cause as Error).message, /check constraint "cheap"/);
      assert.equal(await leftovers(), []);
    });

  it('refuses a migration that leaves another revision than the new image expects', async () => {
    const change = (found: RehearseOptions): RehearseOptions => {
      const {plan, ...others} = alone(found);
      const {migration} = plan;
      return {...others, plan: {...plan, migration: migration && {...migration, head: '002'}}};
    };
    const error = await fails('migration-lies', {change});
    assert.match(error.message, /the revision is '001' and not 002/);
  });

  it('changes nothing of production, and shows no secret to other processes', async () => {
    const before = await production();
    const secrets = [place.password, place.secretKey];
    const seen: string[] = [];
    let isDone = false;
    const looking = (async () => {
      while (!isDone) {
        seen.push(...commandLines(secrets));
        const own = await docker(
          'ps',
          '--all',
          '--quiet',
          `--filter=label=pgkeep.scratch=${scratchOwner()}`,
        );
        for (const id of own.split('\n').filter(Boolean)) {
          const format =
            '--format={{json .Config.Labels}} {{json .Args}} {{json .Config.Cmd}} {{json .NetworkSettings.Ports}} {{json .Mounts}}';
          const facts = await docker('inspect', format, id).catch(() => '');
          if (secrets.some((secret) => facts.includes(secret)) || /"HostPort"/.test(facts))
            seen.push(facts);
        }
        await pause(50);
      }
    })();
    const found = await rehearsed('v2').finally(() => {
      isDone = true;
    });
    await looking;
    assert.equal(seen, []);
    assert.not.match(JSON.stringify(found), new RegExp(secrets.join('|')));
    assert.equal(await production(), before);
    assert.equal(await leftovers(), []);
  });

  it('gives the copy a network from which this host and its ports are out of reach', async () => {
    const {context} = await rehearsalScene(place);
    const server = createServer((socket) => socket.end()).listen(0, '0.0.0.0');
    await once(server, 'listening');
    const {port} = server.address() as AddressInfo;
    const reachedFrom = async (network: string) => {
      const own = (await run('hostname', ['-I'])).stdout
        .split(/\s+/)
        .filter((each) => /^[\d.]+$/.test(each));
      // The gateway of the network is this host too.
      const script = `for h in "$@" $(hostname -I | sed -E 's/[0-9]+ *$/1/'); do timeout 2 bash -c "</dev/tcp/$h/${port}" 2>&1 && echo "reached $h"; done; true`;
      const words = ['run', '--rm', `--network=${network}`, '--entrypoint=bash', place.image('v1')];
      return docker(...words, '-c', script, 'bash', ...own);
    };
    try {
      assert.match(await reachedFrom('bridge'), /reached/);
      await withScratchNetwork(context.shell, async (network) => {
        assert.not.match(await reachedFrom(network), /reached|refused/);
      });
    } finally {
      server.close();
    }
  });

  it('leaves nothing after Ctrl-C, whatever it was at', async () => {
    for (const part of ['-web-1', '-migration']) {
      const aborter = new AbortController();
      const reason = new OpsError('interrupted', 'interrupted');
      const running = fails('migration-holds', {signal: aborter.signal});
      const isAt = async () => (await leftovers()).some((names) => names.includes(part));
      await until(isAt, `${part} runs`, 60_000);
      aborter.abort(reason);
      assert.is((await running).exit, 130);
      assert.equal(await leftovers(), [], `interrupted at ${part}`);
    }
  });

  it('is swept by the next one when it was killed', async () => {
    await place.setTag('migration-hangs');
    const words = [
      join(repository, 'test/fixtures/rehearser.ts'),
      place.project,
      place.envFile,
      place.composeFile,
    ];
    const child = spawn(process.execPath, [...loaderFlags, ...words], {stdio: 'ignore'});
    const isAt = async () =>
      (await leftovers(child.pid)).some((names) => names.includes('-migration'));
    await until(isAt, 'the migration runs', 90_000);
    child.kill('SIGKILL');
    await until(() => child.signalCode === 'SIGKILL', 'it is dead');
    assert.is.not((await leftovers(child.pid)).length, 0);
    const {context} = await rehearsalScene(place);
    await withScratchNetwork(context.shell, async () => {});
    assert.equal(await leftovers(child.pid), []);
  });
}

/** The command lines on this host that hold one of these. */
const commandLines = (words: readonly string[]): readonly string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap((pid) => {
      try {
        const line = readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
        return words.some((word) => line.includes(word)) ? [line] : [];
      } catch {
        return [];
      }
    });

it.run();
