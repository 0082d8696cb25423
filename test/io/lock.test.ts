import {spawn} from 'node:child_process';
import {once} from 'node:events';
import {mkdir, readFile, rm, stat, symlink} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {tryFlock} from '../../lib/io/flock.ts';
import {withLock} from '../../lib/io/lock.ts';
import {createShell} from '../../lib/io/shell.ts';
import {OpsError} from '../../lib/model/errors.ts';
import {loaderFlags, repository} from '../support/door.ts';
import {testShell} from '../support/postgres.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('lock');
const shell = testShell();
const me = {verb: 'prune', since: '2026-11-21T00:00:00Z'};

const faultOf = async (work: Promise<unknown>): Promise<OpsError> => {
  const fault = await work.then(
    () => undefined,
    (error) => error,
  );
  assert.instance(fault, OpsError);
  return fault;
};

/** Another process that holds the lock until it is killed. */
const holderOf = async (file: string) => {
  const words = [...loaderFlags, `${repository}test/fixtures/lock-holder.ts`, file];
  const child = spawn(process.execPath, words, {stdio: ['ignore', 'pipe', 'inherit']});
  await once(child.stdout, 'data');
  return child;
};

it('keeps others out, names the holder, and is free as soon as the holder is killed', async () => {
  await withTempFolder(async (folder) => {
    const file = join(folder, '.lock');
    const holder = await holderOf(file);
    const fault = await faultOf(withLock(shell, {file, ...me}, async () => {}));
    assert.is(fault.exit, 75);
    assert.is(
      fault.message,
      `another run is at work on this database: backup since 2026-11-20T03:15:00Z, process ${holder.pid}`,
    );
    holder.kill('SIGKILL');
    await once(holder, 'exit');
    assert.is(await withLock(shell, {file, ...me}, async () => 'mine'), 'mine');
  });
});

it('is free after the work, also when that throws; the file stays, for its owner alone', async () => {
  await withTempFolder(async (folder) => {
    const file = join(folder, '.lock');
    const work = withLock(shell, {file, ...me}, async () => {
      throw new RangeError('mine');
    });
    assert.is(await work.catch((error) => error.message), 'mine');
    await withLock(shell, {file, ...me}, async () => {});
    assert.is((await stat(file)).mode & 0o777, 0o600);
    assert.is(JSON.parse(await readFile(file, 'utf8')).pid, process.pid);
  });
});

it('does not trust a file that lost its name while it waited', async () => {
  await withTempFolder(async (folder) => {
    const file = join(folder, 'lock');
    const first = await tryFlock(shell, file);
    assert.ok(first);
    await rm(file);
    const second = await tryFlock(shell, file);
    assert.ok(second, 'a new file has a lock of its own');
    assert.is(await tryFlock(shell, file), undefined);
    first.release();
    second.release();
  });
});

it('is unavailable without flock, through a link, and where the folder is missing', async () => {
  await withTempFolder(async (folder) => {
    await mkdir(join(folder, 'empty'));
    await symlink('/etc/passwd', join(folder, 'link'));
    const poor = createShell({
      environment: {PATH: join(folder, 'empty')},
      signal: new AbortController().signal,
      redact: (text) => text,
      trace: () => {},
    });
    const rows = [
      [poor, 'lock', /flock was not found/],
      [shell, 'link', /can't be opened/],
      [shell, 'no/lock', /can't be opened/],
    ] as const;
    for (const [hands, name, message] of rows) {
      const fault = await faultOf(
        withLock(hands, {file: join(folder, name), ...me}, async () => {}),
      );
      assert.is(fault.kind, 'unavailable');
      assert.match(fault.message, message);
    }
  });
});

it.run();
