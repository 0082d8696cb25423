/** Finding, verifying and removing sets, on a real shelf without a server. */
import {execFile} from 'node:child_process';
import {existsSync} from 'node:fs';
import {mkdir, readdir, rename, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {withLock} from '../../lib/io/lock.ts';
import {whileNobodyReads} from '../../lib/io/readers.ts';
import {shelfFolder} from '../../lib/io/store.ts';
import type {Manifest} from '../../lib/model/manifest.ts';
import type {Decision} from '../../lib/model/retention.ts';
import {inWords} from '../../lib/tasks/describe.ts';
import {findSet} from '../../lib/tasks/find-set.ts';
import {list} from '../../lib/tasks/list.ts';
import {pin} from '../../lib/tasks/pin.ts';
import {planPrune, prune} from '../../lib/tasks/prune.ts';
import {pruneShelves} from '../../lib/tasks/prune-shelves.ts';
import {readingSet} from '../../lib/tasks/reading-set.ts';
import {verifySets} from '../../lib/tasks/verify-sets.ts';
import {testContext} from '../support/context.ts';
import {door, loaderFlags, repository} from '../support/door.ts';
import {faultOf} from '../support/fault.ts';
import {canInject} from '../support/require.ts';
import {aManifest, aProof, aTable, putSet} from '../support/sets.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('shelves');

const now = new Date('2026-11-20T12:00:00Z');
const idOf = (day: number) => `202611${String(day).padStart(2, '0')}T031500Z`;

type Shelves = {
  readonly project: string;
  readonly context: ReturnType<typeof testContext>;
  readonly put: (database: string, days: readonly number[]) => Promise<string>;
};

const withShelves = (
  use: (shelves: Shelves) => Promise<unknown>,
  environment: Readonly<Record<string, string>> = {},
) =>
  withTempFolder(async (project) => {
    const context = testContext(project, environment, {now});
    const put = async (database: string, days: readonly number[]) => {
      const shelf = shelfFolder(join(project, 'backups'), database);
      for (const day of days)
        await putSet(shelf, {id: idOf(day), manifest: {database}, proofs: [aProof('archive')]});
      return shelf;
    };
    await use({project, context, put});
  });

it('finds the newest set that is not dated in the future', () =>
  withShelves(async ({context, put}) => {
    await put('app', [18, 19, 25]);
    assert.is((await findSet(context, 'latest')).manifest.id, idOf(19));
    assert.is((await findSet(context, idOf(25))).manifest.id, idOf(25), 'by its id still');
  }));

it('takes the database that is named, else the configured one, else the only one', async () => {
  const nameOf = async (shelves: Shelves, database?: string) =>
    (await findSet(shelves.context, 'latest', database)).manifest.database;
  await withShelves(async (shelves) => {
    await shelves.put('app', [18]);
    assert.is(await nameOf(shelves), 'app');
    await shelves.put('Other "one"', [19]);
    assert.match(
      (await faultOf(() => nameOf(shelves), 'usage')).message,
      'sets of several databases: ',
    );
    assert.is(await nameOf(shelves, 'Other "one"'), 'Other "one"');
    await faultOf(() => nameOf(shelves, 'nobody'), 'usage');
  }, {});
  await withShelves(
    async (shelves) => {
      await shelves.put('app', [18]);
      await shelves.put('other', [19]);
      assert.is(await nameOf(shelves), 'app');
    },
    {DATABASE_URL: 'postgres://h/app'},
  );
});

it('asks which one is meant where two databases have the id', () =>
  withShelves(async ({context, put}) => {
    await put('app', [18]);
    await put('other', [18]);
    const fault = await faultOf(() => findSet(context, idOf(18)), 'usage');
    assert.is(fault.message, `the id '${idOf(18)}' is one of several databases: app, other`);
    assert.is((await findSet(context, idOf(18), 'other')).manifest.database, 'other');
  }));

it('prunes what it can where another run is at work on one of the databases', () =>
  withShelves(async ({context, put}) => {
    const busy = await put('busy', [1, 2, 17, 18, 19]);
    const free = await put('free', [1, 2, 17, 18, 19]);
    const lock = {file: join(busy, '.lock'), verb: 'backup', since: now.toISOString()};
    const request = {database: undefined, isDryRun: false, allowLarge: false};
    const pruned = await withLock(context.shell, lock, () => pruneShelves(context, request));
    assert.equal(
      pruned.map(({database, removed, isLocked}) => [database, removed, isLocked]),
      [
        ['busy', [], true],
        ['free', [idOf(1), idOf(2)], false],
      ],
    );
    assert.is((await readdir(free)).includes(idOf(1)), false);
    assert.ok((await readdir(busy)).includes(idOf(1)));
  }));

it('takes no set away while somebody reads, and lets nobody read while it does', () =>
  withShelves(async ({context, put}) => {
    const shelf = await put('app', [1, 2, 17, 18, 19]);
    const first = await findSet(context, idOf(1));
    const pruning = () => prune(context, shelf, {allowLarge: false});
    await readingSet(context, first, async () => {
      await readingSet(context, first, async () => {});
      const fault = await faultOf(pruning, 'locked');
      assert.match(fault.message, /somebody reads the sets/);
    });
    assert.ok((await readdir(shelf)).includes(idOf(1)));
    await whileNobodyReads(context.shell, shelf, async () => {
      await faultOf(
        () => verifySets(context, {which: 'all', database: 'app', level: 'checksum'}),
        'locked',
      );
    });
    assert.equal((await pruning()).removed, [idOf(1), idOf(2)]);
  }));

it('pins no set while sets are being removed: what it says is true', () =>
  withShelves(async ({context, put}) => {
    const shelf = await put('app', [18, 19]);
    await whileNobodyReads(context.shell, shelf, () =>
      faultOf(() => pin(context, idOf(18), 'app'), 'locked'),
    );
    assert.is((await pin(context, idOf(18), 'app')).isPinned, true);
  }));

if (canInject('strace'))
  it('removes no set that was pinned after it was decided upon', () =>
    withShelves(async ({project, context, put}) => {
      const shelf = await put('app', [1, 2, 17, 18, 19]);
      const decided = join(shelf, '.baseline.json.new');
      // Written between the decision and the deed, and held there.
      const held = ['-P', decided, '-e', 'inject=rename:delay_enter=3000000'];
      const pruning = door('prune', ['--project', project, '--json'], {
        under: ['strace', '-f', '-qq', '-o', '/dev/null', '-e', 'trace=rename', ...held],
        env: {PGKEEP_TEST_NOW: now.toISOString()},
      });
      while (!existsSync(decided)) await setTimeout(5);
      await pin(context, idOf(1), 'app');
      assert.ok(existsSync(decided), 'in between');
      const {stdout, stderr} = await pruning;
      assert.equal(JSON.parse(stdout)[0]?.removed, [idOf(2)], stderr);
      assert.ok((await readdir(shelf)).includes(idOf(1)));
    }));

it('does not guess which server is meant where a shelf has sets of several', () =>
  withShelves(async ({context, put}) => {
    const shelf = await put('app', [18]);
    const server = (systemIdentifier: string | null) => ({
      server: {...aManifest().server, systemIdentifier},
    });
    await putSet(shelf, {id: idOf(19), manifest: server(null)});
    assert.is((await findSet(context, 'latest')).manifest.id, idOf(19), 'unknown to its role');
    await putSet(shelf, {id: idOf(25), manifest: server('8')});
    assert.is((await findSet(context, 'latest')).manifest.id, idOf(19), 'not yet there');
    await putSet(shelf, {id: idOf(17), manifest: server('9')});
    const fault = await faultOf(() => findSet(context, 'latest'), 'usage');
    const newest = `system 9 (newest ${idOf(17)}), system 7000000000000000000 (newest ${idOf(18)})`;
    assert.match(fault.message, `sets of 'app' of several servers: ${newest}`);
    assert.is((await findSet(context, idOf(17))).manifest.server.systemIdentifier, '9');
    const {sets, notes} = await list(context);
    assert.not.ok(sets.some(({isLatest}) => isLatest));
    assert.is(notes.length, 1);
  }));

it('opens a folder by its path, and says what else is no set', () =>
  withShelves(async ({project, context, put}) => {
    const shelf = await put('app', [18, 19]);
    await rename(join(shelf, idOf(18)), join(project, 'moved'));
    assert.is((await findSet(context, join(project, 'moved'))).manifest.id, idOf(18));
    await faultOf(() => findSet(context, join(project, 'nowhere')), 'usage');
    await faultOf(() => findSet(context, 'yesterday'), 'usage');
    await faultOf(() => findSet(context, idOf(18)), 'usage');
    await rm(join(shelf, idOf(19), 'manifest.json'));
    assert.match(
      (await faultOf(() => findSet(context, idOf(19)), 'notIntact')).message,
      /has no manifest/,
    );
  }));

it('has nothing on an empty shelf', () =>
  withShelves(async ({context}) => {
    for (const work of [
      () => findSet(context, 'latest'),
      () => verifySets(context, {which: 'all', database: undefined, level: 'checksum'}),
    ])
      assert.match((await faultOf(work, 'usage')).hint ?? '', /`pgkeep backup` makes one/);
    assert.equal(await list(context), {sets: [], unreadable: [], undo: [], notes: []});
  }));

it('lists newest first, with what can not be read', () =>
  withShelves(async ({context, put}) => {
    const shelf = await put('app', [18, 19, 25]);
    await mkdir(join(shelf, idOf(1)));
    const {sets, unreadable} = await list(context);
    assert.equal(
      sets.map((set) => [set.id, inWords(set).age, inWords(set).proof, set.isLatest]),
      [
        [idOf(25), 'dated in the future', 'archive checked', false],
        [idOf(19), '1 d 08 h', 'archive checked', true],
        [idOf(18), '2 d 08 h', 'archive checked', false],
      ],
    );
    const [, {folder, ...facts} = {folder: ''}] = sets;
    assert.is(folder, join(shelf, idOf(19)));
    assert.equal(facts, {
      ...{id: idOf(19), database: 'app', reason: 'scheduled', format: 'custom'},
      ...{startedAt: '2026-11-20T03:15:00.000Z', ageSeconds: 117_900, isFuture: false},
      ...{bytes: 28, tables: 1, rows: 1, proof: 'archive', isDamaged: false, drill: null},
      ...{isPinned: false, isLatest: true},
    });
    assert.is(unreadable.length, 1);
  }));

it('verifies all, also beside a damaged one and one that can not be read, and records what it found', () =>
  withShelves(async ({context, put}) => {
    const shelf = await put('app', [17, 18, 19]);
    await writeFile(join(shelf, idOf(18), 'database.dump.gz'), 'other');
    await writeFile(join(shelf, idOf(17), 'manifest.json'), '{}');
    await put('other', [18]);
    const verify = () =>
      verifySets(context, {which: 'all', database: undefined, level: 'checksum'});
    const {verified, unreadable} = await verify();
    assert.equal(
      verified.map(({set, proof}) => [set.manifest.database, set.manifest.id, proof.verdict]),
      [
        ['app', idOf(18), 'damaged'],
        ['app', idOf(19), 'intact'],
        ['other', idOf(18), 'intact'],
      ],
    );
    assert.equal(
      unreadable.map(({folder}) => folder),
      [join(shelf, idOf(17))],
    );
    assert.match(verified[0]?.proof.problems[0] ?? '', /has 5 bytes, the manifest says/);
    assert.equal(
      (await list(context)).sets.map(({proof, isDamaged}) => [proof, isDamaged]),
      [
        ['archive', false],
        [null, true],
        ['archive', false],
      ],
    );
  }));

const idsIn = async (shelf: string) =>
  (await readdir(shelf)).filter((name) => !/^\.(lock|readers|baseline.*)$/.test(name)).sort();

it('removes what the policy lets go, and plans the same without touching anything', () =>
  withShelves(async ({context, put}) => {
    const shelf = await put('app', [8, 9, 13, 14, 15, 16, 17, 18, 19, 20]);
    const plan = await planPrune(context, shelf, {allowLarge: false});
    assert.is((await idsIn(shelf)).length, 10);
    const done = await prune(context, shelf, {allowLarge: false});
    assert.equal(done.removed, [idOf(8), idOf(9)]);
    assert.equal(done.decisions, plan.decisions);
    assert.equal(await idsIn(shelf), [13, 14, 15, 16, 17, 18, 19, 20].map(idOf));
    assert.equal(
      (await prune(context, shelf, {allowLarge: false})).removed,
      [],
      'and nothing more',
    );
  }));

it('removes nothing where more than half would go', () =>
  withShelves(async ({context, put}) => {
    const shelf = await put('app', [1, 2, 3, 19, 20]);
    const {objections, removed} = await prune(context, shelf, {allowLarge: false});
    assert.match(objections.join(), /would remove 3 of 5/);
    assert.equal(removed, []);
    assert.is((await idsIn(shelf)).length, 5);
  }));

const withRows = (rows: number): Partial<Manifest> => ({tables: [aTable('orders', {rows})]});

it('remembers what was there where the last set before a fall is damaged or gone', () =>
  withShelves(async ({context, put}) => {
    const shelf = await put('app', []);
    const take = (day: number, rows: number, proof = aProof('archive')) =>
      putSet(shelf, {id: idOf(day), manifest: withRows(rows), proofs: [proof]});
    for (const day of [1, 2, 3, 4, 12, 13, 14, 15, 16]) await take(day, 1_000);
    const removed = await prune(context, shelf, {allowLarge: false});
    assert.equal(removed.removed, [1, 2, 3, 4].map(idOf));
    await take(19, 10);
    await take(20, 10);
    await take(16, 1_000, aProof('archive', 'damaged'));
    const fallen = await prune(context, shelf, {allowLarge: false});
    assert.match(fallen.objections.join(), 'rows fell from 1,000 to 10');
    assert.is(fallen.falls[0]?.before, idOf(15), 'the last good one that is left');
    await rm(join(shelf, idOf(16)), {recursive: true});
    assert.is((await prune(context, shelf, {allowLarge: false})).falls.length, 1);
    assert.is((await idsIn(shelf)).length, 6);
  }));

it('ends with 2 where one database is refused, and prunes the others all the same', () =>
  withShelves(async ({project, put}) => {
    const refused = await put('refused', [1, 2, 3, 18]);
    const free = await put('free', [1, 17, 18]);
    const words = ['--project', project];
    const {exitCode, stderr} = await door('prune', words, {
      env: {PGKEEP_TEST_NOW: now.toISOString()},
    });
    assert.is(exitCode, 2, stderr);
    assert.match(
      stderr,
      "warning: 'refused': the policy would remove 3 of 4 sets at once: nothing was removed there",
    );
    assert.equal(await idsIn(refused), [1, 2, 3, 18].map(idOf));
    assert.equal(await idsIn(free), [17, 18].map(idOf));
  }));

it('shows beforehand what it would do with the operator insisting, and objects to nothing then', () =>
  withShelves(async ({context, put}) => {
    const shelf = await put('app', [1, 2, 3]);
    for (const day of [18, 19])
      await putSet(shelf, {id: idOf(day), manifest: withRows(0), proofs: [aProof('archive')]});
    const goingIn = ({decisions}: {decisions: readonly Decision[]}) =>
      decisions.flatMap(({id, isKept}) => (isKept ? [] : [id]));
    const refused = await planPrune(context, shelf, {allowLarge: false});
    assert.is(refused.objections.length, 1);
    assert.equal(goingIn(refused), [1, 2].map(idOf), 'the last one before the fall stays');
    const plan = await planPrune(context, shelf, {allowLarge: true});
    assert.equal(await idsIn(shelf), [1, 2, 3, 18, 19].map(idOf));
    const done = await prune(context, shelf, {allowLarge: true});
    assert.equal(done.removed, [1, 2, 3].map(idOf));
    assert.equal([goingIn(plan), plan.objections], [done.removed, []]);
    assert.equal(done.objections, []);
  }));

it('moves no baseline over a leap of the clock, however many sets follow it', () =>
  withShelves(async ({project, put}) => {
    const shelf = await put('app', [1, 2, 3, 18, 19, 20]);
    const later = testContext(project, {}, {now: new Date('2036-11-20T12:00:00Z')});
    for (const id of ['20361118T031500Z', '20361119T031500Z', '20361120T031500Z']) {
      await putSet(shelf, {id, proofs: [aProof('archive')]});
      const {objections, removed} = await prune(later, shelf, {allowLarge: false});
      assert.match(objections.join(), 'did the clock jump?');
      assert.equal(removed, []);
    }
    const told = await prune(later, shelf, {allowLarge: true});
    assert.is(told.removed.length, 6);
    assert.equal((await prune(later, shelf, {allowLarge: false})).objections, []);
  }));

it('stops between two handfuls when it is ended, the oldest gone first', () =>
  withShelves(async ({project, put}) => {
    const shelf = await put('app', [20]);
    const ids = Array.from({length: 160}, (_, index) =>
      new Date(Date.UTC(2026, 0, 1 + index)).toISOString().slice(0, 10).replaceAll('-', ''),
    ).map((day) => `${day}T000000Z`);
    for (const id of ids) await putSet(shelf, {id, proofs: [aProof('archive')]});
    const stop = new AbortController();
    const watched = testContext(project, {}, {now, signal: stop.signal});
    const timer = setInterval(
      () => void idsIn(shelf).then(({length}) => length < 161 && stop.abort(new Error('enough'))),
      1,
    );
    const error = await prune(watched, shelf, {allowLarge: true}).catch((error) => error);
    clearInterval(timer);
    const left = await idsIn(shelf);
    assert.is(error.message, 'enough');
    assert.ok([111, 61, 11].includes(left.length), `${left.length} are left`);
    assert.equal(left, [...ids, idOf(20)].slice(-left.length), 'none is half gone');
  }));

if (canInject('strace'))
  it('is finished by the next run where it was killed between rename and removal', () =>
    withShelves(async ({context, put}) => {
      const shelf = await put('app', [13, 19, 20]);
      const strace = [
        '-f',
        '-qq',
        '-o',
        '/dev/null',
        '-e',
        'trace=fsync',
        '-e',
        'inject=fsync:signal=KILL',
      ];
      const words = [
        process.execPath,
        ...loaderFlags,
        `${repository}test/fixtures/pruner.ts`,
        shelf,
      ];
      const said = await new Promise<string>((resolve) =>
        execFile('strace', [...strace, ...words], (_, stdout) => resolve(stdout)),
      );
      assert.is(said, '');
      assert.equal(await idsIn(shelf), [`.${idOf(13)}.removed`, idOf(19), idOf(20)]);
      assert.is((await list(context)).sets.length, 2);
      await prune(context, shelf, {allowLarge: false});
      assert.equal(await idsIn(shelf), [idOf(19), idOf(20)]);
    }));

it.run();
