/** A pooler between pgkeep and the server: refused where sessions are not their own, else no matter. */
import {type ChildProcess, spawn} from 'node:child_process';
import {chown, mkdir, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {contentOf, makePlace, type Place, until} from '../support/faults.ts';
import {psql, startPostgres} from '../support/postgres.ts';
import {canInject, has} from '../support/require.ts';

const it = suite('pooler');

if (has('postgres') && canInject('pgbouncer', 'setpriv')) {
  let server: Awaited<ReturnType<typeof startPostgres>>;
  let place: Place;
  it.before(async () => {
    server = await startPostgres();
    place = await makePlace(server);
  });
  it.after(async () => {
    await place.end();
    await server.end();
  });

  /** A pgbouncer before the server, and the settings that lead through it. */
  const through = async (mode: string, use: (env: Record<string, string>) => Promise<unknown>) => {
    const {PGHOST = '', PGPORT = ''} = server.libpq;
    const {uid, gid} = await stat(PGHOST);
    const folder = join(server.folder, 'server', `pool-${mode}`);
    await mkdir(folder);
    await chown(folder, uid, gid);
    const file = join(folder, 'pgbouncer.ini');
    await writeFile(
      file,
      `[databases]
* = host=${PGHOST} port=${PGPORT} user=postgres
[pgbouncer]
listen_port = 6543
listen_addr =
unix_socket_dir = ${folder}
auth_type = any
pool_mode = ${mode}
logfile = ${folder}/log
`,
    );
    const program = ['pgbouncer', file];
    const child: ChildProcess = spawn(
      'setpriv',
      [`--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--', ...program],
      {
        stdio: 'ignore',
        env: {PATH: `${process.env['PATH']}:/usr/sbin`},
      },
    );
    try {
      const libpq = {...server.libpq, PGHOST: folder, PGPORT: '6543'};
      const isUp = () =>
        psql({...server, libpq}, 'SELECT 1', {database: place.database, user: 'postgres'}).then(
          () => true,
          () => false,
        );
      await until(isUp, 'the pooler answers');
      const url = server
        .url(place.database)
        .replace(encodeURIComponent(PGHOST), encodeURIComponent(folder));
      await use({DATABASE_URL: url.replace(`port=${PGPORT}`, 'port=6543')});
    } finally {
      child.kill('SIGKILL');
    }
  };

  for (const mode of ['transaction', 'statement'])
    it(`refuses a pooler in ${mode} mode`, () =>
      through(mode, async (env) => {
        const before = await contentOf(place.shelf);
        const {exitCode, stderr} = await place.run('backup', [], {env});
        assert.ok([6, 7].includes(exitCode ?? -1), stderr);
        if (mode === 'transaction') {
          assert.is(exitCode, 6, stderr);
          assert.match(stderr, /a pooler in transaction mode[\s\S]*session mode/);
        }
        assert.equal(await contentOf(place.shelf), before);
      }));

  it('works through a pooler in session mode', () =>
    through('session', async (env) => {
      const {exitCode, stderr} = await place.run('backup', [], {env});
      assert.is(exitCode, 0, stderr);
    }));
}

it.run();
