/** What is looked at before a deploy, on a real engine: findings where something is wrong, none where nothing is. */
import {execFile} from 'node:child_process';
import {chmod, readFile, writeFile} from 'node:fs/promises';
import {createServer, type Server} from 'node:net';
import {promisify} from 'node:util';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {openProject} from '../../lib/io/compose-project.ts';
import {createShell} from '../../lib/io/shell.ts';
import type {Finding} from '../../lib/model/deploy/finding.ts';
import {parseSettings} from '../../lib/model/settings.ts';
import type {Context} from '../../lib/tasks/context.ts';
import {checkEnvironment} from '../../lib/tasks/deploy/check-environment.ts';
import {checkPrerequisites} from '../../lib/tasks/deploy/check-prerequisites.ts';
import {imageOf} from '../support/containers.ts';
import {testContext} from '../support/context.ts';
import {canDeploy, type DeployPlace, startDeployApp} from '../support/deploy.ts';
import {freePort} from '../support/deploy-proxy.ts';

const it = suite('checks before a deploy');
const run = promisify(execFile);

const contextOf = async ({project, envFile}: DeployPlace): Promise<Context> => {
  const file = {path: envFile, text: await readFile(envFile, 'utf8')};
  const settings = parseSettings({flags: {}, environment: {}, file, cwd: project});
  return {...testContext(project), settings};
};
const projectOf = ({shell, settings}: Context) =>
  openProject(shell, {...settings, environment: {}});
const said = (findings: readonly Finding[]): readonly string[] =>
  findings.map(({level, rule, where, what}) => `${level}: ${rule}: ${where}: ${what}`);

const prerequisites = async (place: DeployPlace) => {
  const context = await contextOf(place);
  return said(await checkPrerequisites(context, await projectOf(context)));
};
const environment = async (place: DeployPlace) => {
  const context = await contextOf(place);
  return said(await checkEnvironment(context, await projectOf(context)));
};
const volumes = async (place: DeployPlace) => {
  const filter = `--filter=label=com.docker.compose.project=${place.name}`;
  const {stdout} = await run('docker', ['volume', 'ls', '--quiet']);
  const containers = await run('docker', ['ps', '--all', '--quiet', filter]);
  return [stdout.split('\n').filter((name) => name.startsWith(place.name)), containers.stdout];
};

if (canDeploy()) {
  const place = await startDeployApp({worker: true});
  it.after(() => place.end());
  const unchecked =
    "warning: health check: service 'worker': it has no health check: that it runs is all that can be seen";
  const edit = async (change: (text: string) => string) => {
    const text = await readFile(place.composeFile, 'utf8');
    await writeFile(place.composeFile, change(text));
    return () => writeFile(place.composeFile, text);
  };

  it('finds a service without a health check and nothing else before the first deploy', async () => {
    assert.equal(await prerequisites(place), [unchecked]);
    assert.equal(await environment(place), []);
    assert.equal(await volumes(place), [[], '']);
  });

  it('finds what is wrong with the environment, and repeats none of it', async () => {
    const text = await readFile(place.envFile, 'utf8');
    await place.setEnv('SECRET_KEY', 'CHANGE_ME');
    await place.setEnv('POSTGRES_PASSWORD', 'canary$word5ecret9Q');
    await place.setEnv('DATABASE_URL', 'postgresql://app:canary5ecret9Qx@localhost:5432/app');
    await place.setEnv('DB_POOL_SIZE', undefined);
    await chmod(place.envFile, 0o644);
    const undo = await edit((yaml) =>
      yaml.replace('DEBUG: ', `API_TOKEN: \${API_TOKEN:-secret}\n      X: \${X}\n      DEBUG: `),
    );
    const found = (await environment(place)).join('\n');
    await undo();
    await writeFile(place.envFile, text);
    await chmod(place.envFile, 0o600);
    for (const pattern of [
      /^fault: file mode: \.env\.production: every account/m,
      /^warning: missing key: \.env\.production: DB_POOL_SIZE is missing/m,
      /^fault: placeholder: \.env\.production line \d+: SECRET_KEY is a placeholder$/m,
      /^fault: compose config: \.env\.production: a value holds a \$/m,
      /^fault: compose config: the compose file: it asks for X, which nobody sets$/m,
      /^fault: database host: service 'web': DATABASE_URL names this host/m,
      /^fault: weak secret: service 'web': API_TOKEN is made of common words, and comes from/m,
    ])
      assert.match(found, pattern);
    assert.not.match(found, /canary|word5ecret|5ecret9Q/);
  });

  it('finds an image that may not be pulled, and one that nobody has built', async () => {
    await place.setTag('never-made');
    assert.equal(await prerequisites(place), [], 'it may be pulled, and bring a check');
    for (const [line, why] of [
      ['pull_policy: never', /^fault: image: service 'web': the image '.*:never-made' is not on/m],
      ['build: .', /^fault: image: service 'web': the image '.*:never-made' is not on this host$/m],
    ] as const) {
      const undo = await edit((yaml) => yaml.replace('  web:\n', `  web:\n    ${line}\n`));
      assert.match((await prerequisites(place)).join('\n'), why);
      await undo();
    }
    await place.setTag('v1');
  });

  it('finds services that are not there', async () => {
    await place.setEnv('DEPLOY_SERVICES', 'wbe,worker,postgres');
    assert.equal(await prerequisites(place), [
      "fault: services: DEPLOY_SERVICES: the project has no service 'wbe'",
      "fault: services: DEPLOY_SERVICES: 'postgres' is the service of the database",
      unchecked,
    ]);
    await place.setEnv('DEPLOY_SERVICES', undefined);
  });

  it('finds a port that another program holds, and none that the service holds itself', async () => {
    const port = await freePort();
    const other = await new Promise<Server>((resolve) => {
      const server = createServer().listen(port, '127.0.0.1', () => resolve(server));
    });
    const undo = await edit((yaml) =>
      yaml.replace("expose: ['8000']", `ports: ['127.0.0.1:${port}:8000']`),
    );
    const held = `fault: port: service 'web': port ${port} of this host is held by another program`;
    assert.ok((await prerequisites(place)).includes(held));
    await new Promise((resolve) => other.close(resolve));
    await place.compose('up', '--detach', '--wait', 'postgres');
    await place.compose('up', '--detach', '--no-deps', 'web');
    assert.equal(await prerequisites(place), [unchecked]);
    await place.compose('rm', '--stop', '--force', 'web');
    await undo();
  });

  it('refuses another major on the data that are there, running, stopped and gone', async () => {
    const refused = new RegExp(
      `^fault: major version: service 'postgres': its image '${imageOf(17)}' is PostgreSQL 17, its data are of PostgreSQL 15$`,
      'm',
    );
    assert.equal(await prerequisites(place), [unchecked]);
    await place.setEnv('POSTGRES_IMAGE', imageOf(17));
    assert.match((await prerequisites(place)).join('\n'), refused, 'running');
    await place.compose('stop', 'postgres');
    assert.match((await prerequisites(place)).join('\n'), refused, 'stopped');
    await place.compose('down');
    assert.match((await prerequisites(place)).join('\n'), refused, 'gone');
    await place.setEnv('POSTGRES_IMAGE', 'registry.invalid/postgres:16');
    assert.match((await prerequisites(place)).join('\n'), /is PostgreSQL 16, its data/, 'by name');
    await place.setEnv('POSTGRES_IMAGE', imageOf(15));
    assert.equal(await prerequisites(place), [unchecked]);
    const [, containers] = await volumes(place);
    assert.is(containers, '');
  });

  it('says that docker does not answer, beside what it can tell without it', async () => {
    await place.setEnv('DEPLOY_MIGRATE_SERVICE', 'wbe');
    const context = await contextOf(place);
    const project = await projectOf(context);
    const {PATH = ''} = process.env;
    const shell = createShell({
      environment: {PATH, DOCKER_HOST: 'unix:///nowhere/docker.sock'},
      signal: context.signal,
      redact: context.redact,
      trace: () => {},
    });
    const found = said(await checkPrerequisites({...context, shell}, project));
    assert.match(found[0] ?? '', /^fault: services: DEPLOY_MIGRATE_SERVICE/);
    assert.match(found[1] ?? '', /^fault: docker: this host: docker does not answer: /);
    await place.setEnv('DEPLOY_MIGRATE_SERVICE', 'web');
  });
}

it.run();
