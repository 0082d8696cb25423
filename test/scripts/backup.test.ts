/** The doors of the backup side as cron and people use them, on a real server. */
import {readdir, readFile, stat} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {shelfFolder} from '../../lib/io/store.ts';
import {door} from '../support/door.ts';
import {createDatabase, startPostgres} from '../support/postgres.ts';
import {ok, withProject} from '../support/project.ts';
import {has} from '../support/require.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('backup doors');

const shop = `CREATE TABLE orders AS SELECT i AS id, 'note ' || i AS note FROM generate_series(1, 1234) i;
  CREATE TABLE "Odd ""name""" (a int); CREATE SEQUENCE ticket; SELECT nextval('ticket');`;

it('needs a database to back up', () =>
  withTempFolder(async (project) => {
    const {exitCode, stdout} = await door('backup', ['--project', project, '--json']);
    assert.is(exitCode, 3);
    assert.is(JSON.parse(stdout).error.code, 'settings');
  }));

if (has('postgres')) {
  const server = await startPostgres();
  it.after(() => server.end());
  await createDatabase(server, 'app', {sql: shop});

  it('tells of a set in two lines, in JSON, or not at all', () =>
    withProject(server.url('app'), async (run, project) => {
      const said = await run('backup');
      const [line, folder, ...more] = ok(said).trimEnd().split('\n');
      assert.match(
        line ?? '',
        /^\d{8}T\d{6}Z {2}app {2}[\d.]+ kB {2}2 tables, 1,234 rows {2}archive checked {2}in [\d.]+ s$/,
      );
      assert.is(folder, join(project, 'backups/app', line?.slice(0, 16) ?? ''));
      assert.equal(more, []);
      assert.match(
        said.stderr,
        /^backing up 'app' on local socket:\d+ \(PostgreSQL [\d.]+\) with pg_dump [\d.]+$/m,
      );

      const quiet = await run('backup', ['--quiet', '--scheduled']);
      assert.equal([ok(quiet), quiet.stderr], ['', '']);

      const json = await run('backup', [
        '--json',
        '--quiet',
        '--fingerprint',
        'sha256',
        '--compress',
        'none',
      ]);
      const {manifest, proofs, removed, seconds} = JSON.parse(ok(json));
      assert.equal(
        [manifest.database, manifest.reason, manifest.format],
        ['app', 'manual', 'custom'],
      );
      assert.is(manifest.digest.algorithm, 'sha256-sum-2x64');
      assert.equal(manifest.compression, {kind: 'none', level: 0, program: 'none'});
      assert.equal(
        manifest.tables.map(({name, rows}: {name: string; rows: number}) => [name, rows]),
        [
          ['Odd "name"', 0],
          ['orders', 1_234],
        ],
      );
      assert.equal(
        manifest.sequences.map(({first}: {first: unknown}) => first),
        [{value: '1', isCalled: true}],
      );
      assert.equal([proofs.length, proofs[0].verdict, removed], [1, 'intact', []]);
      assert.type(seconds, 'number');

      const {sets} = JSON.parse(ok(await run('list', ['--json'])));
      assert.equal(
        sets.map(({reason}: {reason: string}) => reason),
        ['manual', 'scheduled', 'manual'],
      );
      assert.equal(
        sets.map(({proof}: {proof: string}) => proof),
        Array(3).fill('archive'),
      );
      for (const verb of ['list', 'verify']) assert.is(ok(await run(verb, ['-q'])), '', verb);
    }));

  it('writes for the owner alone, whatever the umask, and names every file with its length', () =>
    withProject(server.url('app'), async (run) => {
      const words = ['--json', '--format', 'directory', '--jobs', '2', '--no-prune'];
      const {folder, manifest} = JSON.parse(
        ok(await run('backup', words, {under: ['sh', '-c', 'umask 000; exec "$@"', '-']})),
      );
      const names = (await readdir(folder, {recursive: true})).sort();
      const kept = [
        ...manifest.files.map(({name}: {name: string}) => name),
        'manifest.json',
        'proof.jsonl',
      ];
      assert.equal(names, [...kept, 'database'].sort());
      for (const name of ['.', '..', '../..', ...names]) {
        const {mode} = await stat(join(folder, name));
        const wanted = /\.(json|jsonl|gz|dat)$/.test(name) ? 0o600 : 0o700;
        assert.is((mode & 0o777).toString(8), wanted.toString(8), name);
      }
      for (const {name, bytes} of manifest.files)
        assert.is((await stat(join(folder, name))).size, bytes, name);
    }));

  it('shows one set in full, in words and in JSON', () =>
    withProject(server.url('app'), async (run) => {
      const {folder, manifest} = JSON.parse(
        ok(await run('backup', ['--json', '--exclude-table-data=orders'])),
      );
      const text = ok(await run('show'));
      for (const part of [
        `set       ${manifest.id}`,
        'database.dump.gz',
        'public."Odd ""name"""',
        `cd ${folder}`,
      ])
        assert.ok(
          text.includes(part) || new RegExp(part.replace('set ', 'set +')).test(text),
          part,
        );
      assert.match(
        text,
        /not in the set:\n {2}rows of public\.orders: left out by --exclude-table-data/,
      );
      assert.match(text, /proofs:\n {2}\S+ {2}archive {2}intact in [\d.]+ s/);
      const shown = JSON.parse(ok(await run('show', [manifest.id, '--json'])));
      assert.equal(shown.manifest, manifest);
      assert.equal([shown.folder, shown.isPinned, shown.proofs.length], [folder, false, 1]);
      assert.is(shown.byHand[0], `cd ${folder}`);
    }));

  for (const name of [`-it's "x" = 🐘; $HOME`, 'a=b host=evil', 'postgres'])
    it(`backs up and drills a database called ${JSON.stringify(name)}`, () =>
      withProject(server.url(name), async (run, project) => {
        if (name !== 'postgres') await createDatabase(server, name, {sql: shop});
        const {folder, manifest, proofs} = JSON.parse(
          ok(await run('backup', ['--verify', 'restore', '--json'])),
        );
        assert.is(manifest.database, name);
        assert.is(join(folder, '..'), shelfFolder(join(project, 'backups'), name));
        assert.is(proofs.at(-1).verdict, 'intact');
      }));

  it('refuses a name that goes on in another line: no pg_restore could make that database', () =>
    withProject(server.url('two\nlines'), async (run, project) => {
      const {exitCode, stderr} = await run('backup');
      assert.is(exitCode, 3, stderr);
      assert.match(stderr, /- DATABASE_URL: the database holds a line break/);
      assert.equal(await readdir(project), []);
    }));

  it('says who is at work where two runs meet', () =>
    withProject(server.url('app'), async (run, project) => {
      const both = await Promise.all([run('backup'), run('backup')]);
      const codes = both.map(({exitCode}) => exitCode).sort();
      const told = both.map(({stderr}) => stderr).join('');
      assert.ok(codes[0] === 0 && (codes[1] === 75 || codes[1] === 0), told);
      if (codes[1] === 75) assert.match(told, /error: another run is at work on this database/);
      assert.match(
        await readFile(join(project, 'backups/app/.lock'), 'utf8'),
        /"verb":"(backup|prune)"/,
      );
    }));
}

it.run();
