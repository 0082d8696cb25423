/**
 * What a restore costs beside the usual ways: `npm run bench:restore`.
 *
 * One throw-away server, one database of at least 500 MB with several large tables and a GIN index; in
 * each round every contender once, into a new database. Prints medians, ratios and their targets.
 */
import {execFile} from 'node:child_process';
import {open} from 'node:fs/promises';
import {join} from 'node:path';
import {parseArgs, promisify} from 'node:util';
import prettyBytes from 'pretty-bytes';
import {table} from '../../lib/io/table.ts';
import type {Command} from '../../lib/model/command.ts';
import {repository} from '../support/door.ts';
import {
  createDatabase,
  psql,
  type TestServer,
  testShell,
  withPostgres,
} from '../support/postgres.ts';
import {withTempFolder} from '../support/temp-folder.ts';
import {machineFacts, median} from './measure.ts';
import {makeSample} from './sample.ts';

const {values: given} = parseArgs({
  options: {rounds: {type: 'string', default: '5'}, scale: {type: 'string', default: '1'}},
});
const rounds = Number(given.rounds);
const scale = Number(given.scale);
const run = promisify(execFile);
const copy = 'copy';

type Timed = {readonly name: string; readonly seconds: number};

/** Every contender's parts, in seconds. */
const contendersOf = (server: TestServer, folder: string, set: string) => {
  const inCopy = {...server.libpq, PGDATABASE: copy};
  const program = (file: string, ...args: readonly string[]): Command => ({
    file: file.startsWith('p') ? join(server.binaries, file) : file,
    args,
    env: inCopy,
  });
  const byHand = async (
    name: string,
    stages: readonly Command[],
    path?: string,
  ): Promise<Timed> => {
    const file = path === undefined ? undefined : await open(path);
    // A restore beside what serves makes a database first, whoever does it.
    const began = performance.now();
    await createDatabase(server, copy);
    await testShell().pipe(stages, {...(file ? {input: file.fd} : {}), output: 'text'});
    await file?.close();
    return {name, seconds: (performance.now() - began) / 1_000};
  };
  const dump = join(folder, 'sample.dump');
  const workers = (jobs: number) => () =>
    byHand(`pg_restore -j${jobs}`, [program('pg_restore', `-j${jobs}`, '-d', copy, dump)]);
  return [
    async () => [
      await byHand(
        'gunzip | psql',
        [program('gunzip', '-c'), program('psql', '-X', '-q')],
        join(folder, 'sample.sql.gz'),
      ),
    ],
    async () => [await workers(1)()],
    async () => [await workers(2)()],
    async () => [await workers(4)()],
    () => byPgkeep(server, folder, set),
  ];
};

const byPgkeep = async (
  server: TestServer,
  folder: string,
  set: string,
): Promise<readonly Timed[]> => {
  const words = [
    'restore',
    '--project',
    folder,
    '--backup',
    set,
    '--into',
    copy,
    '--yes',
    '--json',
  ];
  const env = {PATH: process.env['PATH'] ?? '', DATABASE_URL: server.url('sample')};
  const {stdout} = await run(process.execPath, [join(repository, 'scripts/pgkeep.js'), ...words], {
    env,
  });
  const {buildSeconds, compareSeconds} = JSON.parse(stdout);
  return [
    {name: 'pgkeep: build', seconds: buildSeconds},
    {name: 'pgkeep: build and compare', seconds: buildSeconds + compareSeconds},
  ];
};

const prepare = async (server: TestServer, folder: string): Promise<string> => {
  const env = {PATH: process.env['PATH'] ?? '', ...server.libpq, PGDATABASE: 'sample'};
  const dump = join(server.binaries, 'pg_dump');
  await run(dump, ['-Fc', '-f', join(folder, 'sample.dump')], {env});
  await run('sh', ['-c', `${dump} | gzip > ${join(folder, 'sample.sql.gz')}`], {env});
  const words = ['backup', '--project', folder, '--json'];
  const url = {...env, DATABASE_URL: server.url('sample')};
  const {stdout} = await run(process.execPath, [join(repository, 'scripts/pgkeep.js'), ...words], {
    env: url,
    maxBuffer: 1e8,
  });
  return JSON.parse(stdout).manifest.id;
};

const compare = async (server: TestServer, folder: string): Promise<void> => {
  story(`filling the database (scale ${scale}) …`);
  const bytes = await makeSample(server, {database: 'sample', scale});
  const set = await prepare(server, folder);
  story(`${prettyBytes(bytes)}; ${rounds} rounds …`);
  const times = new Map<string, number[]>();
  for (let round = 1; round <= rounds; round++)
    for (const contender of contendersOf(server, folder, set)) {
      for (const {name, seconds} of await contender()) {
        times.set(name, [...(times.get(name) ?? []), seconds]);
        story(`  ${round}  ${seconds.toFixed(2)} s  ${name}`);
      }
      await psql(server, `DROP DATABASE ${copy} WITH (FORCE)`);
      await psql(server, 'CHECKPOINT');
    }
  const facts = await machineFacts(server.binaries);
  answer([...facts, `database of ${prettyBytes(bytes)}, median of ${rounds}`, ''].join('\n'));
  answer(comparison(times));
};

/** What is held against what, and how much of its time it may take. */
const targets: Readonly<Record<string, readonly (readonly [of: string, ratio: number])[]>> = {
  'pgkeep: build': [
    ['gunzip | psql', 0.85],
    ['the best pg_restore', 1],
  ],
  'pgkeep: build and compare': [['gunzip | psql', 1.05]],
};

const comparison = (times: ReadonlyMap<string, readonly number[]>): string => {
  const medians = new Map([...times].map(([name, seconds]) => [name, median(seconds)]));
  const best = Math.min(
    ...[...medians].filter(([name]) => name.startsWith('pg_restore')).map(([, seconds]) => seconds),
  );
  medians.set('the best pg_restore', best);
  const rows = [...medians].flatMap(([name, seconds]) => {
    const held = targets[name] ?? [];
    const first = [name, `${seconds.toFixed(2)} s`];
    if (held.length === 0) return [[...first, '', '', '']];
    return held.map(([of, target]) => {
      const ratio = seconds / (medians.get(of) ?? Number.NaN);
      return [...first, ratio.toFixed(2), `${target} of ${of}`, ratio <= target ? 'met' : 'MISSED'];
    });
  });
  return table({head: ['contender', 'median', 'ratio', 'target', ''], rows, right: [1, 2]});
};

/** As PostgreSQL comes: the tests' own servers are hurried, and have more memory. */
const settings = {
  fsync: 'on',
  full_page_writes: 'on',
  synchronous_commit: 'on',
  wal_level: 'replica',
  max_wal_senders: '10',
  maintenance_work_mem: '64MB',
};

const answer = (text: string) => process.stdout.write(`${text}\n`);
const story = (text: string) => process.stderr.write(`${text}\n`);

if (!(Number.isInteger(rounds) && rounds > 0 && scale > 0)) {
  story('usage: npm run bench:restore -- [--rounds 5] [--scale 1]');
  process.exitCode = 2;
} else
  await withTempFolder((folder) => withPostgres({settings}, (server) => compare(server, folder)));
