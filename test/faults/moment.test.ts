/** Tables that change, locks of others, limits of roles, and runs that meet each other. */
import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {
  as,
  makePlace,
  type Place,
  pairs,
  programsGone,
  survives,
  until,
} from '../support/faults.ts';
import {psql, startPostgres, type TestServer} from '../support/postgres.ts';
import {has} from '../support/require.ts';

const it = suite('moment');

const changes: readonly {what: string; sql: string}[] = [
  {what: 'TRUNCATE', sql: 'TRUNCATE pair'},
  {what: 'ALTER TABLE that rewrites it', sql: 'ALTER TABLE pair ALTER id TYPE numeric'},
  {what: 'DROP', sql: 'DROP TABLE pair'},
  {what: 'DROP and CREATE', sql: 'DROP TABLE pair; CREATE TABLE pair AS SELECT 1 AS id'},
  {what: 'CREATE', sql: 'CREATE TABLE fresh AS SELECT i FROM generate_series(1, 1000) i'},
  {
    what: 'UPDATE, DELETE and INSERT',
    sql: `UPDATE pair SET note = 'x' WHERE id < 50; DELETE FROM pair WHERE id > 500; INSERT INTO pair VALUES (0, 'new')`,
  },
];

/** Whether somebody waits for a lock: seen by a session of its own. */
const waiting = (server: TestServer, database: string) => async () =>
  (await psql(
    server,
    `SELECT count(*) FROM pg_locks l JOIN pg_database d ON d.oid = l.database WHERE NOT granted AND datname = '${database}'`,
  )) !== '0';

/** Holds what it changed, uncommitted, until somebody waits for it. */
const untilWaitedFor = (sql: string) => `BEGIN; ${sql};
  DO $$ BEGIN
    FOR i IN 1..200 LOOP
      EXIT WHEN EXISTS (SELECT FROM pg_locks WHERE NOT granted);
      PERFORM pg_sleep(0.05);
    END LOOP;
  END $$;
  COMMIT;`;

/** The newest set holds exactly the rows of its digests. */
const assertProven = async (place: Place) => {
  const {exitCode, stdout, stderr} = await place.run('verify', ['latest', '--level', 'restore']);
  assert.is(exitCode, 0, stdout + stderr);
  assert.match(stdout, /restore {2}intact/);
};

if (has('postgres')) {
  let server: Awaited<ReturnType<typeof startPostgres>>;
  let narrow: Awaited<ReturnType<typeof startPostgres>>;
  it.before(async () => {
    server = await startPostgres();
    narrow = await startPostgres({
      settings: {max_connections: '15', max_locks_per_transaction: '10'},
    });
  });
  it.after(async () => {
    await server.end();
    await narrow.end();
  });

  for (const {what, sql} of changes) {
    it(`tells the truth when there is a ${what} before the moment stands still`, async () => {
      const place = await makePlace(server, {withOlderSet: false});
      const change = place.sql(untilWaitedFor(sql));
      await until(
        async () =>
          (await place.sql(
            'SELECT count(*) FROM pg_locks WHERE virtualxid IS NULL AND pid <> pg_backend_pid()',
          )) !== '0',
        'the change is under way',
      );
      const {exitCode, stderr} = await place.run('backup');
      assert.is(exitCode, 0, stderr);
      await change;
      await assertProven(place);
      await place.end();
    });

    it(`tells the truth when there is a ${what} between the moment and the dump`, async () => {
      const place = await makePlace(server, {withOlderSet: false});
      const {env, meanwhile} = await place.programs({standIns: {pg_dump: 'pg_dump-late'}});
      let change: Promise<string> | undefined;
      const run = place.run('backup', [], {env});
      const {exitCode, stderr} = await meanwhile(run, async () => {
        let isDone = false;
        change = place.sql(sql).finally(() => {
          isDone = true;
        });
        const isBlocked = waiting(server, place.database);
        await until(async () => isDone || (await isBlocked()), 'the change is done or waits');
      });
      await change;
      assert.is(exitCode, 0, stderr);
      await assertProven(place);
      await place.end();
    });
  }

  const many = `${pairs(2_000)}
    SELECT format('CREATE TABLE t%s AS SELECT %s AS a', i, i) FROM generate_series(1, 120) i \\gexec`;

  for (const {what, sql} of changes.slice(0, 4))
    it(`takes another moment where the locks do not fit and there is a ${what}`, async () => {
      const place = await makePlace(narrow, {sql: many, withOlderSet: false});
      const {env, meanwhile} = await place.programs({standIns: {pg_dump: 'pg_dump-late'}});
      const result = await meanwhile(place.run('backup', [], {env}), () => place.sql(sql));
      if (result.exitCode === 0) {
        assert.match(result.stderr, 'taking another moment');
        await assertProven(place);
      } else assert.is(result.exitCode, 7, result.stderr);
      await programsGone(place);
      await place.end();
    });

  it('names the table and the process where a lock of another session does not go away', async () => {
    const place = await makePlace(server);
    const lock = place
      .sql(`SELECT pg_backend_pid(); BEGIN; LOCK TABLE pair; SELECT pg_sleep(600)`)
      .catch((error: Error) => error);
    const holder = `SELECT pid FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted AND relation = 'pair'::regclass`;
    await until(async () => (await place.sql(holder)) !== '', 'the lock is held');
    const pid = await place.sql(holder);
    const startedAt = performance.now();
    const locked = async () => {
      const result = await place.run('backup', [], {env: {PGKEEP_LOCK_WAIT_SECONDS: '1'}});
      await psql(server, `SELECT pg_terminate_backend(${pid})`);
      await lock;
      return result;
    };
    await survives(place, locked, {exit: 6, says: new RegExp(`pair by process ${pid} `)});
    assert.ok(performance.now() - startedAt < 20_000);
    await place.end();
  });

  it('is not hurt by the time-outs of a role', async () => {
    const place = await makePlace(server, {sql: pairs(300_000), withOlderSet: false});
    await place.sql(`CREATE ROLE hasty LOGIN; GRANT pg_read_all_data TO hasty;
      ALTER ROLE hasty SET statement_timeout = '50ms'; ALTER ROLE hasty SET lock_timeout = '1ms';
      ALTER ROLE hasty SET idle_in_transaction_session_timeout = '50ms'`);
    const {exitCode, stderr} = await place.run('backup', [], {env: as(place, 'hasty')});
    assert.is(exitCode, 0, stderr);
    await place.end();
  });

  it('lets a run work and tells the others which it is', async () => {
    const place = await makePlace(server);
    const {env, meanwhile} = await place.programs({standIns: {pg_dump: 'pg_dump-paused'}});
    const runs = Array.from({length: 3}, () => place.run('backup', [], {env}));
    const ended: (number | null)[] = [];
    for (const run of runs) void run.then(({exitCode}) => ended.push(exitCode));
    // The one at work is paused until all others are gone.
    await meanwhile(
      Promise.all(runs).then(([first]) => first as never),
      () =>
        until(
          () => ended.length === 2,
          () => `two have ended: ${ended}`,
          60_000,
        ),
    );
    const results = await Promise.all(runs);
    assert.equal(ended, [75, 75, 0]);
    const turnedAway = results.filter(({exitCode}) => exitCode === 75);
    for (const {stderr} of turnedAway)
      assert.match(stderr, /another run is at work on this database: backup since .*, process \d+/);
    await place.end();
  });

  it('turns away a run of another host', async () => {
    const place = await makePlace(server);
    const {env, meanwhile} = await place.programs({standIns: {pg_dump: 'pg_dump-paused'}});
    const elsewhere = join(place.project, 'elsewhere');
    await mkdir(elsewhere);
    const first = await meanwhile(place.run('backup', [], {env}), async () => {
      const second = await place.run('backup', ['--backups', elsewhere]);
      assert.is(second.exitCode, 75);
      assert.match(second.stderr, /another pgkeep is at work on this database: postgres from/);
    });
    assert.is(first.exitCode, 0, first.stderr);
    await place.end();
  });
}

it.run();
