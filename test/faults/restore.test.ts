/** Restores that are ended, or whose server crashes, at any moment: wholly the old database or wholly the new one. */
import {readFileSync} from 'node:fs';
import {setTimeout as pause} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {readJournal} from '../../lib/io/journal.ts';
import {openRuns} from '../../lib/model/restore-journal.ts';
import {makePlace, type Place, pairs, programsGone, until} from '../support/faults.ts';
import {psql, startPostgres} from '../support/postgres.ts';
import {programs} from '../support/programs.ts';
import {ok} from '../support/project.ts';
import {has, scaled} from '../support/require.ts';

const it = suite('restore under fire');

const rows = 20_000;

/** The state of the database in one answer: which one it is, and whether all of it is there. */
const stateOf = (place: Place) =>
  place.sql(
    `SELECT (SELECT string_agg(tag, ',') FROM mark), (SELECT count(*) FROM pair), (SELECT count(*) FROM pg_index)`,
  );

const databasesLike = async ({server, database}: Place, pattern: string) =>
  (
    await psql(
      server,
      `SELECT datname FROM pg_database WHERE datname LIKE '${database}${pattern}' ORDER BY 1`,
    )
  )
    .split('\n')
    .filter(Boolean);

/** Waits for a server that has crashed and starts again by itself. */
const untilUp = (place: Place) =>
  until(
    () =>
      stateOf(place).then(
        () => true,
        () => false,
      ),
    'the server is up again',
  );

const postmaster = ({server}: Place) =>
  Number(readFileSync(`${server.folder}/server/data/postmaster.pid`, 'utf8').split('\n')[0]);

/** One process of the server killed outright: the postmaster ends all others and starts anew. */
const crash = (place: Place) => {
  const parent = postmaster(place);
  const writer = programs().find(
    (program) => program.parent === parent && /walwriter/.test(program.words),
  );
  assert.ok(writer, 'the server has a WAL writer');
  process.kill(writer.pid, 'SIGKILL');
};

if (has('postgres')) {
  let server: Awaited<ReturnType<typeof startPostgres>>;
  let place: Place;
  /** What the set holds, and what production holds at the moment: told apart by a mark and a row. */
  let inSet = '';

  it.before(async () => {
    server = await startPostgres({settings: {restart_after_crash: 'on'}});
    const sql = `${pairs(rows)} CREATE TABLE mark (tag text); INSERT INTO mark VALUES ('set'); CREATE INDEX ON pair (note);`;
    place = await makePlace(server, {sql});
    inSet = await stateOf(place);
  });

  it.after(async () => {
    await place?.end();
    await server?.end();
  });

  const latest = async () => {
    const listed = JSON.parse(ok(await place.run('list', ['--json'])));
    return listed.sets.findLast(({reason}: {reason: string}) => reason === 'manual').id as string;
  };

  /** Production moves on: a mark of its own, a row less. Gives its state. */
  const moveOn = async (mark: string) => {
    await place.sql(`UPDATE mark SET tag = '${mark}'; DELETE FROM pair WHERE id = 1`);
    return stateOf(place);
  };

  const restored = (set: string) => place.run('restore', ['--backup', set, '--yes', '--json']);

  it('leaves the old or the new database, and clears up, wherever pgkeep is killed', async () => {
    const set = await latest();
    const startedAt = performance.now();
    ok(await restored(set));
    const whole = performance.now() - startedAt;
    const moments = scaled(12);
    const ends = {old: 0, new: 0};
    for (let moment = 1; moment <= moments; moment++) {
      const before = await moveOn(`kill ${moment}`);
      let pid = 0;
      const running = place.run('restore', ['--backup', set, '--yes'], {
        onStart: (started) => (pid = started),
      });
      await pause((whole * 1.05 * moment) / moments);
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It was faster.
      }
      await running;
      await programsGone(place);
      const after = await stateOf(place);
      assert.ok([before, inSet].includes(after), `neither old nor new: ${after}`);
      ends[after === before ? 'old' : 'new'] += 1;
    }
    const {stderr, stdout} = await restored(set);
    assert.is(await stateOf(place), inSet, stdout + stderr);
    assert.equal(await databasesLike(place, '_incoming_%'), []);
    assert.equal(openRuns(await readJournal(place.shelf)), []);
    assert.ok(ends.old > 0, 'some runs were ended before the swap');
  });

  it('says what a killed run had come to, before the swap and after it', async () => {
    const set = await latest();
    await moveOn('told');
    let pid = 0;
    const running = place.run('restore', ['--backup', set, '--yes'], {
      onStart: (started) => (pid = started),
    });
    await until(
      async () => (await databasesLike(place, '_incoming_%')).length > 0,
      'the build has begun',
    );
    process.kill(pid, 'SIGKILL');
    await running;
    const next = await restored(set);
    ok(next);
    assert.match(
      next.stderr,
      /the restore of \d+T\d+Z that began as .* was ended at .*, before its swap: '.*' is wholly what it was/,
    );
  });

  it('leaves the old or the new database wherever the server crashes', async () => {
    const set = await latest();
    const startedAt = performance.now();
    ok(await restored(set));
    const whole = performance.now() - startedAt;
    const moments = scaled(6);
    for (let moment = 1; moment <= moments; moment++) {
      const before = await moveOn(`crash ${moment}`);
      const running = restored(set);
      await pause((whole * moment) / moments);
      crash(place);
      const {exitCode, stdout, stderr} = await running;
      await untilUp(place);
      const after = await stateOf(place);
      const said = `${exitCode}: ${stdout}${stderr}`;
      assert.ok([before, inSet].includes(after), `neither old nor new: ${after}\n${said}`);
      if (exitCode === 0) assert.is(after, inSet, said);
      if (exitCode === 6 || exitCode === 7) assert.is(after, before, said);
      assert.ok([0, 6, 7, 9].includes(exitCode ?? -1), said);
    }
    ok(await restored(set));
    assert.equal(await databasesLike(place, '_incoming_%'), []);
  });

  it('swaps under clients that come back in a loop: none is left without the database', async () => {
    const set = await latest();
    let isOver = false;
    let answers = 0;
    const client = async () => {
      let isServed = false;
      while (!isOver || !isServed) {
        isServed = await place.sql('SELECT tag, pg_sleep(0.01) FROM mark').then(
          () => true,
          () => false,
        );
        if (isServed) answers += 1;
      }
    };
    const clients = Array.from({length: 4}, client);
    for (let round = 0; round < scaled(2); round++) {
      ok(await restored(set));
      ok(await place.run('undo', ['--yes']));
    }
    isOver = true;
    await Promise.all(clients);
    assert.ok(answers > 8, `they were served ${answers} times`);
  });

  it('gives back the very first state after two restores and two undos', async () => {
    const set = await latest();
    const first = await moveOn('first');
    ok(await restored(set));
    const second = await moveOn('second');
    ok(await restored(set));
    ok(await place.run('undo', ['--yes']));
    assert.is(await stateOf(place), second);
    ok(await place.run('undo', ['--yes']));
    assert.is(await stateOf(place), first);
  });
}

it.run();
