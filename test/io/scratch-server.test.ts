import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {chmod, mkdir, readdir, readFile, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {sweepScratchFolders} from '../../lib/io/scratch-sweep.ts';
import {causesOf, OpsError} from '../../lib/model/errors.ts';
import {loaderFlags, repository} from '../support/door.ts';
import {psql, testShell, withPostgres} from '../support/postgres.ts';
import {has, scaled} from '../support/require.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('scratch server');
const isRoot = process.getuid?.() === 0;

/** A parent folder that other accounts can pass. */
const withParent = <T>(use: (parent: string) => Promise<T>): Promise<T> =>
  withTempFolder(async (folder) => {
    await chmod(folder, 0o755);
    return use(folder);
  });

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const untilGone = async (pid: number) => {
  for (let waits = 0; waits < 200 && isAlive(pid); waits += 1) await setTimeout(50);
  assert.not.ok(isAlive(pid), `process ${pid} is still there`);
};

/** No process has the folder among its arguments any more. */
const untilNobodyIn = async (folder: string) => {
  for (let waits = 0; ; waits += 1) {
    const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
    const lines = await Promise.all(
      pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
    );
    const left = lines.filter((line) => line.includes(folder));
    if (left.length === 0) return;
    assert.ok(waits < 100, `still running: ${left.join()}`);
    await setTimeout(50);
  }
};

const faultOf = async (work: Promise<unknown>): Promise<OpsError> => {
  try {
    await work;
  } catch (error) {
    if (error instanceof OpsError) return error;
    throw error;
  }
  throw new Error('expected a fault');
};

if (has('postgres')) {
  it('answers on its socket, and is gone with its folder afterwards', async () => {
    const seen = await withPostgres({superuser: 'app owner'}, async (server) => {
      const answer = await psql(server, `SELECT current_user, current_setting('listen_addresses')`);
      assert.is(answer, 'app owner|');
      assert.is((await stat(server.libpq['PGHOST'] ?? '')).mode & 0o777, 0o700);
      return server;
    });
    assert.not.ok(isAlive(seen.pid));
    assert.is(await stat(seen.folder).catch(() => 'gone'), 'gone');
  });

  it('takes any name for the first role', async () => {
    for (const superuser of [`it's "x" \\ $1`, 'ünï', '-x']) {
      await withPostgres({superuser}, async (server) => {
        assert.is(await psql(server, 'SELECT current_user'), superuser);
      });
    }
  });

  it('runs without rights and without our environment', async () => {
    process.env['PGKEEP_TEST_CANARY'] = 'canary';
    await withPostgres({}, async (server) => {
      const status = await readFile(`/proc/${server.pid}/status`, 'utf8');
      if (isRoot) assert.match(status, /^Uid:\s+65534\s+65534\s+65534\s+65534$/m);
      if (isRoot) assert.match(status, /^NoNewPrivs:\s+1$/m);
      const environment = await readFile(`/proc/${server.pid}/environ`, 'utf8');
      assert.not.match(environment, /canary|PGKEEP/);
    });
  });

  it('takes settings, a locale and an encoding', async () => {
    const options = {
      settings: {wal_level: 'logical', max_wal_senders: '4'},
      locale: 'C',
      encoding: 'SQL_ASCII',
    };
    await withPostgres(options, async (server) => {
      const sql = `SELECT current_setting('wal_level'), current_setting('server_encoding'), datcollate FROM pg_database LIMIT 1`;
      assert.is(await psql(server, sql), 'logical|SQL_ASCII|C');
    });
  });

  it('clears up and keeps the error when its user throws', async () => {
    await withParent(async (folder) => {
      const work = withPostgres({folder}, async () => {
        throw new RangeError('mine');
      });
      assert.is(await work.catch((error) => error.message), 'mine');
      assert.equal(await readdir(folder), []);
    });
  });

  it('ends a user that waits when the signal aborts, and gives its reason', async () => {
    await withParent(async (folder) => {
      const stop = new AbortController();
      const reason = new OpsError('interrupted', 'stopped by Ctrl-C');
      const work = withPostgres({folder, signal: stop.signal}, async (server) => {
        setTimeout(100).then(() => stop.abort(reason));
        await psql(server, 'SELECT pg_sleep(60)');
      });
      assert.is(await faultOf(work), reason);
      assert.equal(await readdir(folder), []);
    });
  });

  it('aborts while it is being made, leaving nothing', async () => {
    await withParent(async (folder) => {
      for (const milliseconds of [1, 60, 250, 500]) {
        const reason = new OpsError('terminated', 'stopped by SIGTERM');
        const stop = new AbortController();
        setTimeout(milliseconds).then(() => stop.abort(reason));
        const work = withPostgres({folder, signal: stop.signal}, () => setTimeout(5_000));
        assert.is(await faultOf(work), reason);
        assert.equal(await readdir(folder), []);
      }
    });
  });

  it('says so, with its log, when the server dies in use', async () => {
    const fault = await faultOf(
      withPostgres({}, async (server) => {
        const backend = Number(
          await psql(
            server,
            'SELECT pid FROM pg_stat_activity WHERE backend_type = $$checkpointer$$',
          ),
        );
        process.kill(backend, 'SIGSEGV');
        await setTimeout(300);
        await psql(server, 'SELECT 1');
      }),
    );
    assert.is(fault.kind, 'toolFailed');
    assert.match(fault.message, /^the throw-away PostgreSQL ended with exit code 1 while in use$/);
    assert.match(causesOf(fault).join('\n'), /terminated by signal 11[\s\S]*psql:/);
  });

  it('shows the log of a server that does not start', async () => {
    await withParent(async (folder) => {
      const fault = await faultOf(
        withPostgres({folder, settings: {shared_buffers: 'lots'}}, async () => {}),
      );
      assert.is(fault.kind, 'unavailable');
      assert.match(causesOf(fault).join('\n'), /invalid value for parameter "shared_buffers"/);
      assert.equal(await readdir(folder), []);
    });
  });

  it('is unavailable where the locale, the programs or the folder are missing', async () => {
    const rows = [
      [{locale: 'xx_XX.UTF-8'}, /invalid locale name/],
      [{binaries: '/usr/lib/postgresql/99/bin'}, /No such file|ENOENT/],
      [{folder: '/var/tmp/pgkeep-no-such-folder'}, /ENOENT/],
    ] as const;
    for (const [options, cause] of rows) {
      const fault = await faultOf(withPostgres(options, async () => {}));
      assert.is(fault.kind, 'unavailable');
      assert.match(causesOf(fault).join('\n'), cause);
    }
  });

  it('puts its socket elsewhere when the path is too long for one', async () => {
    await withParent(async (parent) => {
      const folder = join(parent, 'x'.repeat(100));
      await mkdir(folder);
      const socket = await withPostgres({folder}, async (server) => {
        assert.is(await psql(server, 'SELECT 1'), '1');
        return server.libpq['PGHOST'] ?? '';
      });
      assert.match(socket, /^\/tmp\/pgkeep-socket-/);
      assert.is(await stat(socket).catch(() => 'gone'), 'gone');
      assert.equal(await readdir(folder), []);
    });
  });

  it('is not held up by a process that a statement left behind', async () => {
    await withPostgres({}, async (server) => {
      await psql(
        server,
        `COPY (SELECT 1) TO PROGRAM 'cat >/dev/null; setsid sleep 20 >/dev/null &'`,
      );
    });
  });

  it('leaves no process whenever pgkeep is killed, and the next run sweeps the folder', async () => {
    await withParent(async (folder) => {
      for (let turn = 0; turn < scaled(4); turn += 1) {
        const words = [...loaderFlags, `${repository}test/fixtures/scratch-holder.ts`, folder];
        const holder = spawn(process.execPath, words, {stdio: 'ignore'});
        for (let waits = 0; waits < 200 && (await readdir(folder)).length === 0; waits += 1)
          await setTimeout(10);
        await setTimeout((turn * 137) % 1_000);
        holder.kill('SIGKILL');
        await untilNobodyIn(folder);
        // A child of initdb, or the flock that was just asked, may take a moment longer to go.
        for (let waits = 0; waits < 100 && (await readdir(folder)).length > 0; waits += 1) {
          await sweepScratchFolders(testShell(), folder);
          await setTimeout(50);
        }
        assert.equal(await readdir(folder), []);
      }
    });
  });

  it('sweeps what a killed run left, and nothing that is in use', async () => {
    await withParent(async (folder) => {
      const words = [...loaderFlags, `${repository}test/fixtures/scratch-holder.ts`, folder];
      const holder = spawn(process.execPath, words, {stdio: ['ignore', 'pipe', 'inherit']});
      const [line] = await once(holder.stdout, 'data');
      const held = JSON.parse(line) as {pid: number; folder: string};
      assert.equal(await sweepScratchFolders(testShell(), folder), [], 'swept a folder in use');
      assert.ok(isAlive(held.pid));
      holder.kill('SIGKILL');
      await untilGone(held.pid);
      assert.equal(await readdir(folder), [held.folder.split('/').at(-1)]);
      await withPostgres({folder}, async () => {
        assert.is(await stat(held.folder).catch(() => 'gone'), 'gone');
      });
      assert.equal(await readdir(folder), []);
    });
  });
}

it.run();
