/**
 * Containers for tests: docker, its compose plugin, and an image of PostgreSQL 15 and of 17, made
 * on this machine from Debian's packages and the mirror that its apt uses. No registry is asked.
 */
import {execFile, execFileSync, spawn, spawnSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {openSync, readFileSync} from 'node:fs';
import {copyFile, mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {homedir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import {promisify} from 'node:util';
import {aptInstall} from '../../scripts/_apt.ts';
import {isOnPath} from '../../scripts/_packages.ts';
import {buildAppImages, missingVersions} from './deploy-images.ts';
import {repository} from './door.ts';
import {programs} from './programs.ts';
import {isRequired} from './require.ts';

type Say = (text: string) => void;
const run = promisify(execFile);

const suites = {15: 'bookworm', 17: 'trixie'} as const;
export type Major = keyof typeof suites;

const entrypoint = join(repository, 'test/fixtures/postgres-image/entrypoint.sh');
const recipe = createHash('sha256').update(readFileSync(entrypoint)).digest('hex').slice(0, 8);

/** The image of a major: PostgreSQL's programs, and an entry point as the official image has. */
export const imageOf = (major: Major): string => `pgkeep-test/postgres:${major}-${recipe}`;

/** Where PGKEEP_TEST_REQUIRE names docker: installs, starts and builds what is missing. */
export const setUpContainers = async (say: Say): Promise<void> => {
  if (!isRequired('docker') || process.getuid?.() !== 0 || !isOnPath('apt-get')) return;
  const missing = [
    ...(isOnPath('docker') && isOnPath('dockerd') ? [] : ['docker.io']),
    ...['debootstrap', 'nginx', 'haproxy'].filter((name) => !isOnPath(name)),
  ];
  if (missing.length > 0) {
    say(`Installing what is missing: apt-get install ${missing.join(' ')}`);
    await aptInstall(missing);
  }
  if (!isThere(['compose', 'version'])) await installCompose(say);
  if (!isThere(['version'])) await startEngine(say);
  const wanted = ([15, 17] as const).filter(
    (major) => !isThere(['image', 'inspect', imageOf(major)]),
  );
  if (wanted.length > 0)
    await timed(say, {
      what: `images of PostgreSQL ${wanted.join(' and ')} (debootstrap, docker import)`,
      work: () => Promise.all(wanted.map(buildImage)),
    });
  if (missingVersions(imageOf(15)).length > 0)
    await timed(say, {
      what: 'the versions of the example application (docker build)',
      work: () => buildAppImages(imageOf(15)),
    });
};

const timed = async (
  say: Say,
  {what, work}: {what: string; work: () => Promise<unknown>},
): Promise<void> => {
  const started = performance.now();
  say(`Building ${what}`);
  await work();
  say(`Built in ${((performance.now() - started) / 1_000).toFixed(0)} seconds.`);
};

/** Whether tests with containers can be run here. */
export const areContainersReady = (): boolean =>
  isThere(['compose', 'version']) &&
  ([15, 17] as const).every((major) => isThere(['image', 'inspect', imageOf(major)]));

const isThere = (args: readonly string[]): boolean =>
  spawnSync('docker', args, {stdio: 'ignore', timeout: 20_000}).status === 0;

/** Debian's mirror as this machine's apt knows it. */
const mirror = (): string => {
  const lines = execFileSync(
    'apt-get',
    ['indextargets', '--format', '$(REPO_URI) $(CODENAME) $(COMPONENT)'],
    {
      encoding: 'utf8',
    },
  ).split('\n');
  const [uri] = lines.find((line) => / (bookworm|trixie) main$/.test(line))?.split(' ') ?? [];
  if (uri === undefined) throw new Error('apt knows no mirror of Debian 12 or 13');
  return uri;
};

/**
 * The compose plugin of Debian 13, by an apt of its own: neither the sources nor the packages of
 * this machine are touched.
 */
const installCompose = async (say: Say): Promise<void> => {
  say('Installing the compose plugin of Debian 13 for this account');
  const folder = await mkdtemp('/var/tmp/pgkeep-compose-');
  try {
    await run('mkdir', [
      '-p',
      join(folder, 'lists/partial'),
      join(folder, 'cache/archives/partial'),
    ]);
    await writeFile(join(folder, 'sources.list'), `deb ${mirror()} trixie main\n`);
    const own = [
      `Dir::Etc::sourcelist=${folder}/sources.list`,
      ...['Dir::Etc::sourceparts=-', 'Dir::Etc::preferencesparts=-', 'APT::Sandbox::User=root'],
      ...[`Dir::State::lists=${folder}/lists`, `Dir::Cache=${folder}/cache`],
    ].flatMap((option) => ['-o', option]);
    await run('apt-get', [...own, 'update'], {cwd: folder});
    await run('apt-get', [...own, 'download', 'docker-compose'], {cwd: folder});
    await run('sh', ['-c', 'dpkg -x docker-compose_*.deb unpacked'], {cwd: folder});
    const plugins = join(homedir(), '.docker/cli-plugins');
    await mkdir(plugins, {recursive: true});
    const plugin = 'docker-compose';
    await copyFile(
      join(folder, 'unpacked/usr/libexec/docker/cli-plugins', plugin),
      join(plugins, plugin),
    );
    await run('chmod', ['755', join(plugins, plugin)]);
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
};

/**
 * An engine that was killed leaves its process ids behind. By now they may be those of other programs,
 * and a new engine would take these for the old one.
 */
const forgetDeadEngine = async () => {
  const names = programs().map(({name}) => name);
  if (['dockerd', 'containerd'].some((name) => names.includes(name))) return;
  for (const file of ['/var/run/docker.pid', '/var/run/docker/containerd/containerd.pid'])
    await rm(file, {force: true});
};

/** As nothing starts by installing it: it goes on running when the tests have ended. */
const startEngine = async (say: Say): Promise<void> => {
  say('Starting dockerd (its log: /var/log/pgkeep-test-dockerd.log)');
  await forgetDeadEngine();
  const log = openSync('/var/log/pgkeep-test-dockerd.log', 'a', 0o600);
  spawn('dockerd', [], {detached: true, stdio: ['ignore', log, log]}).unref();
  for (let second = 0; second < 60; second += 1) {
    if (isThere(['version'])) return;
    await pause(1_000);
  }
  throw new Error('dockerd did not answer within a minute: see /var/log/pgkeep-test-dockerd.log');
};

const buildImage = async (major: Major): Promise<void> => {
  const folder = await mkdtemp('/var/tmp/pgkeep-image-');
  const root = join(folder, 'root');
  const most = {maxBuffer: 1e8};
  try {
    const packages = `postgresql-${major}`;
    await run(
      'debootstrap',
      ['--variant=minbase', `--include=${packages}`, suites[major], root, mirror()],
      most,
    );
    await copyFile(entrypoint, join(root, 'entrypoint.sh'));
    const bin = `/usr/lib/postgresql/${major}/bin`;
    const changes = [
      `ENV PATH=${bin}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
      ...['ENTRYPOINT ["/entrypoint.sh"]', 'CMD ["postgres"]', 'EXPOSE 5432', 'STOPSIGNAL SIGINT'],
    ].flatMap((change) => ['--change', change]);
    const unneeded = ['var/cache/apt', 'var/lib/apt/lists', 'usr/share/doc', 'usr/share/locale'];
    const pack = ['-C', root, ...unneeded.map((path) => `--exclude=./${path}/*`), '-c', '.'];
    const file = join(folder, 'image.tar');
    await run('tar', ['-f', file, ...pack], most);
    await run('docker', ['import', ...changes, file, imageOf(major)], most);
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
};
