/** pgkeep itself ended at any moment, and every durable system call of it failing in turn. */
import {readdir, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {readShelf, removeSet} from '../../lib/io/store.ts';
import {verify} from '../../lib/tasks/verify.ts';
import {testContext} from '../support/context.ts';
import {
  contentOf,
  makePlace,
  type Place,
  programsGone,
  sessionsGone,
  succeeds,
  survives,
} from '../support/faults.ts';
import {startPostgres} from '../support/postgres.ts';
import {canInject, has, scaled} from '../support/require.ts';

const it = suite('kill points');

/** Every set on the shelf is whole, byte for byte and to the end of its archive. */
const assertWhole = async (place: Place): Promise<number> => {
  const {sets, unreadable} = await readShelf(place.shelf);
  assert.equal(unreadable, []);
  for (const set of sets) {
    const {verdict, problems} = await verify(testContext(place.project), set, 'archive');
    assert.equal([verdict, problems], ['intact', []]);
  }
  return sets.length;
};

const stagingIn = async (place: Place) =>
  (await readdir(place.shelf)).filter((name) => name.endsWith('.partial'));

/** What the set was made of: proofs are added by looking. */
const filesOf = async (folder: string) => {
  const {'/proof.jsonl': _, ...files} = await contentOf(folder);
  return files;
};

/** The oldest set, which no run may touch. */
const olderOf = async (place: Place) => {
  const {sets} = await readShelf(place.shelf);
  const [oldest] = sets;
  assert.ok(oldest);
  return oldest.folder;
};

const signals = [
  ['SIGTERM', 143],
  ['SIGINT', 130],
  ['SIGHUP', 129],
] as const;

/** What a durable write depends on, and what the disk may say to it. */
const calls: readonly (readonly [call: string, error: string])[] = [
  ['fsync', 'EIO'],
  ['write,pwrite64', 'ENOSPC'],
  ['rename', 'EIO'],
  ['mkdir', 'ENOSPC'],
  ['ftruncate', 'EIO'],
  ['unlink', 'EIO'],
];

if (has('postgres')) {
  let server: Awaited<ReturnType<typeof startPostgres>>;
  let place: Place;
  it.before(async () => {
    server = await startPostgres();
    place = await makePlace(server);
  });
  it.after(async () => {
    await place.end();
    await server.end();
  });

  for (const [signal, exit] of signals)
    it(`clears up and ends with ${exit} on ${signal}`, async () => {
      const {env, meanwhile} = await place.programs({standIns: {pg_dump: 'pg_dump-paused'}});
      let pid = 0;
      const onStart = (started: number) => {
        pid = started;
      };
      const ended = async () => {
        const run = place.run('backup', [], {env, onStart});
        return meanwhile(run, async () => {
          assert.is((await stagingIn(place)).length, 1);
          process.kill(pid, signal);
          await run;
        });
      };
      await survives(place, ended, {exit, says: new RegExp(`interrupted by ${signal}`)});
    });

  it('is ended by SIGKILL at a hundred moments, and leaves whole sets only', async () => {
    const startedAt = performance.now();
    await succeeds(place);
    const whole = performance.now() - startedAt;
    const older = await olderOf(place);
    const before = await filesOf(older);
    const moments = scaled(100);
    const found = {staging: 0, published: 0, nothing: 0};
    for (let count = 0; count < moments; count += 1) {
      const sets = (await readShelf(place.shelf)).sets.length;
      // Loading the program takes the first part: nothing can happen there.
      const delay = whole * (0.3 + (0.8 * count) / moments);
      const onStart = (pid: number) => void pause(delay).then(() => end(pid));
      await place.run('backup', [], {onStart});
      await programsGone(place);
      assert.equal(await filesOf(older), before);
      const now = (await readShelf(place.shelf)).sets.length;
      if (now > sets) found.published += 1;
      else if ((await stagingIn(place)).length > 0) found.staging += 1;
      else found.nothing += 1;
      // The next run takes the lock at once and sweeps what is left.
      if (count % 10 === 9) {
        await succeeds(place);
        assert.equal(await stagingIn(place), []);
        await assertWhole(place);
        await keepTwo(place);
      }
    }
    await sessionsGone(place);
    process.stdout.write(`\n(ended ${JSON.stringify(found)})\n`);
    assert.ok(found.staging >= moments / 10, 'many runs were ended while they wrote');
  });

  if (canInject('strace'))
    for (const [call, error] of calls)
      it(`survives ${error} from each ${call} in turn`, async () => {
        const older = await olderOf(place);
        const before = await filesOf(older);
        for (let count = 1; ; count += 1) {
          assert.ok(count < 60, 'some run is clean');
          const sets = (await readShelf(place.shelf)).sets.length;
          const {result, isClean} = await injected(place, {call, error, count});
          await programsGone(place);
          assert.equal(await filesOf(older), before);
          const now = await assertWhole(place);
          if (isClean) {
            assert.is(result.exitCode, 0, result.stderr);
            break;
          }
          assert.not.match(result.stderr, /^ +at .*\.ts:\d+/m);
          if (result.exitCode === 0) assert.is(now, sets + 1, result.stderr);
        }
        await succeeds(place);
        assert.equal(await stagingIn(place), []);
        await keepTwo(place);
      });
}

/**
 * A backup in which the call number `count` of each thread and child, on the files of the set or
 * its folders, gives an error. One thread, so that the counts are node's own.
 * https://man7.org/linux/man-pages/man1/strace.1.html
 */
const injected = async (
  place: Place,
  {call, error, count}: {call: string; error: string; count: number},
) => {
  const now = new Date();
  const id = `${now.toISOString().replace(/[-:]|\.\d+/g, '')}`;
  const staging = join(place.shelf, `.${id}.partial`);
  const watched = [
    ...[place.shelf, join(place.shelf, '.lock'), join(place.shelf, id), staging],
    ...setFiles.map((name) => join(staging, name)),
  ];
  const log = join(place.project, 'strace.log');
  const under = [
    ...['strace', '--seccomp-bpf', '-f', '-q', '-o', log, '-e', `trace=${call}`],
    ...['-e', `inject=${call}:error=${error}:when=${count}`],
    ...watched.flatMap((path) => ['-P', path]),
    '--',
  ];
  const env = {PGKEEP_TEST_NOW: now.toISOString(), UV_THREADPOOL_SIZE: '1'};
  const result = await place.run('backup', [], {env, under});
  return {result, isClean: !(await readFile(log, 'utf8')).includes('(INJECTED)')};
};

const setFiles = [
  ...['manifest.json', 'manifest.json.new', 'proof.jsonl', 'database.dump.gz'],
  ...['schema.archive', 'schema.sql.gz', 'globals.sql.gz'],
];

/** So that the sets to be read again and again stay few: the oldest and the newest. */
const keepTwo = async (place: Place): Promise<void> => {
  const {sets} = await readShelf(place.shelf);
  for (const set of sets.slice(1, -1)) await removeSet(set);
};

const end = (pid: number) => {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It was done before.
  }
};

it.run();
