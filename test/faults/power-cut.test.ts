/** The power gone at each step of a commit: what the disk holds then is the old state or the new one. */
import {mkdtemp, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {readShelf, removeSet} from '../../lib/io/store.ts';
import {checkFiles} from '../../lib/tasks/verify.ts';
import {compileDoors} from '../support/compiled.ts';
import {testContext} from '../support/context.ts';
import {type DoorOptions, door} from '../support/door.ts';
import {makePlace, type Place, pairs, programsGone} from '../support/faults.ts';
import {
  type Call,
  countCalls,
  durableCalls,
  injectInto,
  marks,
  pathsOf,
} from '../support/inject.ts';
import {
  afterPowerCut,
  hasLoopDevices,
  type Mounted,
  sync,
  withLoopDisk,
} from '../support/mounts.ts';
import {startPostgres} from '../support/postgres.ts';
import {canInject, has, scaled, skip} from '../support/require.ts';
import {aProof, putSet} from '../support/sets.ts';

const it = suite('power cut');

const disk = {size: '40m', backing: '120m', journal: true};

/** The ids of a shelf, every set of which is whole. */
const wholeIn = async (shelf: string, said: string): Promise<readonly string[]> => {
  const {sets, unreadable} = await readShelf(shelf);
  assert.equal(unreadable, [], said);
  for (const set of sets) assert.equal(await checkFiles(testContext('/nowhere'), set), [], said);
  return sets.map(({manifest}) => manifest.id);
};

/** Every call before which the power may go; at scale 1 about `atOnce` of them. */
const steps = (counts: ReadonlyMap<Call, number>, atOnce: number) => {
  // Opening and closing change nothing on the disk.
  const calls = durableCalls.filter((call) => call !== 'openat' && call !== 'close');
  const all = calls.flatMap((call) =>
    Array.from({length: counts.get(call) ?? 0}, (_, index) => ({call, when: index + 1})),
  );
  const step = Math.max(1, all.length / scaled(atOnce));
  return all.filter((_, index) => Math.floor(index / step) !== Math.floor((index - 1) / step));
};

if (has('postgres') && canInject('strace', 'mount', 'losetup', 'mkfs.ext4')) {
  let server: Awaited<ReturnType<typeof startPostgres>>;
  let compiled: string;
  it.before(async () => {
    compiled = await mkdtemp(join(tmpdir(), 'pgkeep-test-'));
    await compileDoors(compiled, ['backup', 'prune']);
    server = await startPostgres();
  });
  it.after(async () => {
    await rm(compiled, {recursive: true, force: true});
    await server.end();
  });

  const onDisk = async (use: (place: Place, mounted: Mounted) => Promise<unknown>) => {
    if (!(await hasLoopDevices())) return skip('no loop devices here');
    const place = await makePlace(server, {sql: pairs(2_000), withOlderSet: false});
    try {
      await withLoopDisk(place.backups, disk, (mounted) => use(place, mounted));
    } finally {
      await place.end();
    }
  };

  for (const format of ['custom', 'directory'])
    it(`keeps the older set, and the new one whole or not at all: ${format} format`, () =>
      onDisk(async (place, {image}) => {
        const args = ['--format', format, '--jobs', '2'];
        const now = new Date(Date.now() + 3_600_000);
        const id = now.toISOString().replace(/[-:]|\.\d+/g, '');
        const run = (options: DoorOptions) => {
          const env = {...options.env, PGKEEP_TEST_NOW: now.toISOString()};
          return place.run('backup', args, {...options, compiled, env});
        };
        const first = await place.run('backup', args, {compiled});
        assert.is(first.exitCode, 0, first.stderr);
        const clear = async () => {
          for (const set of (await readShelf(place.shelf)).sets)
            if (set.manifest.id === id) await removeSet(set);
        };
        const {sets} = await readShelf(place.shelf);
        const [older] = sets;
        assert.ok(older);
        const paths = pathsOf(place.shelf, id, older.manifest);
        const onTrial = {folder: place.project, paths};
        const counts = await countCalls(run, onTrial);
        const cut = (said: string) =>
          afterPowerCut(image, join(place.project, 'cut'), () =>
            wholeIn(join(place.project, 'cut', basename(place.shelf)), said),
          );
        assert.equal(await cut('after exit 0'), [older.manifest.id, id]);
        const found = {old: 0, new: 0};
        // A stream is cut into as many writes as it likes.
        let missed = 0;
        for (const {call, when} of steps(counts, 14)) {
          await clear();
          const kill = {call, when, what: 'signal=KILL', forEver: false} as const;
          const {isMet} = await injectInto(run, kill, onTrial);
          const said = `${call} ${when}`;
          if (!isMet) missed += 1;
          const ids = await cut(said);
          await programsGone(place);
          assert.is(ids[0], older.manifest.id, said);
          assert.ok(ids.length === 1 || (ids.length === 2 && ids[1] === id), said);
          found[ids.length === 1 ? 'old' : 'new'] += 1;
        }
        assert.ok(missed <= 3, `${missed} were missed`);
        process.stdout.write(`\n(cut: ${JSON.stringify(found)})\n`);
        await clear();
        const next = await run({});
        assert.is(next.exitCode, 0, next.stderr);
        assert.equal(await cut('after the next run'), [older.manifest.id, id]);
      }));

  it('leaves each set whole or gone when the power goes within prune', () =>
    onDisk(async (place, {image}) => {
      const ids = Array.from({length: 9}, (_, index) => `202611${10 + index}T031500Z`);
      const fill = async () => {
        await rm(place.shelf, {recursive: true, force: true});
        const manifest = {database: place.database};
        for (const id of ids)
          await putSet(place.shelf, {id, manifest, proofs: [aProof('archive')]});
        // The sets themselves are old, and on the disk long since.
        await sync();
      };
      const run = (options: DoorOptions) =>
        door('prune', ['--project', place.project, '--retention-days', '6'], {
          ...options,
          compiled,
          env: {...place.env, ...options.env, PGKEEP_TEST_NOW: '2026-11-19T12:00:00Z'},
        });
      const cut = (said: string) =>
        afterPowerCut(image, join(place.project, 'cut'), () =>
          wholeIn(join(place.project, 'cut', basename(place.shelf)), said),
        );
      await fill();
      const gone = ids.flatMap((id) => [id, `.${id}.removed`]);
      const paths = [
        place.shelf,
        ...gone.flatMap((name) =>
          ['', 'database.dump.gz', ...marks].map((file) => join(place.shelf, name, file)),
        ),
      ];
      const counts = await countCalls(run, {folder: place.project, paths});
      const kept = await wholeIn(place.shelf, 'kept');
      assert.ok(kept.length < ids.length && kept.length > 0);
      assert.equal(await cut('after exit 0'), kept, 'what exit 0 said is gone stays gone');
      for (const {call, when} of steps(counts, 8)) {
        await fill();
        const kill = {call, when, what: 'signal=KILL', forEver: false} as const;
        await injectInto(run, kill, {folder: place.project, paths});
        const left = await cut(`${call} ${when}`);
        for (const id of kept) assert.ok(left.includes(id), `${call} ${when}: ${id}`);
      }
    }));
}

it.run();
