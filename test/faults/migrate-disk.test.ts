/** Migrates whose disks get full, on either side, and whose server is stopped: the target is what it was, and a second run ends exact. */
import {execFileSync, spawn} from 'node:child_process';
import {readdirSync, readFileSync, statSync} from 'node:fs';
import {stat, statfs, unlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {makePlace, type Place, programsGone, sessionsGone, until} from '../support/faults.ts';
import {askFile, makeSqlite} from '../support/migrated.ts';
import {withMemoryDisk} from '../support/mounts.ts';
import {psql, startPostgres} from '../support/postgres.ts';
import {ok} from '../support/project.ts';
import {canInject, has} from '../support/require.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('migrate onto full disks and stopped servers');

const rows = 60_000;
const source = `CREATE TABLE pair (id INTEGER PRIMARY KEY, note TEXT, at TEXT); CREATE INDEX by_note ON pair (note);
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
  INSERT INTO pair SELECT i, 'note ' || i || hex(randomblob(90)), date('2024-01-01', (i % 300) || ' days') FROM n;
  CREATE TABLE mark (id INTEGER PRIMARY KEY, pair INT REFERENCES pair (id)); INSERT INTO mark SELECT id, id FROM pair WHERE id % 7 = 0;`;

const old = `CREATE TABLE pair (old text); INSERT INTO pair VALUES ('old');`;

const isOld = async (place: Place): Promise<void> => {
  assert.is(
    await place.sql(
      `SELECT old FROM pair; SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'pgkeep_incoming%'`,
    ),
    'old\n0',
  );
};

const isNew = async (place: Place): Promise<void> => {
  assert.is(
    await place.sql(
      `SELECT count(*), count(DISTINCT note) FROM pair; SELECT count(*) FROM mark; SELECT count(*) FROM pg_namespace WHERE nspname LIKE 'pgkeep_incoming%'`,
    ),
    `${rows}|${rows}\n${Math.floor(rows / 7)}\n0`,
  );
};

/** Leaves this many bytes free on a disk. */
const fillUpTo = async (folder: string, bytes: number): Promise<void> => {
  const {bavail, bsize} = await statfs(folder);
  await writeFile(join(folder, 'filler'), Buffer.alloc(bavail * bsize - bytes));
};

/** By months too: what is built then is a tree. */
const writeMap = async (place: Place): Promise<string> => {
  const map = join(place.project, 'map.yaml');
  await writeFile(map, 'tables: {pair: {partition: {by: at, every: month}}}');
  return map;
};

if (has('postgres') && has('sqlite')) {
  it('leaves the target as it was where the server is stopped at once under the load', async () => {
    const server = await startPostgres();
    let again: ReturnType<typeof spawn> | undefined;
    try {
      const place = await makePlace(server, {sql: old, withOlderSet: false});
      const file = makeSqlite(place.project, source);
      const words = ['--sqlite-path', file, '--force-recreate', '--yes'];
      const migrated = () => place.run('migrate', words);
      let hasEnded = false;
      const running = migrated().finally(() => {
        hasEnded = true;
      });
      const loading = `SELECT count(*) FROM pg_stat_activity WHERE query LIKE 'COPY %FROM STDIN%' AND pid <> pg_backend_pid()`;
      await until(async () => hasEnded || (await place.sql(loading)) !== '0', 'a table is loaded');
      const data = join(server.folder, 'server', 'data');
      const parent = Number(readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n')[0]);
      const words2 = readFileSync(`/proc/${parent}/cmdline`, 'utf8').split('\0').slice(0, -1);
      const [program = '', ...args] = words2;
      const {uid, gid} = statSync(data);
      process.kill(parent, 'SIGQUIT');
      const result = await running;
      assert.is(result.exitCode, 7, result.stdout + result.stderr);
      assert.not.match(result.stderr, /^ +at .*\.ts:\d+/m);
      await programsGone(place);
      again = spawn(program, args, {uid, gid, cwd: data, stdio: 'ignore'});
      const answers = () =>
        place.sql('SELECT 1').then(
          () => true,
          () => false,
        );
      await until(answers, 'the server is up again');
      // Nobody was there to drop what was built: the next run does, and says so.
      assert.is(await place.sql('SELECT old FROM pair'), 'old');
      const next = await migrated();
      ok(next);
      await isNew(place);
      await place.end();
    } finally {
      again?.kill('SIGTERM');
      await server.end().catch(() => {});
    }
  });
}

if (has('postgres') && has('sqlite') && canInject('mount', 'chown')) {
  it('leaves the target as it was where the disk of the server gets full, and ends exact when there is room', () =>
    withTempFolder((folder) => {
      const small = join(folder, 'small');
      return withMemoryDisk(small, '120M', async () => {
        execFileSync('chmod', ['711', folder, small]);
        const server = await startPostgres();
        try {
          const {uid, gid} = await stat(server.libpq['PGHOST'] ?? '');
          execFileSync('chown', [`${uid}:${gid}`, small]);
          await psql(server, `CREATE TABLESPACE small LOCATION '${small}'`);
          const place = await makePlace(server, {sql: '', withOlderSet: false});
          await psql(server, `ALTER DATABASE ${place.database} SET TABLESPACE small`);
          await place.sql(old);
          const file = makeSqlite(place.project, source);
          const words = ['--sqlite-path', file, '--force-recreate', '--yes'];
          for (const more of [[], ['--map', await writeMap(place)]]) {
            await fillUpTo(small, 9_000_000);
            const failed = await place.run('migrate', [...words, ...more]);
            assert.is(failed.exitCode, 7, failed.stdout + failed.stderr);
            assert.match(
              failed.stderr,
              /No space left on device|Check free disk space/,
              failed.stderr,
            );
            assert.not.match(failed.stderr, /^ +at .*\.ts:\d+/m);
            await isOld(place);
            await programsGone(place);
            await sessionsGone(place);
            await unlink(join(small, 'filler'));
            ok(await place.run('migrate', [...words, ...more]));
            await isNew(place);
            ok(await place.run('undo', ['--yes']));
            await place.sql(
              `DO $$ DECLARE n text; BEGIN FOR n IN SELECT nspname FROM pg_namespace WHERE nspname LIKE 'pgkeep_before%' LOOP EXECUTE format('DROP SCHEMA %I CASCADE', n); END LOOP; END $$`,
            );
          }
          await place.end();
        } finally {
          await server.end();
        }
      });
    }));

  it('leaves nothing of a copy for which the disk was too small, seen before or only while it was made', async () => {
    const server = await startPostgres();
    const place = await makePlace(server, {sql: old, withOlderSet: false});
    try {
      await withMemoryDisk(place.backups, '6M', async ({remount}) => {
        const words = (file: string) => ['--sqlite-path', file, '--force-recreate', '--yes'];
        const copies = () => readdirSync(join(place.backups, 'sqlite'));
        const large = makeSqlite(place.project, source);
        const refused = await place.run('migrate', words(large));
        assert.is(refused.exitCode, 6, refused.stderr);
        assert.match(refused.stderr, /bytes are free/);
        assert.equal(copies(), []);

        // What a log holds is seen in no size of the file: the writer that left it is gone.
        const logged = makeSqlite(place.project, 'PRAGMA journal_mode = wal; CREATE TABLE t (a);');
        execFileSync(
          'bash',
          ['-c', `{ cat; printf '.shell kill -9 $PPID\\n'; } | sqlite3 '${logged}'; true`],
          {
            input: `PRAGMA wal_autocheckpoint = 0;\n${source}\n`,
            stdio: ['pipe', 'ignore', 'ignore'],
          },
        );
        assert.ok(statSync(logged).size < 1_000_000, 'the file itself is small');
        const full = await place.run('migrate', words(logged));
        assert.is(full.exitCode, 7, full.stdout + full.stderr);
        assert.match(full.stderr, /could not be copied/);
        assert.not.match(full.stderr, /^ +at .*\.ts:\d+/m);
        assert.equal(copies(), []);
        await isOld(place);
        await programsGone(place);

        await remount('size=200M');
        ok(await place.run('migrate', words(logged)));
        await isNew(place);
        assert.is(askFile(logged, 'SELECT count(*) FROM pair'), String(rows));
      });
    } finally {
      await place.end();
      await server.end();
    }
  });
}

it.run();
