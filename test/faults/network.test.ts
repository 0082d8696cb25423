/** Links that die, servers that are not there yet, logins that are refused. */
import {appendFile, readFile, writeFile} from 'node:fs/promises';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {scratchPort} from '../../lib/commands/scratch-settings.ts';
import type {DoorResult} from '../support/door.ts';
import {makePlace, type Place, pairs, succeeds, survives, until} from '../support/faults.ts';
import {type Network, startNetwork} from '../support/network.ts';
import {psql} from '../support/postgres.ts';
import {canInject, has} from '../support/require.ts';

const it = suite('network');

const seconds = async (work: () => Promise<DoorResult>) => {
  const startedAt = performance.now();
  const result = await work();
  return {result, took: (performance.now() - startedAt) / 1_000};
};

/** To the server's port only: the resets themselves must come through. */
const resets = ['--dport', scratchPort, '-j', 'REJECT', '--reject-with', 'tcp-reset'];

const once = {DB_CONNECT_RETRY_MAX_ATTEMPTS: '2', DB_CONNECT_RETRY_DELAY: '0.1'};

if (has('postgres') && canInject('unshare', 'nsenter', 'iptables', 'ip')) {
  let network: Network;
  let place: Place;
  const inside = (env: Record<string, string> = {}, args: readonly string[] = []) =>
    place.run('backup', args, {
      env: {DATABASE_URL: network.url(place.database), ...env},
      under: network.inside,
    });
  it.before(async () => {
    network = await startNetwork();
    place = await makePlace(network.server, {sql: pairs(200_000)});
  });
  it.after(async () => {
    await place.end();
    await network.end();
  });

  it('backs up over TCP', async () => {
    const {exitCode, stderr} = await inside();
    assert.is(exitCode, 0, stderr);
  });

  const holes = [
    {what: 'a black hole', words: ['-j', 'DROP']},
    {what: 'a reset', words: resets},
  ];
  for (const {what, words} of holes)
    it(`ends by itself within a minute when the link becomes ${what}`, async () => {
      const {env, meanwhile} = await place.programs({standIns: {pg_dump: 'pg_dump-paused'}});
      const rule = ['INPUT', '-p', 'tcp', ...words];
      const cut = async () => {
        const {result, took} = await seconds(() =>
          meanwhile(inside(env), () => network.iptables('-A', ...rule)),
        );
        await network.iptables('-D', ...rule);
        assert.ok(took < 60, `it took ${took} s`);
        // What the server has not heard of goes with its own keepalives.
        await place.sql(
          `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '${place.database}' AND client_addr IS NOT NULL`,
        );
        return result;
      };
      await survives(place, cut, {exit: [7, 124]});
    });

  it('gives up on a dead address within a minute where no setting says otherwise', async () => {
    await network.iptables('-A', 'INPUT', '-p', 'tcp', '-j', 'DROP');
    const {result, took} = await seconds(() => inside());
    await network.iptables('-F');
    assert.is(result.exitCode, 6, result.stderr);
    assert.match(result.stderr, /answered in 5 attempts/);
    assert.ok(took < 60, `it took ${took} s`);
  });

  const refusals: readonly [what: string, url: () => string, says: RegExp][] = [
    [
      'a refused port',
      () => network.url('x').replace(/:\d+/, ':1'),
      /no PostgreSQL server answered in 2/,
    ],
    [
      'a host that is none',
      () => 'postgresql://a@nowhere.invalid/x',
      /no PostgreSQL server answered in 2/,
    ],
    [
      'a database that is not there',
      () => network.url('nothing'),
      /refused the login of 'postgres' or the database 'nothing'[\s\S]*"nothing" does not exist/,
    ],
    [
      'a role that is not there',
      () => network.url(place.database, 'nobody'),
      /role "nobody" does not exist/,
    ],
  ];
  for (const [what, url, says] of refusals)
    it(`calls the server unavailable: ${what}`, async () => {
      const {exitCode, stderr} = await inside({...once, DATABASE_URL: url()});
      assert.is(exitCode, 6, stderr);
      assert.match(stderr, says);
    });

  it('does not try a wrong password again', async () => {
    await psql(
      network.server,
      `CREATE ROLE guarded LOGIN PASSWORD 'right'; GRANT pg_read_all_data TO guarded`,
    );
    const rules = join(network.server.folder, 'server/data/pg_hba.conf');
    const others = await readFile(rules, 'utf8');
    await writeFile(rules, 'host all guarded 127.0.0.1/32 scram-sha-256\n');
    await appendFile(rules, others);
    await psql(network.server, 'SELECT pg_reload_conf()');
    const url = (password: string) => ({
      DATABASE_URL: network.url(place.database, `guarded:${password}`),
      DB_CONNECT_RETRY_DELAY: '30',
    });
    const {result, took} = await seconds(() => inside(url('wrong')));
    assert.is(result.exitCode, 6, result.stderr);
    assert.match(result.stderr, 'password authentication failed');
    assert.ok(took < 15, `it took ${took} s`);
    assert.is((await inside(url('right'))).exitCode, 0);
    assert.is((await inside(url(''))).exitCode, 6);
  });

  it('does not try again what libpq does not take', async () => {
    const {result, took} = await seconds(() => inside({PGSSLMODE: 'bogus'}));
    assert.is(result.exitCode, 3, result.stderr);
    assert.match(result.stderr, /libpq does not take the connection[\s\S]*sslmode value: "bogus"/);
    assert.ok(took < 10, `it took ${took} s`);
  });

  it('waits for a server that is still starting', async () => {
    await network.iptables('-A', 'INPUT', '-p', 'tcp', ...resets);
    const run = inside({DB_CONNECT_RETRY_MAX_ATTEMPTS: '20', DB_CONNECT_RETRY_DELAY: '0.3'});
    const packets = async () => {
      const {stdout} = await network.iptables('-nvxL', 'INPUT');
      return Number(/^ *(\d+) .*REJECT/m.exec(stdout)?.[1]);
    };
    await until(async () => (await packets()) >= 3, 'it was refused twice');
    await network.iptables('-F');
    const {exitCode, stderr} = await run;
    assert.is(exitCode, 0, stderr);
    assert.match(stderr, /no server yet, trying again/);
  });

  it('gives up on a port where somebody else listens', async () => {
    const deaf = createServer((socket) => socket.end('220 mail.example ESMTP\r\n'));
    await new Promise<void>((resolve) => void deaf.listen(0, '127.0.0.1', resolve));
    const address = deaf.address();
    const port = typeof address === 'object' ? address?.port : 0;
    const env = {...once, DATABASE_URL: `postgresql://a@127.0.0.1:${port}/x`};
    const {exitCode, stderr} = await place.run('backup', [], {env});
    deaf.close();
    assert.is(exitCode, 6, stderr);
  });

  it('names both versions where the client is older than the server', async () => {
    const {env} = await place.programs({standIns: {pg_dump: 'pg_dump-older'}});
    await survives(place, () => place.run('backup', [], {env}), {
      exit: 6,
      says: /the server is PostgreSQL \d+\.\d+, and the newest client here is 13\.9/,
    });
    await succeeds(place);
  });
}

it.run();
