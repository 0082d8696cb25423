/** Every durable system call of a verb and of its children failing, once and for ever, or the last. */
import {mkdir, mkdtemp, readdir, readFile, rm} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {basename, join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {readShelf, removeSet, setPin, shelfFolder} from '../../lib/io/store.ts';
import {checkFiles, verify} from '../../lib/tasks/verify.ts';
import {compileDoors} from '../support/compiled.ts';
import {testContext} from '../support/context.ts';
import {type DoorOptions, type DoorResult, door} from '../support/door.ts';
import {
  contentOf,
  makePlace,
  type Place,
  pairs,
  programsGone,
  succeeds,
} from '../support/faults.ts';
import {countCalls, injectInto, injections, marks, pathsOf} from '../support/inject.ts';
import {startPostgres} from '../support/postgres.ts';
import {canInject, has} from '../support/require.ts';
import {aProof, putSet} from '../support/sets.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('calls');

type Outcome = DoorResult & {readonly said: string};

/** Runs a verb under every fault in turn, then once without: it has to be clean. */
const through = async (
  paths: readonly string[],
  {folder, atOnce}: {folder: string; atOnce: number},
  trial: {
    readonly run: (options: DoorOptions) => Promise<DoorResult>;
    readonly after: (outcome: Outcome) => Promise<unknown>;
  },
): Promise<void> => {
  const counts = await countCalls(trial.run, {folder, paths});
  const chosen = injections(counts, {atOnce});
  let met = 0;
  for (const injection of chosen) {
    const result = await injectInto(trial.run, injection, {folder, paths});
    const {call, when, what, forEver} = injection;
    const said = `${call} ${when}${forEver ? '+' : ''} ${what}: exit ${result.exitCode}\n${result.stdout}${result.stderr}`;
    if (result.isMet) met += 1;
    else assert.is(result.exitCode, 0, said);
    assert.not.match(result.stderr, /^ +at .*:\d+:\d+/m, said);
    assert.is.not(result.exitCode, 1, said);
    await trial.after({...result, said});
  }
  assert.ok(
    chosen.length >= 10 && met > chosen.length * 0.8,
    `${met} of ${chosen.length} were met`,
  );
  process.stdout.write(`\n(${chosen.length} faults in ${JSON.stringify([...counts])})\n`);
};

/** What the set was made of: proofs are added by looking. */
const filesOf = async (folder: string) => {
  const {'/proof.jsonl': _, ...files} = await contentOf(folder);
  return files;
};

if (has('postgres') && canInject('strace')) {
  let server: Awaited<ReturnType<typeof startPostgres>>;
  let compiled: string;
  it.before(async () => {
    compiled = await mkdtemp(join(tmpdir(), 'pgkeep-test-'));
    await compileDoors(compiled, ['backup', 'prune', 'pin', 'bundle']);
    server = await startPostgres();
  });
  it.after(async () => {
    await rm(compiled, {recursive: true, force: true});
    await server.end();
  });

  /** Every set is whole to the end of its archive. */
  const assertWhole = async (place: Place, said: string) => {
    const {sets, unreadable} = await readShelf(place.shelf);
    assert.equal(unreadable, [], said);
    for (const set of sets) {
      const {verdict, problems} = await verify(testContext(place.project), set, 'archive');
      assert.equal([verdict, problems], ['intact', []], said);
    }
    return sets;
  };

  for (const [format, atOnce] of [
    ['custom', 24],
    ['directory', 14],
  ] as const)
    it(`leaves whole sets only, whatever call of a backup fails: ${format} format`, async () => {
      const place = await makePlace(server, {sql: pairs(200), withOlderSet: false});
      // Once: its own id and file names are known then.
      const args = ['--format', format, '--jobs', '2'];
      const {folder: older} = JSON.parse((await succeeds(place, [...args, '--json'])).stdout);
      const before = await filesOf(older);
      const {sets} = await readShelf(place.shelf);
      const now = new Date(Date.now() + 3_600_000);
      const id = now.toISOString().replace(/[-:]|\.\d+/g, '');
      const paths = pathsOf(place.shelf, id, sets[0]?.manifest ?? {files: []});
      const run = (options: DoorOptions) => {
        const env = {...options.env, PGKEEP_TEST_NOW: now.toISOString()};
        return place.run('backup', args, {...options, compiled, env});
      };
      const clear = async () => {
        for (const set of (await readShelf(place.shelf)).sets)
          if (set.folder !== older) await removeSet(set);
      };
      await run({});
      await clear();
      let count = 0;
      const after = async ({exitCode, said}: Outcome) => {
        await programsGone(place);
        assert.equal(await filesOf(older), before, said);
        const whole = await assertWhole(place, said);
        if (exitCode === 0) assert.is(whole.length, 2, said);
        await clear();
        count += 1;
        if (count % 20 !== 0) return;
        await succeeds(place);
        assert.not.match((await readdir(place.shelf)).join(' '), 'partial');
        await clear();
      };
      const first = {run: (options: DoorOptions) => run(options).finally(clear), after};
      const counted = countOnce(first, run);
      await through(paths, {folder: place.project, atOnce}, counted);
      await succeeds(place);
      await place.end();
    });

  const day = (number: number) => `202611${String(number).padStart(2, '0')}T031500Z`;
  const env = {PGKEEP_TEST_NOW: '2026-11-20T12:00:00Z'};

  /** Six sets by hand, without a server; `use` gets them with the words and paths of a door. */
  const withSets = (use: (shelf: string, folder: string) => Promise<unknown>) =>
    withTempFolder(async (folder) => {
      const shelf = shelfFolder(join(folder, 'backups'), 'app');
      await use(shelf, folder);
    });
  const fill = async (shelf: string) => {
    await rm(shelf, {recursive: true, force: true});
    for (let number = 10; number < 20; number += 1)
      await putSet(shelf, {id: day(number), proofs: [aProof('archive')]});
  };
  const doorOn =
    (folder: string, verb: string, args: readonly string[]) => (options: DoorOptions) =>
      door(verb, ['--project', folder, ...args], {
        ...options,
        compiled,
        env: {...env, ...options.env},
      });
  const intact = async (shelf: string, said: string) => {
    const {sets, unreadable} = await readShelf(shelf);
    assert.equal(unreadable, [], said);
    for (const set of sets) assert.equal(await checkFiles(testContext('/nowhere'), set), [], said);
    return sets.map(({manifest}) => manifest.id);
  };

  it('leaves each set whole or gone, whatever call of prune fails', () =>
    withSets(async (shelf, folder) => {
      const prune = doorOn(folder, 'prune', ['--retention-days', '7']);
      await fill(shelf);
      assert.is((await prune({})).exitCode, 0);
      const kept = await intact(shelf, 'without a fault');
      const gone = Array.from({length: 10}, (_, i) => day(10 + i)).filter(
        (id) => !kept.includes(id),
      );
      assert.ok(gone.length >= 2, 'some sets have expired');
      const parts = gone.flatMap((id) =>
        [`.${id}.removed`, id].flatMap((name) => [
          join(shelf, name),
          ...['database.dump.gz', ...marks].map((file) => join(shelf, name, file)),
        ]),
      );
      const run = async (options: DoorOptions) => {
        await fill(shelf);
        return prune(options);
      };
      // A set that can't be read is none of ours to remove: the next run sees to it.
      const after = async ({said}: Outcome) => {
        const left = await intact(shelf, said);
        for (const id of kept) assert.ok(left.includes(id), said);
        const again = await prune({});
        assert.is(again.exitCode, 0, again.stderr);
        const names = (await readdir(shelf)).filter(
          (name) => !name.startsWith('.') || /\.(partial|removed)$/.test(name),
        );
        assert.equal(names.sort(), kept, said);
      };
      const paths = [shelf, join(shelf, '.lock'), ...parts];
      await through(paths, {folder, atOnce: 18}, {run, after});
    }));

  it('pins or says why not, whatever call of pin fails', () =>
    withSets(async (shelf, folder) => {
      const set = join(shelf, day(12));
      const run = async (options: DoorOptions) => {
        await fill(shelf);
        return doorOn(folder, 'pin', [day(12)])(options);
      };
      const after = async ({exitCode, said}: Outcome) => {
        assert.is((await intact(shelf, said)).length, 10);
        const {sets} = await readShelf(shelf);
        const isPinned = sets.find(({manifest}) => manifest.id === day(12))?.isPinned;
        if (exitCode === 0) assert.ok(isPinned, said);
        await setPin({folder: set}, false);
      };
      const paths = [set, join(set, 'pinned')];
      await through(paths, {folder, atOnce: 12}, {run, after});
    }));

  it('writes a whole bundle or none, whatever call of bundle fails', () =>
    withSets(async (shelf, folder) => {
      await fill(shelf);
      const out = join(folder, 'out');
      const file = join(out, 'set.tar');
      const bundle = doorOn(folder, 'bundle', [day(12), '--out', file]);
      const run = async (options: DoorOptions) => {
        await rm(out, {recursive: true, force: true});
        await mkdir(out);
        return bundle(options);
      };
      await run({});
      const whole = await readFile(file);
      const after = async ({exitCode, said}: Outcome) => {
        const found = await readFile(file).catch(() => undefined);
        assert.ok(found === undefined || found.equals(whole), said);
        if (exitCode === 0) assert.ok(found, said);
        await rm(file, {force: true});
        assert.is((await bundle({})).exitCode, 0, said);
        assert.equal(await readdir(out), [basename(file)], said);
      };
      await through([out, file, `${file}.partial`], {folder, atOnce: 18}, {run, after});
    }));
}

/** The first run counts the calls: what it leaves is cleared up after it, what others leave is looked at. */
const countOnce = <Trial extends {run: unknown}>(
  first: Trial,
  others: (options: DoorOptions) => Promise<DoorResult>,
): Omit<Trial, 'run'> & {run: typeof others} => {
  let runs = 0;
  const run = (options: DoorOptions) => {
    runs += 1;
    return runs === 1 ? (first.run as typeof others)(options) : others(options);
  };
  return {...first, run};
};

it.run();
