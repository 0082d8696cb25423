/** One psql kept open, on a real server. */
import {getEventListeners} from 'node:events';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {psqlSession} from '../../lib/commands/postgres.ts';
import {literal} from '../../lib/commands/sql.ts';
import {QueryError, type Session, withSession} from '../../lib/io/session.ts';
import {OpsError} from '../../lib/model/errors.ts';
import {faultOf} from '../support/fault.ts';
import {until} from '../support/faults.ts';
import {createDatabase, psql, startPostgres, testShell} from '../support/postgres.ts';
import {has} from '../support/require.ts';

const it = suite('session');

if (has('postgres')) {
  const server = await startPostgres();
  await createDatabase(server, 'app');
  it.after(() => server.end());

  const connection = {libpq: {...server.libpq, PGDATABASE: 'app'}, source: 'test'};
  const opened = <Value>(work: (session: Session) => Promise<Value>, signal?: AbortSignal) =>
    withSession(testShell(signal), psqlSession(connection, server.binaries), work);
  const others = () => psql(server, "SELECT count(*) FROM pg_stat_activity WHERE datname = 'app'");

  const values: readonly [string, string][] = [
    ['line feeds and carriage returns', 'one\ntwo\r\nthree\r'],
    ['what an end of an answer looks like', 'end 0123456789abcdef\nerror 42P01\n'],
    ['separators that only JavaScript takes for line ends', 'a\u2028b\u2029c\u0085d\u000be'],
    ['commands of psql', String.raw`\! touch /tmp/evil \q :ERROR :'x' \echo`],
    ['quotes and backslashes', String.raw`it's "x" \\ $$ E'\n'`],
    ['letters of all languages', 'größe 大小 🐘 مرحبا \u202e'],
    ['nothing', ''],
    ['much', 'größe🐘'.repeat(100_000)],
  ];

  for (const [what, text] of values)
    it(`brings ${what} back as it was`, () =>
      opened(async ({query}) => {
        assert.equal(await query(`SELECT json_build_object('text', ${literal(text)})`), [{text}]);
        assert.equal(await query(`SELECT to_json(${literal(text)}::text)`), [text]);
      }));

  it('gives a row for a row, none for none, and no word of what changes something', () =>
    opened(async ({query}) => {
      assert.equal(await query('SELECT to_json(i) FROM generate_series(1, 1000) i'), [
        ...Array.from({length: 1_000}, (_, index) => index + 1),
      ]);
      assert.equal(await query('SELECT to_json(1) WHERE false'), []);
      assert.equal(await query('CREATE TEMP TABLE t (a int);'), []);
      assert.equal(await query('INSERT INTO t VALUES (1)'), []);
      assert.equal(await query("DO $$ BEGIN RAISE NOTICE 'aside'; END $$"), []);
      assert.equal(await query('-- a remark\nSELECT to_json(1)\n'), [1]);
    }));

  it('says what the server refused, with its SQLSTATE, and goes on', () =>
    opened(async ({query, isOpen}) => {
      const refusals: readonly [string, string, RegExp][] = [
        ['SELECT to_json(x) FROM nowhere', '42P01', /relation "nowhere" does not exist/],
        ['SELEKT', '42601', /syntax error/],
        ['SELECT to_json(1/0)', '22012', /division by zero/],
        ["DO $$ BEGIN RAISE 'two\nlines \x1b[31m'; END $$", 'P0001', /two.*lines \\u001b\[31m/],
        ['SELECT to_json(1 / (3 - i)) FROM generate_series(1, 3) i', '22012', /division/],
      ];
      for (const [sql, state, message] of refusals) {
        const error = await query(sql).catch((error: unknown) => error);
        assert.instance(error, QueryError);
        assert.is((error as QueryError).state, state, sql);
        assert.match((error as QueryError).message, message);
        assert.is(isOpen(), true);
      }
      await query('BEGIN');
      await query('SELEKT').catch(() => {});
      const aborted = await query('SELECT to_json(1)').catch((error: unknown) => error);
      assert.is(
        (aborted as QueryError).state,
        '25P02',
        'the transaction is aborted, as in any session',
      );
      await query('ROLLBACK');
      assert.equal(await query('SELECT to_json(1)'), [1]);
    }));

  it('makes a refusal that nobody saw to a failed tool', async () => {
    const fault = await faultOf(() => opened(({query}) => query('SELEKT')), 'toolFailed');
    assert.match(fault.message, 'SQLSTATE 42601');
  });

  it('answers one question at a time, each with its own answer', () =>
    opened(async ({query}) => {
      const delays = [0.2, 0, 0.1, 0];
      const ask = (delay: number, index: number) =>
        query(`SELECT to_json(${index}) FROM pg_sleep(${delay})`);
      const wrong = query('SELEKT').then(
        () => 'answered',
        (error) => error.state,
      );
      assert.equal(await Promise.all(delays.map(ask)), [[0], [1], [2], [3]]);
      assert.is(await wrong, '42601');
    }));

  it('says so when the connection is lost, while it waits and afterwards', () =>
    opened(async ({query, isOpen}) => {
      const [pid] = await query<number>('SELECT to_json(pg_backend_pid())');
      const running = faultOf(() => query('SELECT pg_sleep(30)'), 'toolFailed');
      await until(
        async () =>
          (await psql(
            server,
            `SELECT pg_terminate_backend(${pid}) FROM pg_stat_activity WHERE pid = ${pid} AND state = 'active'`,
          )) === 't',
        'it ran',
      );
      const fault = await running;
      assert.is(fault.message, 'the connection to the server was lost');
      assert.match(String(fault.cause), /terminating connection/);
      assert.is(isOpen(), false);
      await faultOf(() => query('SELECT 1'), 'toolFailed');
    }));

  it('says so when there is no server to speak to', async () => {
    const nowhere = {libpq: {...connection.libpq, PGPORT: '1'}, source: 'test'};
    const work = () =>
      withSession(testShell(), psqlSession(nowhere, server.binaries), ({query}) =>
        query('SELECT 1'),
      );
    assert.match(String((await faultOf(work, 'toolFailed')).cause), /No such file|refused/);
  });

  it("ends the server's side of a query within seconds when the run is ended", async () => {
    const stop = new AbortController();
    const reason = new OpsError('interrupted', 'Ctrl-C');
    const started = performance.now();
    const work = opened(({query}) => {
      setTimeout(() => stop.abort(reason), 300);
      return query('SELECT to_json(count(*)) FROM generate_series(1, 1e12)');
    }, stop.signal);
    assert.is(await work.catch((error) => error), reason);
    await until(async () => (await others()) === '0', 'the query is gone', 3_000);
    assert.ok(performance.now() - started < 5_000);
  });

  it('ends a transaction and its locks when the work is done, or throws', async () => {
    await psql(server, 'CREATE TABLE held (a int)', {database: 'app'});
    const works = [async () => 'done', () => Promise.reject(new RangeError('mine'))];
    for (const work of works) {
      await opened(async ({query}) => {
        await query('BEGIN');
        await query('LOCK TABLE held IN ACCESS EXCLUSIVE MODE');
        return work();
      }).catch((error) => assert.is(error.message, 'mine'));
      await psql(server, "SET lock_timeout = '2s'; TRUNCATE held", {database: 'app'});
    }
    assert.is(await others(), '0');
  });

  it('listens to nothing any more once it is closed', async () => {
    const {signal} = new AbortController();
    await opened(({query}) => query('SELECT to_json(1)'), signal);
    assert.equal(getEventListeners(signal, 'abort'), []);
  });
}

it.run();
