/** The example application as a project of a test's own, ready for `pgkeep deploy`. */
import {execFile} from 'node:child_process';
import {randomBytes} from 'node:crypto';
import {copyFile, mkdtemp, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import {promisify} from 'node:util';
import {areContainersReady, imageOf} from './containers.ts';
import {type AppVersion, appRepository, fixture, missingVersions} from './deploy-images.ts';
import {type FrontProxy, freePort, type ProxyKind, startProxy} from './deploy-proxy.ts';
import {type DoorOptions, type DoorResult, door} from './door.ts';
import {answerOf, type Load, startLoad} from './load.ts';
import {has, isRequired, skip} from './require.ts';

const run = promisify(execFile);

export type DeployAppOptions = {
  /** What TAG says; v1 by default. */
  readonly version?: AppVersion;
  /** A second service, without a health check, that writes a row of `visit` each second. */
  readonly worker?: boolean;
  /** What stands in front of `web`; without one there is no `url` but with `publish`. */
  readonly proxy?: ProxyKind;
  /** `web` holds a port of this host itself: two containers of it can't stand side by side. */
  readonly publish?: boolean;
  /** How long failed health checks do not count; 2 by default, and slow-boot needs 8. */
  readonly startPeriodSeconds?: number;
  /** More lines of .env.production, or others: DEPLOY_STABLE_SECONDS is 5 by default. */
  readonly env?: Readonly<Record<string, string>>;
};

export type DeployPlace = {
  /** The folder: docker-compose.prod.yml, .env.production (0600), .env.production.example. */
  readonly project: string;
  /** What compose calls the project. */
  readonly name: string;
  /** Of the proxy, or of the port that `web` publishes; undefined without either. */
  readonly url: string | undefined;
  /** Of the role `app`: it has to show up nowhere. */
  readonly password: string;
  readonly secretKey: string;
  readonly envFile: string;
  readonly composeFile: string;
  /** The image of a version, by the name that the compose file comes to. */
  image(version: AppVersion): string;
  setTag(version: AppVersion | (string & {})): Promise<void>;
  /** A line of .env.production; undefined takes it out. */
  setEnv(key: string, value: string | undefined): Promise<void>;
  /** `pgkeep deploy …` */
  deploy(words?: readonly string[], options?: DoorOptions): Promise<DoorResult>;
  /** Any other verb, with the same env file. */
  run(verb: string, words?: readonly string[], options?: DoorOptions): Promise<DoorResult>;
  /** `docker compose …` with the project's files. */
  compose(...words: readonly string[]): Promise<string>;
  /** Rows of a statement, by psql inside the service postgres. */
  sql(statement: string, database?: string): Promise<string>;
  /** Ids of the containers of a service that run, the full ones. */
  idsOf(service: string): Promise<readonly string[]>;
  /** The version that the container of a service has; undefined where none runs. */
  versionOf(service: string): Promise<string | undefined>;
  /** What `url` answers now: `v1 lamp`, or the failure. */
  page(path?: string): Promise<string>;
  /** 50 requests a second for `url`, until its end. */
  load(path?: string): Load;
  end(): Promise<void>;
};

/** Whether the example application can be run here; where not, says so for the runner. Errors: where it is required. */
export const canDeploy = (): boolean => {
  if (!has('docker')) return false;
  if (areContainersReady() && missingVersions(imageOf(15)).length === 0) return true;
  const why = 'no compose plugin or test images here: PGKEEP_TEST_REQUIRE=docker makes them';
  if (isRequired('docker')) throw new Error(why);
  skip(why);
  return false;
};

/** A project folder; nothing of it runs but the proxy. */
export const startDeployApp = async (options: DeployAppOptions = {}): Promise<DeployPlace> => {
  const project = await mkdtemp(join(tmpdir(), 'pgkeep-test-deploy-'));
  const proxy = options.proxy && (await startProxy(options.proxy, project));
  const port = options.publish ? await freePort() : undefined;
  const url = proxy?.url ?? (port === undefined ? undefined : `http://127.0.0.1:${port}`);
  const [password, secretKey] = [randomBytes(18).toString('hex'), randomBytes(18).toString('hex')];
  const envFile = join(project, '.env.production');
  const composeFile = join(project, 'docker-compose.prod.yml');
  await writeFile(composeFile, await definition(options, port));
  await copyFile(join(fixture, '.env.production.example'), `${envFile}.example`);
  const given = {...givenFor({password, secretKey, url, proxy}), ...options.env};
  const place = {project, name: basename(project).toLowerCase(), url, envFile, composeFile};
  const setEnv = setterOf(envFile);
  await writeFile(envFile, await readFile(`${envFile}.example`), {mode: 0o600});
  for (const [key, value] of Object.entries(given)) await setEnv(key, value);
  const setTag = (version: string) => setEnv('TAG', version);
  await setTag(options.version ?? 'v1');
  const image = (version: AppVersion) => `${appRepository(imageOf(15))}:${version}`;
  const acts = actsIn(place);
  const end = async () => {
    await proxy?.end();
    await removeAll(place.name);
    await rm(project, {recursive: true, force: true});
  };
  return {...place, password, secretKey, image, setEnv, setTag, ...acts, end};
};

const definition = async (
  {worker = false, startPeriodSeconds = 2}: DeployAppOptions,
  port: number | undefined,
): Promise<string> => {
  const text = (await readFile(join(fixture, 'docker-compose.prod.yml'), 'utf8'))
    .replace('start_period: 15s', `start_period: ${startPeriodSeconds}s`)
    .replace(/^( *)expose: .*$/m, (line, indent: string) =>
      port === undefined ? line : `${line}\n${indent}ports: ['127.0.0.1:${port}:8000']`,
    );
  return worker ? text : text.replace(/^ {2}worker:\n(?: {4}.*\n)*/m, '');
};

const givenFor = (made: {
  password: string;
  secretKey: string;
  url: string | undefined;
  proxy: FrontProxy | undefined;
}): Record<string, string> => ({
  ...{APP_IMAGE: appRepository(imageOf(15)), POSTGRES_IMAGE: imageOf(15)},
  ...{POSTGRES_PASSWORD: made.password, SECRET_KEY: made.secretKey},
  DATABASE_URL: `postgresql://app:${made.password}@postgres:5432/app`,
  ...{DEPLOY_STABLE_SECONDS: '5', DEPLOY_LOCK_TIMEOUT: '1s'},
  ...(made.url === undefined ? {} : {DEPLOY_SMOKE_URLS: `${made.url}/`}),
  ...(made.proxy === undefined
    ? {}
    : {DEPLOY_PROXY_FILE: made.proxy.file, DEPLOY_PROXY_RELOAD: `"${made.proxy.reload}"`}),
});

const setterOf =
  (envFile: string): DeployPlace['setEnv'] =>
  async (key, value) => {
    const lines = (await readFile(envFile, 'utf8')).split('\n');
    const others = lines.filter((line) => line !== '' && !line.startsWith(`${key}=`));
    const added = value === undefined ? [] : [`${key}=${value}`];
    await writeFile(envFile, `${[...others, ...added].join('\n')}\n`);
  };

type Place = Pick<DeployPlace, 'project' | 'name' | 'url' | 'envFile' | 'composeFile'>;

const actsIn = ({project, url, envFile, composeFile}: Place) => {
  const files = [`--env-file=${envFile}`, `--file=${composeFile}`];
  const compose: DeployPlace['compose'] = async (...words) =>
    (await docker('compose', `--project-directory=${project}`, ...files, ...words)).trim();
  const named = ['--project', project, '--env-file', envFile];
  const idsOf = async (service: string) =>
    (await compose('ps', '--quiet', service)).split('\n').filter(Boolean);
  const address = (path: string): string => {
    if (url === undefined) throw new Error('no proxy and no port: there is no URL');
    return `${url}${path}`;
  };
  return {
    ...{compose, idsOf},
    run: (verb: string, words: readonly string[] = [], options?: DoorOptions) =>
      door(verb, [...words, ...named], options),
    deploy: (words: readonly string[] = [], options?: DoorOptions) =>
      door('deploy', [...words, ...named], options),
    sql: (statement: string, database = 'app') =>
      compose(
        ...['exec', '-T', 'postgres', 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1'],
        ...['-U', 'app', '-d', database, '-c', statement],
      ),
    versionOf: async (service: string) => {
      const [id] = await idsOf(service);
      if (id === undefined) return undefined;
      const lines = await docker('inspect', '--format={{join .Config.Env "\\n"}}', id);
      return /^APP_VERSION=(.*)$/m.exec(lines)?.[1];
    },
    page: async (path = '/') => {
      const {what, text} = await answerOf(address(path));
      return what ?? text.trim();
    },
    load: (path = '/') => startLoad(address(path)),
  };
};

const docker = async (...words: readonly string[]): Promise<string> =>
  (await run('docker', words, {maxBuffer: 1e8})).stdout;

/** Whatever has the project's name: one-off containers and protective tags too. */
const removeAll = async (name: string): Promise<void> => {
  const label = `--filter=label=com.docker.compose.project=${name}`;
  const listed = async (...words: readonly string[]) =>
    (await docker(...words)).split('\n').filter(Boolean);
  const each = async (remove: readonly string[], found: readonly string[]) => {
    if (found.length > 0) await docker(...remove, ...found);
  };
  await each(['rm', '--force', '--volumes'], await listed('ps', '--all', '--quiet', label));
  await each(['network', 'rm'], await listed('network', 'ls', '--quiet', label));
  await each(['volume', 'rm'], await listed('volume', 'ls', '--quiet', label));
  const tags = ['image', 'ls', '--format={{.Repository}}:{{.Tag}}'];
  await each(['rmi', '--no-prune'], await listed(...tags, `pgkeep/${name}/*`));
};
