/** Dumps by hand that meet a server, a disk or a program that does not play along: an end in time, and nothing touched. */
import {execFile, execFileSync} from 'node:child_process';
import {chmod, readFile, rm, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {gzipSync} from 'node:zlib';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {readJournal} from '../../lib/io/journal.ts';
import {openRuns} from '../../lib/model/restore-journal.ts';
import {serverFolder} from '../../scripts/_packages.ts';
import {makePlace, type Place, programsGone} from '../support/faults.ts';
import {withMemoryDisk} from '../support/mounts.ts';
import {psql, startPostgres} from '../support/postgres.ts';
import {ok} from '../support/project.ts';
import {canInject, has} from '../support/require.ts';

const it = suite('a dump by hand in trouble');
const run = promisify(execFile);

if (has('postgres')) {
  let server: Awaited<ReturnType<typeof startPostgres>>;
  let place: Place;
  let plain = '';
  let archive = '';

  it.before(async () => {
    server = await startPostgres();
    await psql(server, 'CREATE ROLE keeper LOGIN');
    place = await makePlace(server, {sql: 'CREATE TABLE t AS SELECT 1 AS i', withOlderSet: false});
    await psql(server, `ALTER DATABASE ${place.database} OWNER TO keeper`);
    const env = {...process.env, ...server.libpq, PGDATABASE: place.database};
    [plain, archive] = [join(place.project, 'plain'), join(place.project, 'archive')];
    await run(`${server.binaries}/pg_dump`, ['-f', plain], {env});
    await run(`${server.binaries}/pg_dump`, ['-Fc', '-f', archive], {env});
  });
  it.after(async () => {
    await place?.end();
    await server?.end();
  });

  const state = async () => [
    await psql(server, "SELECT string_agg(datname, ',' ORDER BY oid) FROM pg_database"),
    await psql(server, "SELECT string_agg(rolname, ',' ORDER BY rolname) FROM pg_roles"),
    JSON.parse(ok(await place.run('list', ['--json']))).sets.length,
    openRuns(await readJournal(place.shelf)).length,
  ];

  it('knows before the snapshot that the role which loads it may not log in', async () => {
    const rules = join(server.folder, 'server/data/pg_hba.conf');
    const before = await readFile(rules, 'utf8');
    const hba = async (text: string) => {
      await writeFile(rules, text);
      await psql(server, 'SELECT pg_reload_conf(); SELECT pg_sleep(0.2)');
    };
    const restored = (...flags: readonly string[]) =>
      place.run('restore', ['--yes', '--backup-file', plain, ...flags]);
    const was = await state();
    try {
      await hba('local all postgres trust\nlocal all all peer\n');
      const {exitCode, stderr} = await restored();
      assert.is(exitCode, 6, stderr);
      assert.match(stderr, /can not log in[\s\S]*loads with --trust/);
      assert.not.match(stderr, /saving what is there/);
      assert.equal(await state(), was);
      ok(await restored('--trust'));
      ok(await place.run('undo', ['--yes']));
      await hba('local all postgres trust\nlocal all all scram-sha-256\n');
      ok(await restored());
    } finally {
      await hba(before);
    }
  });

  const shared = execFileSync(`${serverFolder()}/pg_config`, ['--sharedir'], {encoding: 'utf8'});
  if (canInject())
    it('fills the tables of an extension, which belong to a superuser', async () => {
      const name = `pgkeep_test_${process.pid}`;
      const files = ['.control', '--1.0.sql'].map((end) =>
        join(shared.trim(), 'extension', `${name}${end}`),
      );
      const [control = '', script = ''] = files;
      const {database} = place;
      try {
        await writeFile(control, "default_version = '1.0'\nrelocatable = true\n");
        await writeFile(
          script,
          `CREATE TABLE codes (id serial, code text); SELECT pg_extension_config_dump('codes', 'WHERE id > 2'); SELECT pg_extension_config_dump('codes_id_seq', ''); INSERT INTO codes (code) VALUES ('own'), ('too');`,
        );
        await Promise.all(files.map((file) => chmod(file, 0o644)));
        await place.sql(`CREATE EXTENSION ${name}; INSERT INTO codes (code) VALUES ('ours')`);
        const env = {...process.env, ...server.libpq, PGDATABASE: database};
        const path = join(place.project, 'extended');
        await run(`${server.binaries}/pg_dump`, ['-Fc', '-f', path], {env});
        await place.sql('DELETE FROM codes');
        ok(await place.run('restore', ['--yes', '--backup-file', path]));
        const codes =
          "SELECT string_agg(code, ',' ORDER BY id), nextval('codes_id_seq') FROM codes";
        assert.is(await place.sql(codes), 'own,too,ours|4');
        const left = "SELECT count(*) FROM pg_class WHERE relacl::text LIKE '%pgkeep_restore%'";
        assert.is(await place.sql(left), '0');
        ok(await place.run('undo', ['--yes']));
        await place.sql(`DROP EXTENSION ${name}`);
      } finally {
        await Promise.all(files.map((file) => rm(file, {force: true})));
      }
    });

  it('ends a pg_restore that turns in circles', async () => {
    const was = await state();
    const {env} = await place.programs({standIns: {pg_restore: 'pg_restore-spinning'}});
    const words = ['--yes', '--backup-file', archive];
    const patience = {...env, PGKEEP_STALL_SECONDS: '2'};
    const {exitCode, stderr} = await place.run('restore', words, {env: patience});
    assert.is(exitCode, 124, stderr);
    assert.match(stderr, /reading '.*archive': nothing moved for 2 s/);
    await programsGone(place);
    assert.equal(await state(), was);
  });

  if (canInject('mount'))
    it('reads no bomb further than the disk would hold', async () => {
      const was = await state();
      const bomb = join(place.project, 'bomb.sql.gz');
      const rows = Buffer.alloc(40e6, 'x\n');
      const text = await readFile(plain, 'utf8');
      const [head = '', tail = ''] = text.split('COPY public.t (i) FROM stdin;\n');
      await writeFile(bomb, gzipSync(`${head}COPY public.t (i) FROM stdin;\n${rows}${tail}`));
      const small = join(place.project, 'small');
      await withMemoryDisk(small, '8m', async () => {
        const env = {PGKEEP_BACKUPS: join(small, 'backups')};
        const words = ['--yes', '--backup-file', bomb];
        const {exitCode, stderr} = await place.run('restore', words, {env});
        assert.is(exitCode, 4, stderr);
        assert.match(stderr, /expands to more than the \d+ bytes free here/);
      });
      assert.equal(await state(), was);
    });
}

it.run();
