/** pgkeep itself ended at any moment of a backup. */
import {mkdtemp, readdir, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {setTimeout as pause} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {readShelf, removeSet} from '../../lib/io/store.ts';
import {verify} from '../../lib/tasks/verify.ts';
import {compileDoors} from '../support/compiled.ts';
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
import {has, scaled} from '../support/require.ts';

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

if (has('postgres')) {
  let server: Awaited<ReturnType<typeof startPostgres>>;
  let place: Place;
  let compiled: string;
  it.before(async () => {
    compiled = await mkdtemp(join(tmpdir(), 'pgkeep-test-'));
    await compileDoors(compiled, ['backup']);
    server = await startPostgres();
    place = await makePlace(server);
  });
  it.after(async () => {
    await rm(compiled, {recursive: true, force: true});
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

  for (const format of ['custom', 'directory'])
    it(`is ended by SIGKILL at fifty moments, and leaves whole sets only: ${format} format`, async () => {
      const args = ['--format', format, '--jobs', '2'];
      const whole = await lasts(() => place.run('backup', args, {compiled}));
      const older = await olderOf(place);
      const before = await filesOf(older);
      const moments = scaled(50);
      const found = {staging: 0, published: 0, nothing: 0};
      for (let count = 0; count < moments; count += 1) {
        const sets = (await readShelf(place.shelf)).sets.length;
        // Loading the program takes the first part: nothing can happen there.
        const delay = whole * (0.3 + (0.8 * count) / moments);
        const onStart = (pid: number) => void pause(delay).then(() => end(pid));
        await place.run('backup', args, {onStart, compiled});
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
}

/** Of three: how long a run takes. */
const lasts = async (run: () => Promise<unknown>): Promise<number> => {
  const times: number[] = [];
  for (let count = 0; count < 3; count += 1) {
    const startedAt = performance.now();
    await run();
    times.push(performance.now() - startedAt);
  }
  return times.sort((a, b) => a - b)[1] ?? 0;
};

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
