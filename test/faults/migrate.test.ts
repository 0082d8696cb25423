/** Migrates that are ended, or whose server goes away, at any moment: the target is what it was, or all of it is there. */
import {execFileSync} from 'node:child_process';
import {readFileSync} from 'node:fs';
import {setTimeout as pause} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {makePlace, type Place, programsGone, sessionsGone, until} from '../support/faults.ts';
import {makeSqlite} from '../support/migrated.ts';
import {startPostgres} from '../support/postgres.ts';
import {programs} from '../support/programs.ts';
import {ok} from '../support/project.ts';
import {has, scaled} from '../support/require.ts';

const it = suite('migrate under fire');

const rows = 20_000;
const source = `CREATE TABLE pair (id INTEGER PRIMARY KEY, note TEXT, size REAL); CREATE INDEX by_note ON pair (note);
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
  INSERT INTO pair SELECT i, 'note ' || i || hex(randomblob(40)), i / 8.0 FROM n;
  CREATE TABLE mark (id INTEGER PRIMARY KEY, pair INT REFERENCES pair (id)); INSERT INTO mark SELECT id, id FROM pair WHERE id % 7 = 0;`;

const old = `CREATE TABLE pair (old text); INSERT INTO pair VALUES ('old');`;

if (has('postgres') && has('sqlite')) {
  let server: Awaited<ReturnType<typeof startPostgres>>;
  let place: Place;
  let file = '';

  it.before(async () => {
    server = await startPostgres({settings: {restart_after_crash: 'on'}});
    place = await makePlace(server, {sql: old, withOlderSet: false});
    file = makeSqlite(place.project, source);
  });

  it.after(async () => {
    await place?.end();
    await server?.end();
  });

  const words = () => ['--sqlite-path', file, '--force-recreate', '--yes'];
  const migrated = (more: readonly string[] = [], options = {}) =>
    place.run('migrate', [...words(), ...more], options);

  /** `old`, or `new` with everything that belongs to it; anything else is half of something. */
  const stateOf = async (): Promise<string> => {
    const state = await place.sql(
      `SELECT CASE WHEN EXISTS (SELECT FROM pg_attribute WHERE attrelid = 'public.pair'::regclass AND attname = 'old') THEN 'old'
        WHEN (SELECT count(*) FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid WHERE c.relnamespace = 'public'::regnamespace) = 3
          AND (SELECT bool_and(convalidated) FROM pg_constraint WHERE contype = 'f') AND to_regclass('public.mark') IS NOT NULL THEN 'new'
        ELSE 'half' END`,
    );
    if (state !== 'new') return state;
    const counts = await place.sql(
      'SELECT (SELECT count(*) FROM pair), (SELECT count(*) FROM mark)',
    );
    return counts === `${rows}|${Math.floor(rows / 7)}` ? 'new' : `half: ${counts}`;
  };

  const left = () =>
    place.sql(`SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'pgkeep_incoming%'`);

  const backToOld = async () => {
    if ((await stateOf()) === 'new') ok(await place.run('undo', ['--yes']));
    assert.is(await stateOf(), 'old');
  };

  it('leaves the old or the new tables, and the next run clears up, wherever pgkeep is killed', async () => {
    const startedAt = performance.now();
    ok(await migrated());
    const whole = performance.now() - startedAt;
    const moments = scaled(5);
    const ends = {old: 0, new: 0};
    for (let moment = 1; moment <= moments; moment++) {
      await backToOld();
      let pid = 0;
      const running = migrated([], {onStart: (started: number) => (pid = started)});
      await pause((whole * 1.05 * moment) / moments);
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It was faster.
      }
      await running;
      await programsGone(place);
      await sessionsGone(place);
      const state = await stateOf();
      assert.ok(state === 'old' || state === 'new', `neither old nor new: ${state}`);
      ends[state] += 1;
    }
    await backToOld();
    ok(await migrated());
    assert.is(await stateOf(), 'new');
    assert.is(await left(), '0');
    assert.ok(ends.old > 0, 'some runs were ended before the move');
  });

  it('goes on where a killed run had come to, and with no other source', async () => {
    await backToOld();
    let pid = 0;
    const running = migrated([], {onStart: (started: number) => (pid = started)});
    const note = `SELECT count(*) FROM pg_class WHERE relname = 'mark' AND obj_description(oid, 'pg_class') LIKE '{%' AND relnamespace::regnamespace::text LIKE '%incoming%'`;
    await until(async () => (await place.sql(note)) === '1', 'the small table is finished').catch(
      () => {},
    );
    process.kill(pid, 'SIGKILL');
    await running;
    await programsGone(place);
    await sessionsGone(place);
    assert.is(await stateOf(), 'old');
    const before = readFileSync(file);
    execFileSync('sqlite3', [file, `UPDATE pair SET note = 'other' WHERE id = 5`]);
    const other = await migrated(['--resume']);
    assert.is(other.exitCode, 2, other.stderr);
    assert.match(other.stderr, /read another source/);
    const {writeFileSync} = await import('node:fs');
    writeFileSync(file, before);
    ok(await migrated(['--resume']));
    assert.is(await stateOf(), 'new');
    assert.is(await left(), '0');
  });

  it('leaves the target as it was where the server crashes under the load', async () => {
    await backToOld();
    let hasCrashed = false;
    const running = migrated().finally(() => {
      hasCrashed = true;
    });
    const loading = `SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY %FROM STDIN%' AND pid <> pg_backend_pid()`;
    await until(async () => hasCrashed || (await place.sql(loading)) !== '0', 'a table is loaded');
    const parent = Number(
      readFileSync(`${server.folder}/server/data/postmaster.pid`, 'utf8').split('\n')[0],
    );
    const writer = programs().find(
      ({parent: of, words: title}) => of === parent && /walwriter/.test(title),
    );
    assert.ok(writer, 'the server has a WAL writer');
    process.kill(writer.pid, 'SIGKILL');
    const result = await running;
    assert.is(result.exitCode, 7, result.stdout + result.stderr);
    assert.not.match(result.stderr, /^ +at .*\.ts:\d+/m);
    await until(
      () =>
        place.sql('SELECT 1').then(
          () => true,
          () => false,
        ),
      'the server is up again',
    );
    assert.is(await stateOf(), 'old');
    await programsGone(place);
    ok(await migrated());
    assert.is(await stateOf(), 'new');
    assert.is(await left(), '0');
  });
}

it.run();
