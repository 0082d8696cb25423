/** Restores that are ended, or whose server crashes, at any moment: wholly the old database or wholly the new one. */
import {readFileSync} from 'node:fs';
import {appendFile} from 'node:fs/promises';
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
    await programsGone(place);
    const [incoming] = await databasesLike(place, '_incoming_%');
    const journal = await readJournal(place.shelf);
    const {run = '', at = ''} = openRuns(journal)[0] ?? {};
    const says = new RegExp(
      `the restore of ${set} that began as ${run} broke off, last heard of at ${at}, before its swap: '.*' is wholly what it was`,
    );
    for (const verb of ['restore', 'undo']) {
      const dry = await place.run(verb, ['--dry-run']);
      assert.match(dry.stdout + dry.stderr, says);
      assert.match(dry.stdout + dry.stderr, `'${incoming}' is left of it`);
    }
    assert.equal(await databasesLike(place, '_incoming_%'), [incoming]);
    assert.equal(await readJournal(place.shelf), journal);
    const next = await restored(set);
    ok(next);
    assert.match(next.stderr, says);
    assert.match(next.stderr, `'${incoming}', which was being built then, is dropped`);
  });

  it('writes into its journal when each step was taken', async () => {
    const journal = await readJournal(place.shelf);
    const last = journal.findLast(({step}) => step === 'swapped');
    const of = journal.filter(({run}) => run === last?.run).map(({at}) => at);
    assert.equal(of.toSorted(), of);
    assert.is(new Set(of).size, of.length, of.join());
  });

  it('drops nothing that its journal names but what it was building', async () => {
    const {database, shelf} = place;
    const run = '20260101T000000Z';
    const victims = ['victim', `victim_incoming_${run}`, `${database}_other`];
    for (const victim of victims) await psql(server, `CREATE DATABASE "${victim}"`);
    const ours = `${database}_incoming_${run}`;
    await psql(server, `CREATE DATABASE "${ours}"`);
    const at = new Date().toISOString();
    const names = {before: 'x', oldOid: 1, set: null};
    const line = {run, at, verb: 'restore', step: 'started', database, next: ours, ...names};
    const forged = [
      ...victims.map((next, i) => ({...line, run: `2026010${i + 2}T000000Z`, next})),
      {
        ...line,
        run: '20260105T000000Z',
        database: 'victim',
        next: 'victim_incoming_20260105T000000Z',
      },
      line,
    ];
    await psql(server, 'CREATE DATABASE "victim_incoming_20260105T000000Z"');
    const lines = forged.map((entry) => `${JSON.stringify(entry)}\n`).join('');
    await appendFile(`${shelf}/restores.jsonl`, lines);
    ok(await restored(await latest()));
    const left = await psql(
      server,
      `SELECT datname FROM pg_database WHERE datname LIKE 'victim%' OR datname LIKE '${database}_other' OR datname = '${ours}' ORDER BY 1`,
    );
    const all = [...victims, 'victim_incoming_20260105T000000Z'];
    for (const name of all) await psql(server, `DROP DATABASE IF EXISTS "${name}"`);
    assert.equal(left.split('\n').sort(), all.toSorted());
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
