/** Databases that are hard to back up: many tables, odd bytes, giant values, unlogged tables, a standby. */
import {execFile} from 'node:child_process';
import {rm, stat} from 'node:fs/promises';
import {freemem} from 'node:os';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {makePlace, type Place, pairs, succeeds, until} from '../support/faults.ts';
import {psql, startPostgres, withPostgres} from '../support/postgres.ts';
import {canInject, has, scaled, skip} from '../support/require.ts';

const it = suite('content');
const run = promisify(execFile);

/** The newest set is proven by a drill: every row, every object. */
const assertProven = async (place: Place, settings: Readonly<Record<string, string>> = {}) => {
  const drill = await place.run('verify', ['latest', '--level', 'restore'], {env: settings});
  assert.is(drill.exitCode, 0, drill.stdout + drill.stderr);
  assert.match(drill.stdout, /restore {2}intact/);
};

/** Bytes that are no UTF-8, in a database that does not ask what they are. */
const oddBytes = `CREATE TABLE odd (id int, note text);
  INSERT INTO odd SELECT i, chr(i) || 'x' FROM generate_series(1, 255) i WHERE i <> 0;`;

if (has('postgres')) {
  let server: Awaited<ReturnType<typeof startPostgres>>;
  it.before(async () => {
    server = await startPostgres({
      settings: {max_prepared_transactions: '5', wal_level: 'replica', max_wal_senders: '5'},
    });
  });
  it.after(() => server.end());

  for (const encoding of ['LATIN1', 'SQL_ASCII', 'WIN1252', 'EUC_JP'])
    it(`backs up and drills a database in ${encoding}`, async () => {
      const place = await makePlace(server, {sql: pairs(50), withOlderSet: false});
      await psql(server, `DROP DATABASE ${place.database}`);
      await psql(
        server,
        `CREATE DATABASE ${place.database} TEMPLATE template0 ENCODING '${encoding}' LC_COLLATE 'C' LC_CTYPE 'C'`,
      );
      await place.sql(
        encoding === 'SQL_ASCII'
          ? oddBytes
          : "CREATE TABLE odd (id int, note text); INSERT INTO odd VALUES (1, 'plain')",
      );
      if (encoding === 'LATIN1') await place.sql("INSERT INTO odd VALUES (2, 'Grüße, ÿ')");
      await succeeds(place);
      const shown = await place.run('show', ['latest', '--json']);
      assert.is(shown.exitCode, 0, shown.stderr);
      assert.match(shown.stdout, encoding);
      const drill = await place.run('verify', ['latest', '--level', 'restore']);
      // What does not convert has no digest: nothing is wrong, and it is not called proven.
      assert.is(drill.exitCode, 0, drill.stdout + drill.stderr);
      assert.match(drill.stdout, /restore {2}(intact|unproven)/);
      if (encoding !== 'SQL_ASCII') assert.match(drill.stdout, /restore {2}intact/);
      await place.end();
    });

  it('backs up ever so many tables, in every format, without the locks running out', async () => {
    // pg_dump holds a lock on each table: a server as it comes has room for some 6,400 of them.
    const [tables, locks] = scaled(1) < 10 ? [500, '64'] : [10_000, '128'];
    await withPostgres({settings: {max_locks_per_transaction: locks}}, async (other) => {
      const place = await makePlace(other, {
        sql: `SELECT format('CREATE TABLE t%s (a int); INSERT INTO t%s VALUES (%s)', i, i, i) FROM generate_series(1, ${tables}) i \\gexec`,
        withOlderSet: false,
      });
      for (const args of [[], ['--format', 'directory', '--jobs', '2']]) {
        const {exitCode, stdout, stderr} = await place.run('backup', [...args, '--json'], {
          timeoutSeconds: 600,
        });
        // Directory format takes locks for each worker: what the server has no room for is said.
        if (args.length > 0 && exitCode === 7) {
          assert.match(stdout, /max_locks_per_transaction/);
          continue;
        }
        assert.is(exitCode, 0, stdout + stderr);
        assert.match(stdout, /"tables"/);
      }
      await place.end();
    });
  });

  it('knows that an unlogged table is empty after a crash of the server', async () => {
    await withPostgres({settings: {restart_after_crash: 'on'}}, async (other) => {
      const place = await makePlace(other, {sql: pairs(100), withOlderSet: false});
      await place.sql('CREATE UNLOGGED TABLE fleeting AS SELECT i FROM generate_series(1, 500) i');
      await succeeds(place);
      await assertProven(place);
      // Any backend that crashes makes the server start over as after a crash of its own.
      const backend = place.sql('SELECT pg_backend_pid(); SELECT pg_sleep(600)').catch(() => '');
      const find = `SELECT pid FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND pid <> pg_backend_pid()`;
      await until(async () => (await place.sql(find)) !== '', 'the session is there');
      process.kill(Number((await place.sql(find)).split('\n')[0]), 'SIGKILL');
      await backend;
      await until(
        () =>
          place.sql('SELECT 1').then(
            () => true,
            () => false,
          ),
        'it is up again',
      );
      assert.is(await place.sql('SELECT count(*) FROM fleeting'), '0');
      const second = await place.run('backup');
      assert.is(second.exitCode, 0, second.stderr);
      await assertProven(place);
      await place.end();
    });
  });

  it('backs up beside prepared transactions, without the rows that are not committed', async () => {
    const place = await makePlace(server, {sql: pairs(100), withOlderSet: false});
    await place.sql("BEGIN; INSERT INTO pair VALUES (4711, 'pending'); PREPARE TRANSACTION 'held'");
    await succeeds(place);
    await assertProven(place);
    const shown = JSON.parse((await place.run('show', ['latest', '--json'])).stdout);
    assert.match(JSON.stringify(shown), /"rows": ?100/);
    await place.sql("ROLLBACK PREPARED 'held'");
    await place.end();
  });

  it('backs up a value of 400 MB, and says what can not be dumped of one of 600 MB', async () => {
    if (scaled(1) < 10) return skip('values of 400 MB: PGKEEP_TEST_SCALE=10 has them');
    if (freemem() < 6e9) return skip('values of 400 MB need 6 GB of memory');
    const place = await makePlace(server, {sql: pairs(10), withOlderSet: false});
    const big = (megabytes: number) =>
      `CREATE TABLE big AS SELECT decode(repeat('ab', ${megabytes} * 1000 * 1000), 'hex') AS bytes`;
    await place.sql(big(400));
    const whole = await place.run('backup', [], {timeoutSeconds: 600});
    assert.is(whole.exitCode, 0, whole.stderr);
    await assertProven(place);
    await place.sql('DROP TABLE big');
    await place.sql(
      `CREATE TABLE big AS SELECT (SELECT string_agg(b, '') FROM (SELECT decode(repeat('ab', 100000000), 'hex') AS b FROM generate_series(1, 6)) x) AS bytes`,
    );
    const refused = await place.run('backup', [], {timeoutSeconds: 600});
    assert.is(refused.exitCode, 7, refused.stderr);
    assert.match(refused.stderr, /invalid memory alloc request size|out of memory/);
    await place.end();
  });

  if (canInject('setpriv'))
    it('backs up and drills a hot standby', async () => {
      const place = await makePlace(server, {sql: pairs(500), withOlderSet: false});
      await place.sql('CREATE UNLOGGED TABLE fleeting AS SELECT 1 AS a');
      const data = join(server.folder, 'server', 'standby');
      const {PGHOST = '', PGPORT = ''} = server.libpq;
      const {uid, gid} = await stat(PGHOST);
      const asServer = ['--reuid', String(uid), '--regid', String(gid), '--clear-groups', '--'];
      const env = {PATH: process.env['PATH'] ?? '', ...server.libpq};
      const basebackup = [join(server.binaries, 'pg_basebackup'), '-D', data, '-R', '-X', 'stream'];
      await run('setpriv', [...asServer, ...basebackup, '-c', 'fast'], {env});
      const port = String(Number(PGPORT) + 1);
      const ctl = (words: readonly string[]) =>
        run('setpriv', [...asServer, join(server.binaries, 'pg_ctl'), '-D', data, '-w', ...words], {
          env,
        });
      // A standby must have room for as much as its primary.
      const room = await psql(
        server,
        `SELECT string_agg(format('-c %s=%s', name, setting), ' ') FROM pg_settings WHERE name IN
          ('max_connections', 'max_worker_processes', 'max_wal_senders', 'max_prepared_transactions', 'max_locks_per_transaction')`,
      );
      const words = `-k ${PGHOST} -p ${port} -c listen_addresses= -c hot_standby=on ${room}`;
      await ctl(['-l', join(server.folder, 'server', 'standby.log'), '-o', words, 'start']);
      try {
        const settings = {
          DATABASE_URL: server.url(place.database).replace(`port=${PGPORT}`, `port=${port}`),
        };
        const made = await place.run('backup', [], {env: settings});
        assert.is(made.exitCode, 0, made.stderr);
        const shown = await place.run('show', ['latest']);
        assert.match(shown.stdout, /fleeting.*standby/s);
        await assertProven(place, settings);
      } finally {
        await ctl(['-m', 'immediate', 'stop']);
        await rm(data, {recursive: true, force: true});
        await place.end();
      }
    });
}

it.run();
