/** A deploy that fails, by each way that a version or its migration can fail: production is what the table of failures promises. */
import {execFile} from 'node:child_process';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {canDeploy, type DeployPlace, startDeployApp} from '../support/deploy.ts';
import type {AppVersion} from '../support/deploy-images.ts';
import {until} from '../support/faults.ts';
import {ok} from '../support/project.ts';

const it = suite('deploys that fail');
const run = promisify(execFile);

/** All containers of a project, running or not, but those of the database. */
const containersOf = async ({name}: DeployPlace): Promise<readonly string[]> => {
  const format = '{{.ID}} {{.State}} {{.Label "com.docker.compose.service"}}';
  const filter = `label=com.docker.compose.project=${name}`;
  const words = ['ps', '--all', '--no-trunc', `--filter=${filter}`, `--format=${format}`];
  const {stdout} = await run('docker', words);
  return stdout
    .trim()
    .split('\n')
    .filter((line) => !line.endsWith(' postgres'))
    .sort();
};

if (canDeploy()) {
  const place = await startDeployApp({publish: true, env: {DEPLOY_SMOKE_URLS: ''}});
  await place.setEnv('DEPLOY_SMOKE_URLS', `${place.url}/`);
  it.after(() => place.end());
  const deploy = (...words: readonly string[]) => place.deploy(['--yes', ...words]);
  const revision = () => place.sql('SELECT version_num FROM alembic_version');
  const isV1 = async () => assert.is(await place.page(), 'v1 lamp');
  const lastOutcome = async () =>
    JSON.parse(ok(await place.deploy(['history', '--json']))).at(-1).closed.outcome;
  ok(await deploy());
  const first = await containersOf(place);
  const putBack = async (version: AppVersion, says: RegExp) => {
    await place.setTag(version);
    const {exitCode, stderr} = await deploy();
    assert.is(exitCode, 8, stderr);
    assert.match(stderr, says);
    assert.match(
      stderr,
      /put back: the version from before serves again \('web' did not serve for [\d.]+ s\)/,
    );
    assert.equal(await containersOf(place), first);
    await isV1();
    assert.is(await lastOutcome(), 'put-back');
    assert.is(await revision(), '002', 'the schema stays: the old version lives with it');
  };

  it('lets nothing come near production that does not get well on the migrated copy', async () => {
    await place.setTag('crash');
    const {exitCode, stderr} = await deploy();
    assert.is(exitCode, 7, stderr);
    assert.match(stderr, /does not get well on the migrated copy: .* exit code 3/);
    assert.not.match(stderr, /\[5\/11\]/);
    assert.equal(await containersOf(place), first);
    assert.is(await revision(), '001');
  });

  it('puts back the very container from before where the new version fails its smoke test', () =>
    putBack('smoke', /http:\S+ answers 500/));

  /** Nothing is to be migrated any more, so nothing is rehearsed. */
  const sick: readonly (readonly [AppVersion, RegExp])[] = [
    ['crash', /'web' does not become well: .* ended/],
    ['sick', /'web' does not become well: .* is unhealthy/],
    ['dies', /'web' does not become well: .* (ended|was started again)/],
  ];

  for (const [version, says] of sick)
    it(`puts back the very container from before where the new version is '${version}'`, () =>
      putBack(version, says));

  it('gives a slow start the time of its start_period', async () => {
    // In the test's project failed checks count after 2 s, and it takes 8.
    await place.setTag('slow-boot');
    ok(await deploy());
    assert.is(await place.versionOf('web'), 'slow-boot');
    ok(await place.deploy(['rollback', '--yes']));
    await isV1();
  });

  it('refuses an image that is not there and can not be had, an env file with a placeholder, a wrong password', async () => {
    const before = await containersOf(place);
    await place.setTag('none-such');
    const missing = await deploy();
    assert.is(missing.exitCode, 6, missing.stderr);
    assert.match(missing.stderr, /none-such/);
    await place.setTag('v2');
    await place.setEnv('SECRET_KEY', 'CHANGE_ME');
    const placeholder = await deploy();
    assert.is(placeholder.exitCode, 3, placeholder.stderr);
    assert.match(placeholder.stderr, /SECRET_KEY/);
    assert.not.match(placeholder.stderr, /CHANGE_ME/);
    await place.setEnv('SECRET_KEY', place.secretKey);
    const url = `postgresql://app:wrong-${place.password}@postgres:5432/app`;
    await place.setEnv('DATABASE_URL', url);
    const login = await deploy();
    assert.is(login.exitCode, 6, login.stderr);
    assert.match(login.stderr, /password authentication failed/);
    assert.not.match(login.stderr, place.password);
    await place.setEnv('DATABASE_URL', url.replace('wrong-', ''));
    await place.setEnv('DEPLOY_SERVCES', 'web');
    const typo = await deploy();
    assert.is(typo.exitCode, 3, typo.stderr);
    assert.match(typo.stderr, /did you mean DEPLOY_SERVICES/);
    await place.setEnv('DEPLOY_SERVCES', undefined);
    assert.equal(await containersOf(place), before);
    await isV1();
  });

  it('lets one deploy at a time through, on this host and across hosts', async () => {
    await place.setTag('v2');
    const running = deploy('--rehearse', 'off');
    const journal = () => readFile(join(place.project, '.pgkeep/deploys.jsonl'), 'utf8');
    const lines = (await journal()).length;
    await until(async () => (await journal()).length > lines, 'the first is at work');
    const second = await deploy();
    assert.is(second.exitCode, 75, second.stderr);
    assert.match(
      second.stderr,
      /another deploy of this project is at work: deploy since .*, process \d+/,
    );
    const status = ok(await place.deploy(['status']));
    assert.match(status, /a deploy is at work: deploy since/);
    const {exitCode, stderr} = await place.deploy(['unlock', '--yes']);
    assert.is(exitCode, 75, stderr);
    ok(await running);
    ok(await place.deploy(['rollback', '--yes', '--force']));
    const lock = "SELECT pg_advisory_lock(1885827441, hashtext('app')), pg_sleep(60)";
    const holder = place.sql(lock, 'postgres').catch(() => 'ended');
    const held =
      "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND classid = 1885827441";
    await until(async () => (await place.sql(held)) === '1', 'another host has the lock');
    const other = await deploy();
    assert.is(other.exitCode, 75, other.stderr);
    assert.match(other.stderr, /another deploy of the database 'app' is at work: session \d+ from/);
    ok(await place.deploy(['unlock', '--yes']));
    assert.is(await holder, 'ended');
    assert.is(await place.sql(held), '0');
  });

  it('holds and names the choices where the schema is one that the old version could not live with', async () => {
    await place.setTag('v3');
    await place.setEnv('DEPLOY_SMOKE_URLS', 'http://127.0.0.1:9/');
    const {exitCode, stderr} = await deploy();
    await place.setEnv('DEPLOY_SMOKE_URLS', `${place.url}/`);
    assert.is(exitCode, 9, stderr);
    assert.match(stderr, /nothing was put back: .* going back by image alone is unsafe/);
    assert.match(stderr, /rollback --data/);
    assert.is(await lastOutcome(), 'held');
    assert.is(await revision(), '003');
    const status = ok(await place.deploy(['status']));
    assert.match(status, /kept for the way back/);
    assert.match(status, /^to do +choose: /m);
    const byImage = await place.deploy(['rollback', '--yes']);
    assert.is(byImage.exitCode, 2, byImage.stderr);
    assert.match(byImage.stderr, /going back by image alone is unsafe/);
    // Forward: what was held is looked at again, and what was kept for the way back goes.
    await place.setTag('v3');
    ok(await deploy());
    assert.match(await place.page(), /^v3/);
    assert.is((await containersOf(place)).length, 1);
  });

  it('tells what it deployed in files that hold no secret', async () => {
    const text = await readFile(join(place.project, '.pgkeep/deploys.jsonl'), 'utf8');
    for (const secret of [place.password, place.secretKey])
      assert.not.ok(text.includes(secret) || text.includes(encodeURIComponent(secret)));
    await writeFile(join(place.project, '.pgkeep/deploys.jsonl'), `${text}{"torn`);
    assert.match(ok(await place.deploy(['history'])), /put-back \(exit 8\)/);
  });
}

it.run();
