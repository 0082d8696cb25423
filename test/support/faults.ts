/** What fault tests share: a database with a set of it, and what must hold after any fault. */
import {createHash} from 'node:crypto';
import {existsSync, readdirSync, readFileSync, readlinkSync} from 'node:fs';
import {mkdir, mkdtemp, readdir, readFile, rm, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import * as assert from 'uvu/assert';
import {shelfFolder} from '../../lib/io/store.ts';
import {type StandInOptions, standIns} from '../fixtures/stand-ins.ts';
import {type DoorOptions, type DoorResult, door} from './door.ts';
import {createDatabase, psql, type TestServer} from './postgres.ts';

/** A project of its own with a database whose name stands in no other process. */
export type Place = {
  readonly server: TestServer;
  readonly database: string;
  readonly project: string;
  readonly backups: string;
  readonly shelf: string;
  readonly env: Readonly<Record<string, string>>;
  run(verb: string, args?: readonly string[], options?: DoorOptions): Promise<DoorResult>;
  /** The same without any connection of the place's own. */
  bare: Place['run'];
  sql(statements: string): Promise<string>;
  /** A stand-in's folder inside the project, and the settings that make pgkeep use it. */
  programs(replaced: Pick<StandInOptions, 'standIns' | 'facts'>): Promise<Programs>;
  /** Removes the project; the database goes with its server. */
  end(): Promise<void>;
};

export type Programs = {
  readonly folder: string;
  readonly env: Readonly<Record<string, string>>;
  /** Acts between a stand-in's `reached` and the `go` that it waits for; gives what the run gave. */
  meanwhile(run: Promise<DoorResult>, act: () => Promise<unknown>): Promise<DoorResult>;
};

/** About 2 MB in a plain dump: more than every stand-in waits for. */
export const pairs = (rows = 20_000): string =>
  `CREATE TABLE pair AS SELECT i AS id, md5(i::text) || md5((i * 7)::text) AS note FROM generate_series(1, ${rows}) i;
   ALTER TABLE pair ADD PRIMARY KEY (id);`;

let places = 0;

/** Make a database, and one older set of it that no fault may harm. */
export const makePlace = async (
  server: TestServer,
  {sql = pairs(), withOlderSet = true} = {},
): Promise<Place> => {
  places += 1;
  const database = `fault_${process.pid}_${places}`;
  await createDatabase(server, database, {sql});
  const project = await mkdtemp(join(tmpdir(), 'pgkeep-test-'));
  const backups = join(project, 'backups');
  const env = {DATABASE_URL: server.url(database), PGKEEP_BACKUPS: backups};
  let folders = 0;
  const place: Place = {
    ...{server, database, project, backups, env},
    shelf: shelfFolder(backups, database),
    run: (verb, args = [], options = {}) =>
      door(verb, ['--project', project, ...args], {...options, env: {...env, ...options.env}}),
    bare: (verb, args = [], options = {}) =>
      door(verb, ['--project', project, ...args], {
        ...options,
        env: {PGKEEP_BACKUPS: backups, ...options.env},
      }),
    sql: (statements) => psql(server, statements, {database}),
    async programs(replaced) {
      folders += 1;
      const folder = join(project, `bin-${folders}`);
      await mkdir(folder);
      await standIns(folder, {binaries: server.binaries, ...replaced});
      return {
        folder,
        env: {PG_BINDIR: folder, PATH: `${folder}:${process.env['PATH']}`},
        async meanwhile(run, act) {
          try {
            const reached = () => existsSync(join(folder, 'reached'));
            await Promise.race([until(reached, 'the stand-in was reached'), run]);
            await act();
          } finally {
            await writeFile(join(folder, 'go'), '');
            await run;
          }
          return run;
        },
      };
    },
    end: () => rm(project, {recursive: true, force: true}),
  };
  if (withOlderSet) await succeeds(place);
  return place;
};

/** The settings to reach the place's database as another role. */
export const as = ({server, database}: Place, role: string, password?: string) => {
  const login = [role, ...(password === undefined ? [] : [password])].map(encodeURIComponent);
  const url = server.url(database).replace('//postgres@', () => `//${login.join(':')}@`);
  return {DATABASE_URL: url};
};

/** A backup that has to work. */
export const succeeds = async (place: Place, args: readonly string[] = []): Promise<DoorResult> => {
  const result = await place.run('backup', args);
  assert.is(result.exitCode, 0, `the backup should work:\n${result.stdout}${result.stderr}`);
  return result;
};

export type Expected = {
  readonly exit: number | readonly number[];
  /** Stands in what the door said. */
  readonly says?: RegExp;
  /** The server does not outlive the fault: no next run. */
  readonly isServerGone?: boolean;
};

/**
 * Let a fault befall a run, and demand: the exit code, no stack trace, no new set, no staging
 * folder, older sets byte for byte, nobody left at work, and a next run that works.
 */
export const survives = async (
  place: Place,
  fault: () => Promise<DoorResult>,
  {exit, says = /./, isServerGone = false}: Expected,
): Promise<DoorResult> => {
  const before = await contentOf(place.shelf);
  const result = await fault();
  const said = `${result.stdout}${result.stderr}`;
  assert.ok([exit].flat().includes(result.exitCode ?? -1), `exit ${result.exitCode}:\n${said}`);
  assert.match(said, says);
  assert.not.match(said, /^ +at .*\.ts:\d+/m);
  assert.equal(await contentOf(place.shelf), before, 'the sets are what they were');
  await programsGone(place);
  if (isServerGone) return result;
  await sessionsGone(place);
  await succeeds(place);
  return result;
};

/** Every file below a folder and its SHA-256, the locks apart. */
export const contentOf = async (folder: string): Promise<Readonly<Record<string, string>>> => {
  const entries = await readdir(folder, {recursive: true, withFileTypes: true}).catch(() => []);
  const files = entries
    .filter((entry) => !['.lock', '.readers'].includes(entry.name))
    .map((entry) => ({path: join(entry.parentPath, entry.name), isFile: entry.isFile()}))
    .sort((a, b) => (a.path < b.path ? -1 : 1));
  const content: Record<string, string> = {};
  for (const {path, isFile} of files)
    content[path.slice(folder.length)] = isFile
      ? createHash('sha256')
          .update(await readFile(path))
          .digest('hex')
      : 'folder';
  return content;
};

/** Demands that within 3 s no program is at work on a place. */
export const programsGone = (place: Place): Promise<void> =>
  until(
    () => processesOf(place).length === 0,
    () => processesOf(place).join('\n'),
    3_000,
  );

/** Demands that within 8 s the server has no session left. */
export const sessionsGone = async (place: Place): Promise<void> => {
  const sessions = `SELECT count(*) FROM pg_stat_activity WHERE datname = '${place.database}'`;
  const isQuiet = async () => (await psql(place.server, sessions)) === '0';
  await until(isQuiet, 'no session is left in the server', 8_000);
};

/** The command lines of what knows of a place: its database or folder in the environment, arguments or open files. */
export const processesOf = ({database, project}: Pick<Place, 'database' | 'project'>): string[] =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((pid) => {
      const words = textOf(`/proc/${pid}/cmdline`);
      const known = [words, textOf(`/proc/${pid}/environ`), ...openFilesOf(pid)].join('\n');
      // A server process shows the database in its title, and is the server's.
      const isOurs = !/^postgres: /.test(words) && !isZombie(pid);
      return isOurs && (known.includes(database) || known.includes(project))
        ? [`${pid} ${words.replaceAll('\0', ' ')}`]
        : [];
    });

/** Waits for a fact; fails with what was hoped for. */
export const until = async (
  fact: () => boolean | Promise<boolean>,
  hope: string | (() => string),
  milliseconds = 20_000,
): Promise<void> => {
  const deadline = performance.now() + milliseconds;
  while (!(await fact())) {
    if (performance.now() > deadline)
      assert.unreachable(
        `not within ${milliseconds} ms: ${typeof hope === 'string' ? hope : hope()}`,
      );
    await pause(20);
  }
};

const textOf = (file: string): string => {
  try {
    return readFileSync(file, 'utf8');
  } catch {
    return '';
  }
};

const isZombie = (pid: string) => /^State:\s+Z/m.test(textOf(`/proc/${pid}/status`));

const openFilesOf = (pid: string): string[] => {
  try {
    return readdirSync(`/proc/${pid}/fd`).map((name) => readlinkSync(`/proc/${pid}/fd/${name}`));
  } catch {
    return [];
  }
};
