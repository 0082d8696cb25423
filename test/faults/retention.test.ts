/** Nights that fail, clocks that jump, days of 23 and 25 hours, and a prune that is killed anywhere. */
import {readdir, rm} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {readShelf} from '../../lib/io/store.ts';
import {prune} from '../../lib/tasks/prune.ts';
import {checkFiles} from '../../lib/tasks/verify.ts';
import {testContext} from '../support/context.ts';
import {type DoorOptions, door} from '../support/door.ts';
import {makePlace, pairs} from '../support/faults.ts';
import {type Injection, injectInto} from '../support/inject.ts';
import {startPostgres} from '../support/postgres.ts';
import {ok} from '../support/project.ts';
import {canInject, has} from '../support/require.ts';
import {aProof, putSet} from '../support/sets.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('retention under faults');

const hour = 3_600_000;
const day = 24 * hour;
const idAt = (time: number) =>
  `${new Date(time).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`;

type Shelf = {
  readonly project: string;
  readonly shelf: string;
  run(verb: string, args?: readonly string[], options?: DoorOptions): ReturnType<typeof door>;
  ids(): Promise<readonly string[]>;
};

/** A shelf with a good set at each of these times, and no server. */
const withSets = (times: readonly number[], use: (shelf: Shelf) => Promise<void>) =>
  withTempFolder(async (project) => {
    const shelf = join(project, 'backups/app');
    for (const time of times) await putSet(shelf, {id: idAt(time), proofs: [aProof('archive')]});
    const run: Shelf['run'] = (verb, args = [], options = {}) =>
      door(verb, ['--project', project, ...args], options);
    const ids = async () => (await readdir(shelf)).filter((name) => /^\d/.test(name)).sort();
    await use({project, shelf, run, ids});
  });

const at = (time: number): DoorOptions => ({env: {PGKEEP_TEST_NOW: new Date(time).toISOString()}});

if (has('postgres')) {
  const server = await startPostgres();
  it.after(() => server.end());

  it('removes nothing after thirty failed nights, and goes by the newest good set when one works', async () => {
    const place = await makePlace(server, {sql: pairs(5_000), withOlderSet: false});
    try {
      const first = Date.UTC(2026, 9, 1, 3, 15);
      const night = (number: number, options: DoorOptions = {}): DoorOptions => ({
        env: {...at(first + number * day).env, ...options.env},
      });
      for (const number of [0, 1, 2]) ok(await place.run('backup', [], night(number)));
      const failing = await place.programs({standIns: {pg_dump: 'pg_dump-failing'}});
      const before = await readdir(place.shelf);
      for (let number = 3; number < 33; number += 1) {
        // The first, one in the middle and the last are run; the others are time that goes by.
        if ([3, 17, 32].includes(number)) {
          const failed = await place.run('backup', [], night(number, failing));
          assert.is(failed.exitCode, 7, failed.stderr);
        }
        if (number % 10 === 2) ok(await place.run('prune', [], night(number)));
        assert.equal(await readdir(place.shelf), before);
      }
      const works = await place.run('backup', ['--json'], night(33));
      assert.equal(JSON.parse(ok(works)).removed, [], 'three of four is more than half');
      assert.match(works.stderr, 'would remove 3 of 4 sets at once');
      const last = await place.run('backup', ['--json'], night(34));
      assert.match(last.stderr, 'would remove 3 of 5 sets at once');
      for (const number of [35, 36]) ok(await place.run('backup', [], night(number)));
      assert.is((await readShelf(place.shelf)).sets.length, 4, 'one by one they made room');
    } finally {
      await place.end();
    }
  });

  it('survives a clock that is ten years ahead for a night, and ten years behind for another', async () => {
    const place = await makePlace(server, {sql: pairs(500), withOlderSet: false});
    try {
      const today = Date.UTC(2026, 10, 20, 3, 15);
      for (const ago of [3, 2, 1]) ok(await place.run('backup', [], at(today - ago * day)));
      const idsNow = async () =>
        (await readShelf(place.shelf)).sets.map(({manifest}) => manifest.id);
      const real = await idsNow();

      const ahead = await place.run('backup', ['--json'], at(today + 3_653 * day));
      assert.equal(JSON.parse(ok(ahead)).removed, []);
      assert.match(ahead.stderr, 'dated 3654 days after the one before it: did the clock jump?');
      const behind = await place.run('backup', ['--json'], at(today - 3_653 * day));
      assert.equal(JSON.parse(ok(behind)).removed, []);

      const [oldest, future] = [idAt(today - 3_653 * day), idAt(today + 3_653 * day)];
      assert.equal(
        await idsNow(),
        [oldest, ...real, future],
        'unique, and ordered by what they say',
      );
      const listed = JSON.parse(ok(await place.run('list', ['--json'], at(today)))).sets;
      assert.equal(
        listed.map(({isFuture, isLatest}: {isFuture: boolean; isLatest: boolean}) => [
          isFuture,
          isLatest,
        ]),
        [[true, false], [false, true], ...Array.from({length: 3}, () => [false, false])],
      );
      // The clock is right again: what it did is no reason to remove a real night.
      const next = JSON.parse(ok(await place.run('backup', ['--json'], at(today))));
      assert.equal(next.removed, [oldest]);
      assert.equal(await idsNow(), [...real, idAt(today), future]);
    } finally {
      await place.end();
    }
  });

  it('gives each run of a folded hour its own id', async () => {
    const place = await makePlace(server, {sql: pairs(10), withOlderSet: false});
    try {
      // Both are half past two in Berlin on the 25th of October.
      for (const time of [Date.UTC(2026, 9, 25, 0, 30), Date.UTC(2026, 9, 25, 1, 30)])
        ok(await place.run('backup', [], {env: {...at(time).env, TZ: 'Europe/Berlin'}}));
      const {sets} = await readShelf(place.shelf);
      assert.equal(
        sets.map(({manifest}) => manifest.id),
        ['20261025T003000Z', '20261025T013000Z'],
      );
    } finally {
      await place.end();
    }
  });
}

if (canInject('faketime'))
  for (const [offset, title] of [
    ['+3653d', 'ahead'],
    ['-3653d', 'behind'],
  ] as const)
    it(`removes nothing more where the system's clock is ten years ${title}`, async () => {
      const now = Math.floor(Date.now() / 1_000) * 1_000;
      await withSets(
        [1, 2, 3, 4, 5, 20].map((ago) => now - ago * day),
        async ({run, ids}) => {
          const before = await ids();
          const under = ['faketime', '-f', offset];
          const env = {FAKETIME_DONT_FAKE_MONOTONIC: '1'};
          const {decisions} = JSON.parse(ok(await run('prune', ['--json'], {under, env})))[0];
          const reasons = decisions.flatMap(({reasons}: {reasons: string[]}) => reasons).join();
          assert.is(/dated in the future/.test(reasons), title === 'behind', reasons);
          assert.equal(await ids(), title === 'behind' ? before : before.slice(1));
        },
      );
    });

/** Every half hour through the nights in which the clocks change, in autumn and in spring. */
const changes = [
  '2026-10-24T18:00Z',
  '2026-10-31T22:00Z',
  '2027-03-13T22:00Z',
  '2027-03-27T18:00Z',
];
const halfHours = changes.flatMap((start) =>
  Array.from({length: 28}, (_, index) => Date.parse(start) + (index * hour) / 2),
);

it('decides the same in every time zone through the nights in which clocks change', () =>
  withSets(halfHours, async ({run}) => {
    const policy = ['--keep-hourly', '5', '--keep-daily', '3', '--keep-weekly', '2'];
    const words = ['--dry-run', '--json', ...policy];
    const zones = ['UTC', 'Europe/Berlin', 'America/New_York', 'Asia/Kolkata'];
    const answers: string[] = [];
    for (const TZ of zones) {
      const env = {...at(Date.parse('2027-03-28T12:00Z')).env, TZ};
      answers.push(ok(await run('prune', words, {env})));
    }
    for (const answer of answers) assert.is(answer, answers[0]);
    const [{decisions}] = JSON.parse(answers[0] ?? '');
    const kept = decisions.filter(({isKept}: {isKept: boolean}) => isKept);
    assert.equal(
      kept.map(({id}: {id: string}) => id),
      [
        ...['20270314T113000Z', '20270327T233000Z', '20270328T033000Z', '20270328T043000Z'],
        ...['20270328T053000Z', '20270328T063000Z', '20270328T073000Z'],
      ],
    );
  }));

const refused: readonly (readonly [string, string])[] = [
  ['--retention-days', '0'],
  ['--retention-days', '36501'],
  ['--keep-last', '0'],
  ['--keep-daily', '-1'],
  ['--keep-daily', '99999999999999999999'],
  ['--keep-monthly', '1.5'],
  ['--keep-yearly', 'all'],
  ['--max-total-size', '0'],
  ['--max-total-size', '0GB'],
  ['--max-total-size', '-5GB'],
  ['--max-total-size', '1B'],
  ['--max-total-size', '50'],
];

it('refuses policies that nobody can mean, and touches nothing', () =>
  withSets([Date.UTC(2026, 9, 1), Date.UTC(2026, 10, 1)], async ({run, ids}) => {
    for (const [flag, value] of refused) {
      const {exitCode, stderr} = await run('prune', [`${flag}=${value}`]);
      assert.is(exitCode, 2, `${flag} ${value}: ${stderr}`);
      assert.match(stderr, new RegExp(`${flag}: expected a (whole number|size) from`));
    }
    const {exitCode} = await run('prune', [], {env: {PGKEEP_KEEP_LAST: '0'}});
    assert.is(exitCode, 3);
    assert.is((await ids()).length, 2);
  }));

it('leaves alone what is no set, and names it', () =>
  withSets([Date.UTC(2026, 9, 1), Date.UTC(2026, 10, 1)], async ({shelf, run, ids}) => {
    const broken = await putSet(shelf, {id: '20260901T000000Z', manifest: {version: 2 as 1}});
    const options = at(Date.UTC(2026, 10, 2));
    for (const words of [['--dry-run'], []])
      assert.match(
        ok(await run('prune', words, options)),
        /^20260901T000000Z +app +left alone +no set that can be read: .* version 2/m,
      );
    const [{unreadable}] = JSON.parse(ok(await run('prune', ['--json'], options)));
    assert.is(unreadable[0].folder, broken);
    assert.equal(await ids(), ['20260901T000000Z', '20261101T000000Z']);
  }));

/** What a prune does to a disk, in its order. */
const calls = ['rename', 'unlink', 'rmdir', 'fsync'] as const;
const now = Date.UTC(2026, 10, 20, 12);
const nights = [30, 29, 3, 2, 1].map((ago) => now - ago * day);
const [going, staying] = [nights.slice(0, 2).map(idAt), nights.slice(2).map(idAt)];

if (canInject('strace'))
  for (const call of calls)
    it(`leaves whole sets where it is killed at each ${call}`, () =>
      withSets(nights, async ({project, shelf, run, ids}) => {
        const context = testContext(project, {}, {now: new Date(now)});
        let kills = 0;
        for (let when = 1; ; when += 1) {
          assert.ok(when < 30, 'some run is clean');
          for (const id of going) await putSet(shelf, {id, proofs: [aProof('archive')]});
          // What is recorded already is not recorded again.
          await rm(join(shelf, '.baseline.json'), {force: true});
          const isKilled = await killedAt({project, shelf, run}, {call, when});
          const left = await ids();
          assert.equal(left.slice(-3), staying);
          const {sets, unreadable} = await readShelf(shelf);
          assert.equal(unreadable, []);
          for (const set of sets) assert.equal(await checkFiles(context, set), []);
          await prune(context, shelf, {allowLarge: false});
          assert.equal(await ids(), staying);
          assert.equal(
            (await readdir(shelf)).filter((name) => /removed|partial/.test(name)),
            [],
          );
          if (!isKilled) break;
          kills += 1;
        }
        assert.ok(kills >= going.length, `${kills} calls were met`);
      }));

/** A prune that is killed at its call number `when` on the shelf; whether it was. */
const killedAt = async (
  {project, shelf, run}: Pick<Shelf, 'project' | 'shelf' | 'run'>,
  {call, when}: Pick<Injection, 'call' | 'when'>,
): Promise<boolean> => {
  const asides = going.map((id) => join(shelf, `.${id}.removed`));
  const files = ['database.dump.gz', 'proof.jsonl', 'manifest.json'];
  const paths = [
    ...[shelf, join(shelf, '.baseline.json'), join(shelf, '.baseline.json.new')],
    ...going.map((id) => join(shelf, id)),
    ...asides.flatMap((aside) => [aside, ...files.map((name) => join(aside, name))]),
  ];
  const pruning = ({env, under = []}: DoorOptions) =>
    run('prune', [], {under, env: {...at(now).env, ...env}});
  const kill = {call, when, what: 'signal=KILL', forEver: false} as const;
  const {isMet, exitCode, stderr} = await injectInto(pruning, kill, {folder: project, paths});
  if (!isMet) assert.is(exitCode, 0, stderr);
  return isMet;
};

it.run();
