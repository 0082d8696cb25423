/** A compose application from nothing to its next versions and back, on a real engine. */
import {execFile} from 'node:child_process';
import {readFile, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {canDeploy, startDeployApp} from '../support/deploy.ts';
import {ok} from '../support/project.ts';

const it = suite('deploy');
const run = promisify(execFile);
const docker = async (...words: readonly string[]) => (await run('docker', words)).stdout.trim();

if (canDeploy()) {
  const place = await startDeployApp({
    ...{publish: true, worker: true},
    env: {DEPLOY_STABLE_SECONDS: '2'},
  });
  it.after(() => place.end());
  const deploy = (...words: readonly string[]) => place.deploy(words);
  const deployed = async (...words: readonly string[]) =>
    JSON.parse(ok(await deploy('--yes', '--json', ...words)));
  const journal = () => readFile(join(place.project, '.pgkeep/deploys.jsonl'), 'utf8');
  const revision = () => place.sql('SELECT version_num FROM alembic_version');
  const running = async () => [
    ...(await place.idsOf('web')),
    ...(await place.idsOf('worker')),
    ...(await place.idsOf('postgres')),
  ];
  /** What an operator types without thinking of pgkeep: it must find nothing to do. */
  const upByHand = async () => {
    const before = await running();
    await place.compose('up', '--detach', '--pull', 'never');
    assert.equal(await running(), before);
  };

  it('deploys for the first time on an empty host: database, schema, services', async () => {
    const {stdout, exitCode} = await deploy('plan');
    assert.is(exitCode, 0, stdout);
    assert.match(stdout, /^database +'app' in service 'postgres': is started$/m);
    assert.match(stdout, /^schema +from none to '001': migrate upgrade head/m);
    assert.equal(await running(), []);
    const {outcome, facts} = await deployed();
    assert.is(outcome, 'succeeded');
    assert.equal([facts.migrated, facts.revisionAfter, facts.verdict], [true, '001', 'unknown']);
    assert.is(await place.page(), 'v1 lamp');
    assert.is(await revision(), '001');
    await upByHand();
  });

  it('keeps its journal for itself, without a secret, and its images from being pruned', async () => {
    const folder = join(place.project, '.pgkeep');
    assert.is((await stat(folder)).mode & 0o777, 0o700);
    assert.is((await stat(join(folder, 'deploys.jsonl'))).mode & 0o777, 0o600);
    const text = await journal();
    for (const secret of [place.password, place.secretKey]) assert.not.match(text, secret);
    const tags = await docker('image', 'ls', `pgkeep/${place.name}/*`, '--format={{.Repository}}');
    assert.equal(
      tags.split('\n').sort(),
      ['web', 'worker'].map((name) => `pgkeep/${place.name}/${name}`),
    );
  });

  it('does nothing the second time, and says so', async () => {
    const before = await running();
    const {stdout, exitCode} = await deploy('--yes');
    assert.is(exitCode, 0);
    assert.match(stdout, /^everything is as it is wanted: nothing to do/);
    assert.equal(await running(), before);
  });

  it('refuses without --yes where nobody can be asked, and without a plan that still holds', async () => {
    await place.setTag('v1-again');
    const before = [await running(), await journal()];
    const unasked = await deploy();
    assert.is(unasked.exitCode, 2);
    assert.match(unasked.stderr, /a deploy needs --yes/);
    const file = join(place.project, 'plan.json');
    ok(await deploy('plan', '--out', file));
    assert.is((await deploy('plan', '--out', file)).exitCode, 2, 'no file is replaced');
    assert.equal([await running(), await journal()], before, 'a plan changes nothing');
    await place.setTag('v2');
    const other = await deploy('--yes', '--plan', file);
    assert.is(other.exitCode, 2, other.stderr);
    assert.match(other.stderr, /not what was planned: .*the new image of 'web' is another/);
    assert.match(other.stderr, /the revision to come to is another/);
    assert.equal(await running(), before[0]);
  });

  it('goes to the next version by a plan that was read: rehearsed, backed up, migrated, switched', async () => {
    const file = join(place.project, 'plan-2.json');
    ok(await deploy('plan', '--out', file));
    const [web] = await place.idsOf('web');
    const {outcome, facts, plan} = await deployed('--plan', file);
    assert.is(outcome, 'succeeded');
    assert.equal(
      [facts.revisionBefore, facts.revisionAfter, facts.verdict],
      ['001', '002', 'safe'],
    );
    assert.equal(
      plan.services.map(({service, strategy}: {service: string; strategy: string}) => [
        service,
        strategy,
      ]),
      [
        ['web', 'recreate'],
        ['worker', 'recreate'],
      ],
    );
    assert.match(plan.services[0].reason, /no proxy/);
    assert.ok(facts.gaps.web > 0 && facts.gaps.web < 60_000, `${facts.gaps.web}`);
    assert.ok(facts.starts.web > 0 && facts.starts.web <= facts.gaps.web, `${facts.starts.web}`);
    assert.match(await place.page(), /^v2 lamp/);
    assert.is(
      await docker('inspect', '--format={{.State.Status}}', web ?? '').catch(() => 'gone'),
      'gone',
    );
    const [next = ''] = await place.idsOf('web');
    assert.is(
      await docker('inspect', '--format={{.HostConfig.RestartPolicy.Name}}', next),
      'unless-stopped',
    );
    const sets = JSON.parse(ok(await place.run('list', ['--json'])));
    const text = JSON.stringify(sets);
    assert.match(text, facts.set);
    await upByHand();
  });

  it('goes back by image alone where that is safe, and remembers by what it did', async () => {
    const dry = ok(await deploy('rollback', '--dry-run'));
    assert.match(dry, /with the definition that was deployed then/);
    assert.match(await place.page(), /^v2/);
    // It is needed most where somebody has broken the files.
    const yaml = await readFile(place.composeFile, 'utf8');
    await writeFile(place.composeFile, `${yaml}\nsurprise: true\n`);
    const {exitCode, stdout, stderr} = await deploy('rollback', '--yes');
    await writeFile(place.composeFile, yaml);
    assert.is(exitCode, 0, stderr);
    assert.match(stderr, /refuses '.*': going by the definition that was deployed last/);
    assert.match(stdout, /^gap +'web' did not serve for /m);
    const names = [place.image('v2'), place.image('v1')].map((name) => name.replaceAll('.', '\\.'));
    assert.match(stdout, new RegExp(`^ +${names.join(' has to become ')}$`, 'm'));
    assert.is(await place.page(), 'v1 lamp');
    assert.is(await revision(), '002', 'data are never taken back by themselves');
    const history = ok(await deploy('history'));
    assert.match(history, /rollback of \d{8}T\d{6}Z +succeeded/);
    const status = ok(await deploy('status'));
    assert.match(status, /^database +up, revision 002$/m);
  });

  it('refuses to switch services alone to an image that expects another schema, unless it may', async () => {
    await place.setTag('v1-again');
    const refused = await deploy('--yes', '--mode', 'skip-migration');
    assert.is(refused.exitCode, 2, refused.stderr);
    assert.match(refused.stderr, /expects the revision '001', and the database has '002'/);
    const {facts} = await deployed('--mode', 'skip-migration', '--allow-skew');
    assert.is(facts.revisionAfter, undefined);
    assert.is(await place.versionOf('web'), 'v1-again');
    assert.is(await revision(), '002');
  });

  it('refuses to migrate alone what the version that serves could not live with', async () => {
    await place.setTag('v3');
    const before = await running();
    const {exitCode, stderr} = await deploy('--yes', '--mode', 'migrate-only');
    assert.is(exitCode, 2, stderr);
    assert.match(stderr, /the version that serves may not live with the new schema: unsafe/);
    assert.equal(await running(), before);
    assert.is(await revision(), '002');
  });

  it('migrates alone what it can live with, and switches services alone later', async () => {
    await place.sql('DROP TABLE IF EXISTS visit, item, alembic_version CASCADE');
    await place.setTag('v1');
    await deployed();
    const before = await running();
    await place.setTag('v2');
    const {facts, outcome} = await deployed('--mode', 'migrate-only');
    assert.equal([outcome, facts.revisionAfter], ['succeeded', '002']);
    assert.equal(await running(), before);
    assert.is(await place.page(), 'v1 lamp');
    await deployed('--mode', 'skip-migration');
    assert.match(await place.page(), /^v2 lamp/);
  });
}

it.run();
