/** What a review of deploy has found: each stays mended. */
import {execFile} from 'node:child_process';
import {existsSync} from 'node:fs';
import {readdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {openProject} from '../../lib/io/compose-project.ts';
import {statesOf} from '../../lib/io/container-states.ts';
import type {DeployPlan} from '../../lib/model/deploy/deploy-plan.ts';
import {parseSettings} from '../../lib/model/settings.ts';
import type {Context} from '../../lib/tasks/context.ts';
import {oneOffsOf, startOneOff, untilEnded} from '../../lib/tasks/deploy/one-off.ts';
import {testContext} from '../support/context.ts';
import {canDeploy, type DeployPlace, startDeployApp} from '../support/deploy.ts';
import {until} from '../support/faults.ts';
import {ok} from '../support/project.ts';

const it = suite('a deploy, mended');
const run = promisify(execFile);

const docker = async (...words: readonly string[]): Promise<string> =>
  (await run('docker', words)).stdout.trim();

const contextOf = async ({project, envFile}: DeployPlace): Promise<Context> => {
  const file = {path: envFile, text: await readFile(envFile, 'utf8')};
  const settings = parseSettings({flags: {}, environment: {}, file, cwd: project});
  return {...testContext(project), settings};
};

if (canDeploy()) {
  const place = await startDeployApp();
  const moving = `pgkeep-test/moving-${place.name}`;
  const made: string[] = [];
  it.after(async () => {
    if (made.length > 0) await docker('rm', '--force', ...made);
    await place.end();
    await docker('rmi', '--no-prune', `${moving}:now`).catch(() => {});
  });

  /** A container that does nothing, with labels. */
  const create = async (labels: Readonly<Record<string, string>>, ...words: readonly string[]) => {
    const given = Object.entries(labels).map(([name, value]) => `--label=${name}=${value}`);
    const id = await docker('create', ...given, ...words, place.image('v1'), 'sleep', '600');
    made.push(id);
    return id;
  };

  it('runs the migration of the image that was planned, also where its tag has been moved', async () => {
    const was = await readFile(place.envFile, 'utf8');
    const repository = /^APP_IMAGE=(.*)$/m.exec(was)?.[1];
    await docker('tag', place.image('v2'), `${moving}:now`);
    await place.setEnv('APP_IMAGE', moving);
    await place.setTag('now');
    const context = await contextOf(place);
    const project = await openProject(context.shell, {...context.settings, environment: {}});
    const image = await docker('image', 'inspect', '--format={{.Id}}', `${moving}:now`);
    const plan = {migration: {image}} as unknown as DeployPlan;
    await docker('tag', place.image('v3'), `${moving}:now`);
    await place.setEnv('SECRET_KEY', 'edited after the plan');
    const words = ['sh', '-c', 'migrate heads; echo "$SECRET_KEY"; echo "$PGAPPNAME"'];
    const id = await startOneOff(
      context,
      {id: '20260101T000000Z', project, plan},
      {service: 'web', words, env: {PGAPPNAME: 'told'}},
    );
    made.push(id);
    const ended = await untilEnded(context, id, async () => {});
    assert.is(ended.image, image);
    assert.is(await docker('logs', id), `002 (head)\n${place.secretKey}\ntold`);
    assert.equal(
      (await oneOffsOf(context, project.name)).map((one) => [one.id, one.deploy]),
      [[id, '20260101T000000Z']],
    );
    await docker('rm', '--force', made.pop() ?? '');
    await place.setEnv('SECRET_KEY', place.secretKey);
    await place.setEnv('APP_IMAGE', repository);
    await place.setTag('v1');
  });

  it('takes no container of another project for a migration of its own', async () => {
    const context = await contextOf(place);
    const labels = {
      'pgkeep.deploy': '20260101T000000Z',
      'com.docker.compose.project': `${place.name}-migrate-other`,
    };
    const name = `${place.name}-migrate-other-migrate-20260101t000000z-1`;
    const id = await create(labels, `--name=${name}`);
    assert.not((await oneOffsOf(context, place.name)).some((one) => one.id === id));
    assert.ok(
      (await oneOffsOf(context, `${place.name}-migrate-other`)).some((one) => one.id === id),
    );
  });

  it('knows how often the engine starts a container again', async () => {
    const {shell} = await contextOf(place);
    for (const policy of ['on-failure:3', 'on-failure', 'unless-stopped', 'no']) {
      const id = await create({}, `--restart=${policy}`);
      const [state] = await statesOf(shell, [id]);
      assert.is(state?.restartPolicy, policy);
    }
  });

  it('leaves nothing of the question for the head, whatever ends it', async () => {
    await place.setEnv('DEPLOY_HEAD_COMMAND', '"sleep 600"');
    const asking = () =>
      docker('ps', '--all', '--quiet', `--filter=name=${place.name}-pgkeep-head`);
    const endedBy = async (signal: NodeJS.Signals) => {
      let pid = 0;
      const planning = place.deploy(['plan'], {onStart: (started) => (pid = started)});
      const isRunning = async () =>
        (await docker('ps', '--quiet', `--filter=name=${place.name}-pgkeep-head`)) !== '';
      await until(isRunning, 'the image is asked', 60_000);
      process.kill(pid, signal);
      return planning;
    };
    const {exitCode, stderr} = await endedBy('SIGINT');
    assert.is(exitCode, 130, stderr);
    assert.is(await asking(), '', 'after Ctrl-C');
    await endedBy('SIGKILL');
    assert.is.not(await asking(), '', 'nobody could remove it');
    await place.setEnv('DEPLOY_HEAD_COMMAND', '"migrate heads"');
    const planned = await place.deploy(['plan', '--json']);
    assert.is(JSON.parse(planned.stdout).migration.head, '001', planned.stderr);
    assert.is(await asking(), '', 'after the next run');
    await place.setEnv('DEPLOY_HEAD_COMMAND', '"sh -c \'echo why >&2; exit 3\'"');
    const refused = await place.deploy(['plan']);
    assert.is(refused.exitCode, 6);
    assert.match(refused.stderr, /exit code 3[\s\S]*why/);
    assert.is(await asking(), '');
    await place.setEnv('DEPLOY_HEAD_COMMAND', '"migrate heads"');
  });

  it('makes no folder to say how things are, or that nothing is locked', async () => {
    const folder = join(place.project, '.pgkeep');
    assert.not(existsSync(folder));
    const said = ok(await place.deploy(['status']));
    assert.match(said, /no deploy yet/);
    ok(await place.deploy(['unlock', '--yes']));
    assert.not(existsSync(folder));
  });

  it('says nothing of an old version where there is none', async () => {
    await place.setTag('migration-lies');
    const {exitCode, stderr} = await place.deploy(['--yes', '--rehearse', 'off']);
    assert.is(exitCode, 7, stderr);
    assert.match(stderr, /failed and changed nothing[\s\S]*the migration's log: /);
    assert.not.match(stderr, /old version/);
    await place.setTag('v1');
  });

  it('refuses a plan file with garbage in it', async () => {
    const file = join(place.project, 'plan.json');
    await writeFile(file, '{"version": 1, "services": [null], "database": {}}');
    const {exitCode, stderr} = await place.deploy(['--yes', '--plan', file]);
    assert.is(exitCode, 2, stderr);
    assert.match(stderr, /is no plan of a deploy/);
  });

  it('shows what runs of a service that is in the compose file no more', async () => {
    const labels = {
      ...{'com.docker.compose.project': place.name, 'com.docker.compose.service': 'mailer'},
      ...{'com.docker.compose.oneoff': 'False', 'com.docker.compose.container-number': '1'},
    };
    const id = await create(labels, `--name=${place.name}-mailer-1`);
    await docker('start', id);
    const hint = `stop it with docker rm --force ${place.name}-mailer-1`;
    const said = ok(await place.deploy(['status']));
    assert.match(said, new RegExp(`mailer .*${place.name}-mailer-1 .*running`));
    assert.match(
      said,
      new RegExp(`'mailer' is not in the compose file any more and runs on: ${hint}`),
    );
    const {stdout} = await place.deploy(['plan']);
    assert.match(stdout, new RegExp(`warning: service 'mailer': is not in .* \\(${hint}`));
    await docker('rm', '--force', id);
    made.pop();
    assert.not.match(ok(await place.deploy(['status'])), /mailer/);
  });

  it('runs no migration where none is pending', async () => {
    ok(await place.deploy(['--yes', '--rehearse', 'off']));
    const folder = join(place.project, '.pgkeep');
    const logs = async () =>
      (await readdir(folder)).filter((name) => name.endsWith('.migrate.log'));
    const before = await logs();
    assert.is(before.length, 1);
    await place.setEnv('DEBUG', 'no');
    const {stdout, stderr, exitCode} = await place.deploy(['--yes', '--rehearse', 'off']);
    assert.is(exitCode, 0, stderr);
    assert.match(stderr, /nothing is pending: the schema is at '001' already/);
    assert.equal(await logs(), before);
    assert.not.match(stdout, /schema/);
  });

  it('says what the health check of a sick container said', async () => {
    const yaml = await readFile(place.composeFile, 'utf8');
    const check = "['CMD-SHELL', 'echo the cup is empty; echo $$SECRET_KEY; exit 1']";
    await writeFile(place.composeFile, yaml.replace("['CMD', 'check']", check));
    const {exitCode, stderr} = await place.deploy(['--yes', '--rehearse', 'off']);
    await writeFile(place.composeFile, yaml);
    assert.is(exitCode, 8, stderr);
    assert.match(stderr, /its health check said: the cup is empty/);
    assert.not.match(stderr, new RegExp(place.secretKey));
  });
}

it.run();
