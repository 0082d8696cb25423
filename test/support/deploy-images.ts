/** The versions of the example application, each a small image on the test image of PostgreSQL 15. */
import {execFile, execFileSync} from 'node:child_process';
import {createHash} from 'node:crypto';
import {readdirSync, readFileSync} from 'node:fs';
import {copyFile, mkdir, mkdtemp, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {repository} from './door.ts';

const run = promisify(execFile);

export const fixture = join(repository, 'test/fixtures/deploy-app');

type AppImage = {
  /** Files of migrations/ that it has; the last one's number is its head. */
  readonly migrations: readonly string[];
  /** What its page shows: a column that is not there makes it unhealthy. */
  readonly query?: string;
  /** `crash`: ends with 3 at its start. `sick`: unhealthy. `dies`: healthy, ends after 4 s. `smoke`: healthy, the page answers 500. `slow-boot`: healthy after 8 s. `lies`: its migration does nothing and ends with 0. */
  readonly fault?: string;
};

const name = 'SELECT name FROM item ORDER BY id LIMIT 1';
const stock = "SELECT name || ' ' || stock FROM item ORDER BY id LIMIT 1";
const title = "SELECT title || ' ' || stock FROM item ORDER BY id LIMIT 1";
const first = ['001_items'];
const second = [...first, '002_stock'];
const third = [...second, '003_title'];
/** As v1, with one more migration. */
const after = (...migrations: readonly string[]) => ({migrations: [...first, ...migrations]});

export const versions = {
  v1: {migrations: first, query: name},
  /** Additive: v1 lives with its schema. */
  v2: {migrations: second, query: stock},
  /** v1 and v2 do not live with its schema. */
  v3: {migrations: third, query: title},
  /** v1 again, an image of its own. */
  'v1-again': {migrations: first, query: name},
  /** v2 with a fault: v1 lives with their schema. */
  crash: {migrations: second, query: stock, fault: 'crash'},
  sick: {migrations: second, query: stock, fault: 'sick'},
  dies: {migrations: second, query: stock, fault: 'dies'},
  smoke: {migrations: second, query: stock, fault: 'smoke'},
  'slow-boot': {migrations: second, query: stock, fault: 'slow-boot'},
  /** v3 with a fault: v1 and v2 do not live with its schema. */
  'v3-sick': {migrations: third, query: title, fault: 'sick'},
  /** In a transaction: the revision stays 001. */
  'migration-fails': after('002_fails'),
  /** 002 is there when 003 fails. */
  'migration-half': after('002_stock', '003_fails'),
  /** Leaves an invalid index; the revision stays 001. */
  'migration-index': after('002_index'),
  /** Needs ACCESS EXCLUSIVE on item, and is done at once where nobody has it open. */
  'migration-locks': after('002_locks'),
  /** For an hour. */
  'migration-hangs': after('002_hangs'),
  'migration-rewrites': after('002_rewrites'),
  /** ACCESS EXCLUSIVE on item for 3 s. */
  'migration-holds': after('002_holds'),
  /** Ends with 0, head 002, and the revision stays what it was. */
  'migration-lies': {migrations: second, query: name, fault: 'lies'},
} as const satisfies Readonly<Record<string, AppImage>>;

export type AppVersion = keyof typeof versions;

/** The name without a tag of the images of this state of the fixture and of this file. */
export const appRepository = (base: string): string => {
  const files = readdirSync(fixture, {recursive: true, withFileTypes: true})
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort();
  const hash = createHash('sha256').update(base).update(JSON.stringify(versions));
  for (const file of files) hash.update(file.slice(fixture.length)).update(readFileSync(file));
  return `pgkeep-test/deploy-app-${hash.digest('hex').slice(0, 8)}`;
};

/** The versions that have no image yet. */
export const missingVersions = (base: string): readonly AppVersion[] => {
  const format = '--format={{.Tag}}';
  const listed = execFileSync('docker', ['image', 'ls', format, appRepository(base)], {
    encoding: 'utf8',
  });
  const there = listed.split('\n');
  return (Object.keys(versions) as AppVersion[]).filter((version) => !there.includes(version));
};

/** Makes the images that are missing; no network, no registry. */
export const buildAppImages = async (base: string): Promise<void> => {
  const missing = missingVersions(base);
  if (missing.length === 0) return;
  const common = `${appRepository(base)}:base`;
  await build(fixture, common, `--build-arg=BASE=${base}`);
  for (const version of missing) await buildVersion(version, common);
};

const buildVersion = async (version: AppVersion, common: string): Promise<void> => {
  const {migrations, query = name, fault = ''}: AppImage = versions[version];
  const folder = await mkdtemp(join(tmpdir(), 'pgkeep-test-image-'));
  try {
    await mkdir(join(folder, 'migrations'));
    for (const each of migrations)
      await copyFile(
        join(fixture, `migrations/${each}.sql`),
        join(folder, `migrations/${each}.sql`),
      );
    const lines = [
      `FROM ${common}`,
      `ENV APP_VERSION=${version} APP_FAULT=${fault} APP_QUERY=${JSON.stringify(query)}`,
      'COPY migrations /app/migrations/',
    ];
    await writeFile(join(folder, 'Dockerfile'), `${lines.join('\n')}\n`);
    await build(folder, common.replace(/:base$/, `:${version}`));
  } finally {
    await rm(folder, {recursive: true, force: true});
  }
};

/** The engine's own builder: BuildKit is a plugin that may not be here. */
const build = (folder: string, tag: string, ...options: readonly string[]) =>
  run('docker', ['build', '--quiet', '--network=none', ...options, `--tag=${tag}`, folder], {
    env: {...process.env, DOCKER_BUILDKIT: '0'},
  });
