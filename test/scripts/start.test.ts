import {chmod, readdir, readFile, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {door} from '../support/door.ts';
import {createDatabase, withPostgres} from '../support/postgres.ts';
import {has} from '../support/require.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('npm start');

/** The folders of throw-away servers that a run left in `folder`, and who still runs in them. */
const leftIn = async (folder: string): Promise<readonly string[]> => {
  const names = (await readdir(folder)).filter((name) => name.startsWith('pgkeep-scratch-'));
  const pids = (await readdir('/proc')).filter((name) => /^\d+$/.test(name));
  const lines = await Promise.all(
    pids.map((pid) => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')),
  );
  return [...names, ...lines.filter((line) => line.includes(folder))];
};

/** A project folder and one for throw-away servers, which other accounts can pass. */
const withFolders = (use: (folders: {project: string; scratch: string}) => Promise<void>) =>
  withTempFolder((project) =>
    withTempFolder(async (scratch) => {
      await chmod(scratch, 0o755);
      await use({project, scratch});
    }),
  );

it('refuses what it does not know, and has no JSON', async () => {
  assert.is((await door('start', ['--fast'])).exitCode, 2);
  assert.is((await door('start', ['--json'])).exitCode, 2);
});

if (has('postgres')) {
  it('tells the story with sample data, leaves one proven set and no process', async () => {
    await withFolders(async ({project, scratch}) => {
      const {exitCode, stdout, stderr} = await door('start', [], {
        cwd: project,
        env: {PGKEEP_SCRATCH: scratch},
      });
      assert.is(exitCode, 0, stderr);
      assert.match(stdout, /20,000 rows/);
      assert.match(stdout, /restore {2}intact/);
      assert.match(stderr, /orders +0 +\S+ +\S+ come back/, 'the plan says what was lost');
      assert.match(stdout, /'shop' is the set \S+ now, compared row for row/);
      assert.match(stdout, /npx pgkeep list/);
      const [id, saved, ...others] = (await readdir(join(project, 'backups/shop'))).filter((name) =>
        /^\d/.test(name),
      );
      assert.ok(saved, 'what was there before the restore is a set too');
      assert.equal(others, []);
      const {mode} = await stat(join(project, 'backups/shop', id ?? '', 'manifest.json'));
      assert.is(mode & 0o777, 0o600);
      assert.equal(await leftIn(scratch), []);
    });
  });

  it('shows what is configured, secrets masked, and backs that up', async () => {
    await withPostgres({}, async (server) => {
      await createDatabase(server, 'mine', {sql: 'CREATE TABLE t AS SELECT 1 AS a'});
      await withFolders(async ({project}) => {
        const url = server.url('mine').replace('postgres@', 'postgres:canary-word@');
        await writeFile(join(project, '.env'), `DATABASE_URL='${url}'\n`, {mode: 0o600});
        const {exitCode, stdout, stderr} = await door('start', [], {cwd: project});
        assert.is(exitCode, 0, stderr);
        assert.match(stdout, /DATABASE_URL/);
        assert.match(stdout, /mine {2}.*1 table, 1 row /);
        assert.not.match(stdout + stderr, /canary-word/);
        assert.is(
          (await readdir(join(project, 'backups/mine'))).filter((name) => /^\d/.test(name)).length,
          1,
        );
      });
    });
  });

  for (const [signal, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)
    it(`ends with everything it started at ${signal}`, async () => {
      await withFolders(async ({project, scratch}) => {
        const {exitCode, signal: ended} = await door('start', [], {
          cwd: project,
          env: {PGKEEP_SCRATCH: scratch},
          onStart: (pid) => void setTimeout(3_000).then(() => process.kill(pid, signal)),
        });
        assert.equal([exitCode, ended], [code, null]);
        await setTimeout(200);
        assert.equal(await leftIn(scratch), []);
      });
    });
}

it.run();
