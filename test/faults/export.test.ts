/** Exports into SQLite whose programs, disk or server go away: no file, nothing half, and a next run that works. */
import {execFileSync, spawn} from 'node:child_process';
import {readdirSync, readFileSync, statSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {DoorResult} from '../support/door.ts';
import {
  makePlace,
  type Place,
  pairs,
  programsGone,
  sessionsGone,
  until,
} from '../support/faults.ts';
import {askFile} from '../support/migrated.ts';
import {withMemoryDisk} from '../support/mounts.ts';
import {startPostgres} from '../support/postgres.ts';
import {programs} from '../support/programs.ts';
import {ok} from '../support/project.ts';
import {canInject, has} from '../support/require.ts';

const it = suite('export into SQLite under fire');

const rows = 300_000;

if (has('postgres') && has('sqlite')) {
  let server: Awaited<ReturnType<typeof startPostgres>>;
  let place: Place;
  it.before(async () => {
    server = await startPostgres();
    place = await makePlace(server, {sql: pairs(rows), withOlderSet: false});
  });
  it.after(async () => {
    await place?.end();
    await server?.end();
  });

  const folder = () => join(place.project, 'out');
  const file = () => join(folder(), 'app.db');
  const exported = (options = {}): Promise<DoorResult> =>
    place.run('export', ['--sqlite-path', file()], options);

  /** What carries the rows of our run into its file. */
  const program = (name: string) =>
    programs().find(
      (one) =>
        one.name === name &&
        !one.words.includes('-readonly') &&
        (one.words.includes(folder()) || environmentOf(one.pid).includes(place.database)),
    );
  const environmentOf = (pid: number): string => {
    try {
      return readFileSync(`/proc/${pid}/environ`, 'utf8');
    } catch {
      return '';
    }
  };

  const copying = `SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%COPY %TO STDOUT%' AND pid <> pg_backend_pid() AND state = 'active' AND datname = current_database()`;

  /** The rows are on their way: the programs that ask the new file some question are gone in a moment. */
  const isWriting = async (): Promise<boolean> =>
    program('sqlite3')?.words.includes('journal_mode = OFF') === true &&
    program('psql') !== undefined &&
    (await place.sql(copying)) !== '0';

  /** A run that something befalls while it writes. */
  const befalls = async (act: (pid: number) => unknown): Promise<DoorResult> => {
    execFileSync('mkdir', ['-p', folder()]);
    let pid = 0;
    let hasEnded = false;
    const running = exported({onStart: (started: number) => (pid = started)}).finally(() => {
      hasEnded = true;
    });
    await until(async () => hasEnded || (await isWriting()), 'rows are written');
    assert.not(hasEnded, 'the run is still at work');
    await act(pid);
    return running;
  };

  const leaves = ({exitCode, stderr, stdout}: DoorResult, expected: number | null) => {
    assert.is(exitCode, expected, stdout + stderr);
    assert.not.match(stderr, /^ +at .*\.ts:\d+/m);
  };

  const isEmpty = () => assert.equal(readdirSync(folder()), []);

  const works = async () => {
    ok(await exported());
    assert.equal(readdirSync(folder()), ['app.db']);
    assert.is(
      askFile(file(), 'SELECT count(*), count(DISTINCT note) FROM pair'),
      `${rows}|${rows}`,
    );
    execFileSync('rm', [file()]);
  };

  for (const name of ['sqlite3', 'psql'])
    it(`leaves nothing where ${name} is killed in the middle`, async () => {
      const result = await befalls(() => {
        const found = program(name);
        assert.ok(found, `${name} is at work`);
        process.kill(found.pid, 'SIGKILL');
      });
      leaves(result, 7);
      // One that gets half a line ends as well, and the session is a psql too: any may be heard of first.
      assert.match(result.stderr, /sqlite3|psql|connection to the server was lost/);
      isEmpty();
      await programsGone(place);
      await sessionsGone(place);
    });

  for (const [signal, exit] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    it(`leaves nothing behind ${signal}`, async () => {
      leaves(await befalls((pid) => process.kill(pid, signal)), exit);
      isEmpty();
      await programsGone(place);
      await sessionsGone(place);
    });

  it('leaves nothing where its sessions in the server are ended', async () => {
    const ended = `SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()`;
    leaves(await befalls(() => place.sql(ended)), 7);
    isEmpty();
    await programsGone(place);
  });

  it('leaves nothing under the name where it is killed itself, and the next run clears up', async () => {
    const result = await befalls((pid) => process.kill(pid, 'SIGKILL'));
    assert.is(result.signal, 'SIGKILL');
    const [left = '', ...others] = readdirSync(folder());
    assert.match(left, /^app\.db\.\d+\.incoming$/);
    assert.equal(others, []);
    await works();
    await programsGone(place);
    await sessionsGone(place);
  });

  if (canInject('mount'))
    it('leaves nothing on a disk that gets full, says so, and works where there is room', async () => {
      await withMemoryDisk(folder(), '8M', async ({remount}) => {
        const full = await exported();
        leaves(full, 7);
        assert.match(full.stderr, /is full/);
        isEmpty();
        await programsGone(place);
        await sessionsGone(place);
        await remount('size=400M');
        await works();
      });
    });

  it('never replaces what has come under the name meanwhile', async () => {
    const result = await befalls(() => writeFileSync(file(), 'mine'));
    leaves(result, 2);
    assert.is(readFileSync(file(), 'utf8'), 'mine');
    assert.equal(readdirSync(folder()), ['app.db']);
    execFileSync('rm', [file()]);
  });

  it('leaves nothing where the server is stopped at once, and works when it is back', async () => {
    const data = join(server.folder, 'server', 'data');
    const parent = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
    const words = readFileSync(`/proc/${parent}/cmdline`, 'utf8').split('\0').slice(0, -1);
    const [postgres = '', ...args] = words;
    const {uid, gid} = statSync(data);
    leaves(await befalls(() => process.kill(parent, 'SIGQUIT')), 7);
    isEmpty();
    await programsGone(place);
    const gone = await place.run('export', ['--sqlite-path', file()], {
      env: {DB_CONNECT_RETRY_MAX_ATTEMPTS: '1'},
    });
    leaves(gone, 6);
    isEmpty();
    const again = spawn(postgres, args, {uid, gid, cwd: data, stdio: 'ignore'});
    try {
      const answers = () =>
        place.sql('SELECT 1').then(
          () => true,
          () => false,
        );
      await until(answers, 'the server is up again');
      await works();
    } finally {
      again.kill('SIGTERM');
      await until(() => again.exitCode !== null || again.signalCode !== null, 'it has stopped');
    }
  });
}

it.run();
