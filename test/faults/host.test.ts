/** Hosts that give little: few files, few processes, little memory, no output, no home, another language. */
import {chmod, chown, mkdtemp, readdir, rm, stat} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {readShelf} from '../../lib/io/store.ts';
import {compileDoors} from '../support/compiled.ts';
import {makePlace, type Place, pairs, succeeds, survives, until} from '../support/faults.ts';
import {psql, startPostgres} from '../support/postgres.ts';
import {canInject, has} from '../support/require.ts';

const it = suite('host');

/** Words of a shell around a door. */
const shell = (words: string): readonly string[] => ['sh', '-c', words, 'sh'];

if (has('postgres')) {
  let server: Awaited<ReturnType<typeof startPostgres>>;
  let compiled: string;
  let place: Place;
  it.before(async () => {
    compiled = await mkdtemp(join(tmpdir(), 'pgkeep-test-'));
    await compileDoors(compiled, ['backup', 'list', 'verify']);
    await chmod(compiled, 0o755);
    server = await startPostgres();
    place = await makePlace(server);
  });
  it.after(async () => {
    await rm(compiled, {recursive: true, force: true});
    await place.end();
    await server.end();
  });

  const count = async () => (await readShelf(place.shelf)).sets.length;

  it('lets one of fifty simultaneous runs work and turns the others away at once', async () => {
    const {env, meanwhile} = await place.programs({standIns: {pg_dump: 'pg_dump-paused'}});
    const runs = Array.from({length: 50}, () => place.run('backup', [], {env, compiled}));
    const ended: (number | null)[] = [];
    for (const run of runs) void run.then(({exitCode}) => ended.push(exitCode));
    // The one at work is paused until all others are gone.
    await meanwhile(
      Promise.all(runs).then(([first]) => first as never),
      () =>
        until(
          () => ended.length === 49,
          () => `49 have ended: ${ended}`,
          120_000,
        ),
    );
    await Promise.all(runs);
    assert.equal(ended, [...Array.from({length: 49}, () => 75), 0]);
  });

  for (const files of [16, 20, 24, 32])
    it(`ends with a reason where a process may open ${files} files`, async () => {
      const before = await count();
      const under = shell(`ulimit -n ${files}; exec "$@"`);
      const result = await place.run('backup', [], {under, compiled});
      const said = `${result.exitCode} ${result.signal} ${result.stdout}${result.stderr}`;
      if (result.exitCode === 0) return assert.is(await count(), before + 1, said);
      assert.is(await count(), before, said);
      // Below about twenty Node itself does not start.
      if (result.signal !== null || /node::|libuv|uv_|Node.js v/.test(result.stderr)) return;
      assert.ok([6, 7].includes(result.exitCode ?? -1), said);
      assert.match(result.stderr, /EMFILE|too many open files|could not/i, said);
      assert.not.match(result.stderr, /^ +at .*:\d+:\d+/m, said);
    });

  if (canInject('prlimit', 'setpriv')) {
    it('ends with a reason where no more processes can be started', async () => {
      const other = await makePlace(server, {withOlderSet: false});
      // The server's own account: another could not reach its socket.
      const {uid, gid} = await stat(server.libpq['PGHOST'] ?? '');
      await chown(other.project, uid, gid);
      const user = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
      // The server's own processes count; below some number Node itself does not start, or waits for a thread for ever.
      for (const limit of [24, 40, 44, 48]) {
        const under = [...user, 'prlimit', `--nproc=${limit}`, '--'];
        const result = await other.run('backup', [], {under, compiled, timeoutSeconds: 10});
        const said = `${limit}: ${result.exitCode} ${result.signal} ${result.stdout}${result.stderr}`;
        if (result.exitCode === 0) break;
        if (result.signal !== null || /node::|libuv|Node.js v/.test(result.stderr)) continue;
        assert.ok([6, 7].includes(result.exitCode ?? -1), said);
        assert.not.match(result.stderr, /^ +at .*:\d+:\d+/m, said);
        assert.equal((await readShelf(other.shelf)).sets, [], said);
      }
      const after = await other.run('backup', [], {under: user, compiled});
      assert.is(after.exitCode, 0, after.stderr);
      await other.end();
    });

    it("says that a user may not use the server's socket, and does not wait for it", async () => {
      const folder = server.libpq['PGHOST'] ?? '';
      const other = await makePlace(server, {withOlderSet: false});
      await chown(other.project, 65_533, 65_533);
      const under = ['setpriv', '--reuid=65533', '--regid=65533', '--clear-groups'];
      const {mode} = await stat(folder);
      await chmod(folder, 0o700);
      const startedAt = performance.now();
      const {exitCode, stderr} = await other.run('backup', [], {under, compiled});
      await chmod(folder, mode);
      assert.is(exitCode, 6, stderr);
      assert.match(stderr, /may not use the server's socket[\s\S]*Permission denied/);
      assert.ok(performance.now() - startedAt < 10_000);
      await other.end();
    });
  }

  it('needs no more memory for a larger database', async () => {
    const large = await makePlace(server, {sql: pairs(400_000), withOlderSet: false});
    const env = {NODE_OPTIONS: '--max-old-space-size=32'};
    const {exitCode, stderr} = await large.run('backup', ['--compress', 'none'], {env, compiled});
    assert.is(exitCode, 0, stderr);
    const {sets} = await readShelf(large.shelf);
    const [set] = sets;
    assert.ok((set?.manifest.files[0]?.bytes ?? 0) > 24_000_000);
    await large.end();
  });

  const outputs: readonly [what: string, words: string, exits: readonly number[]][] = [
    ['a reader that has gone', '"$@" | head -c 0; exit 0', [0]],
    ['no standard output', 'exec "$@" >&-', [0, 7]],
    ['no standard error', 'exec "$@" 2>&-', [0]],
    ['no standard input', 'exec "$@" <&-', [0]],
    ['none of the three', 'exec "$@" <&- >&- 2>&-', [0, 7]],
    ['no HOME', 'unset HOME; exec "$@"', [0]],
    ['no USER, LOGNAME or TMPDIR', 'unset USER LOGNAME TMPDIR; exec "$@"', [0]],
    ['a working directory that is read-only', 'cd /proc/self; exec "$@"', [0]],
    ['a Turkish locale', 'LC_ALL=tr_TR.UTF-8 LANG=tr_TR.UTF-8 exec "$@"', [0]],
    ['a Japanese locale', 'LC_ALL=ja_JP.UTF-8 LANGUAGE=ja LC_MESSAGES=ja_JP.UTF-8 exec "$@"', [0]],
    ['a time zone of its own', 'TZ=Asia/Kathmandu PGTZ=Asia/Kathmandu exec "$@"', [0]],
    ['a rule against core dumps and large files', 'ulimit -c 0; exec "$@"', [0]],
  ];
  for (const [what, words, exits] of outputs)
    it(`makes a whole set with ${what}`, async () => {
      const before = await count();
      const {exitCode, stderr} = await place.run('backup', [], {under: shell(words), compiled});
      assert.ok(exits.includes(exitCode ?? -1), `exit ${exitCode}: ${stderr}`);
      assert.not.match(stderr, /^ +at .*:\d+:\d+/m);
      assert.is(await count(), before + 1, stderr);
    });

  for (const format of ['custom', 'directory', 'plain'])
    it(`writes nothing that others can read, whatever the umask: ${format} format`, async () => {
      const under = shell('umask 000; exec "$@"');
      const args = ['--format', format, '--jobs', '2', '--json'].filter(
        (_, index) => format === 'directory' || index < 2 || index === 4,
      );
      const {exitCode, stdout, stderr} = await place.run('backup', args, {under, compiled});
      assert.is(exitCode, 0, stderr);
      const {folder} = JSON.parse(stdout);
      for (const name of ['', ...(await readdir(folder, {recursive: true}))]) {
        const {mode} = await stat(join(folder, name));
        assert.is(mode & 0o077, 0, `${name}: ${mode.toString(8)}`);
      }
    });

  it('says that the current folder is gone', async () => {
    const under = shell('d=$(mktemp -d); cd "$d"; rmdir "$d"; exec "$@"');
    const {exitCode, stderr} = await place.run('backup', [], {under, compiled});
    assert.is(exitCode, 2, stderr);
    assert.match(stderr, 'the current folder is gone');
  });

  it('publishes nothing where a file may not grow as large as the dump', async () => {
    const limited = () => {
      const under = shell('ulimit -f 20; exec "$@"');
      return place.run('backup', ['--compress', 'none'], {under, compiled});
    };
    await survives(place, limited, {exit: 7});
  });

  it('understands a server that speaks to it in whatever style', async () => {
    await psql(server, `ALTER DATABASE ${place.database} SET client_encoding = 'LATIN1'`);
    await psql(server, `ALTER DATABASE ${place.database} SET DateStyle = 'German'`);
    await succeeds(place);
  });
}

it.run();
