/** Several databases in one run, hostile names among them, from backup to prune. */
import {readdir} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {shelfFolder} from '../../lib/io/store.ts';
import {printable} from '../../lib/model/redact.ts';
import type {DoorResult} from '../support/door.ts';
import {createDatabase, psql, startPostgres} from '../support/postgres.ts';
import {ok, withProject} from '../support/project.ts';
import {has} from '../support/require.ts';

const it = suite('several databases');

/** Names that some tool has taken for something else: rows B19 to B22. */
const hostile = [
  ...[
    'a=b',
    'postgres://h/x',
    'dbname=tr',
    '-x',
    '--file=/etc/x',
    "it's",
    '"quoted"',
    'back\\slash',
  ],
  ...[
    'with space',
    '$(id)',
    'semi;colon',
    '%s',
    '🐘',
    'Template1',
    '../up',
    '.hidden',
    'a*',
    'a?b',
  ],
  ...[
    'esc\u001b[31m',
    'rtl\u202egnp.exe',
    'ü'.repeat(31),
    'tab\tbed',
    'sqlite',
    'ab',
    "' OR 1=1 --",
  ],
];
const broken = ['new\nline', 'carriage\rreturn'];

const rows = (count: number) => `CREATE TABLE t AS SELECT i FROM generate_series(1, ${count}) i;`;
const namesIn = (result: DoorResult): string[] =>
  JSON.parse(result.stdout).databases.map(({database}: {database: string}) => database);
const noControls = (text: string) =>
  assert.not.match(text.replaceAll('\n', ''), /[\u0000-\u001f\u202e]/);

if (has('postgres')) {
  const server = await startPostgres();
  it.after(() => server.end());
  for (const [index, name] of [...hostile, ...broken].entries())
    await createDatabase(server, name, {sql: rows(index + 1)});
  await psql(server, 'CREATE DATABASE invalid; CREATE DATABASE closed ALLOW_CONNECTIONS false');
  await psql(server, "UPDATE pg_database SET datconnlimit = -2 WHERE datname = 'invalid'");
  await createDatabase(server, 'app_before_20261120T031500Z');

  it('backs up every database of a server, and names each that it can not', () =>
    withProject(server.url('postgres'), async (run, project) => {
      const result = await run('backup', ['--all-databases', '--json', '--no-prune']);
      assert.is(result.exitCode, 6, result.stdout + result.stderr);
      const {databases} = JSON.parse(result.stdout);
      const wanted = [...hostile, ...broken, 'invalid', 'closed', 'postgres'];
      assert.equal(namesIn(result).sort(), wanted.sort());
      const failed = databases.filter(({error}: {error?: unknown}) => error);
      assert.equal(
        Object.fromEntries(
          failed.map(({database, error}: {database: string; error: {exit: number}}) => [
            database,
            error.exit,
          ]),
        ),
        {invalid: 6, closed: 6, 'new\nline': 6, 'carriage\rreturn': 6},
      );
      for (const {database, manifest, folder} of databases.filter(
        ({error}: {error?: unknown}) => !error,
      )) {
        assert.is(manifest.database, database);
        assert.is(join(folder, '..'), shelfFolder(join(project, 'backups'), database));
        const count = hostile.indexOf(database) + 1;
        if (count > 0) assert.is(manifest.tables[0].rows, count, database);
      }
      assert.is((await readdir(join(project, 'backups'))).length, hostile.length + 1);
      assert.equal(await readdir(join(project)), ['backups']);

      const listed = await run('list', ['--json']);
      assert.equal(
        JSON.parse(ok(listed))
          .sets.map(({database}: {database: string}) => database)
          .sort(),
        [...hostile, 'postgres'].sort(),
      );
      noControls(ok(await run('list')));
      for (const name of hostile.filter((_, index) => index % 2 === 0))
        assert.ok(
          ok(await run('show', ['latest', `--database=${name}`])).includes(printable(name)),
        );
      const proven = JSON.parse(ok(await run('verify', ['--all', '--level', 'archive', '--json'])));
      assert.equal(
        proven
          .map((each: {database: string; verdict: string}) => [each.database, each.verdict])
          .sort(),
        [...hostile, 'postgres'].map((name) => [name, 'intact']).sort(),
      );
      const verified = await run('verify', ['--all', '--level', 'checksum']);
      noControls(ok(verified));
      noControls(ok(await run('prune', ['--dry-run'])));
      const [pruned] = JSON.parse(ok(await run('prune', ['--json', '--database=$(id)'])));
      assert.equal([pruned.database, pruned.removed], ['$(id)', []]);
    }));

  it('tells a line for each and a summary, and removes by retention in each', () =>
    withProject(server.url('postgres'), async (run) => {
      const words = ['--database', 'ab', '--database', 'a=*', '--database', 'closed'];
      for (const day of ['01', '05', '09']) {
        const at = `2026-11-${day}T03:00:00Z`;
        const result = await run('backup', words, {at, env: {LOG_LEVEL: 'warn'}});
        assert.is(result.exitCode, 6, result.stderr);
        assert.is(result.stderr, "warning: 'closed' is not backed up: it allows no connections\n");
        const removed = day === '09' ? / \(retention removed 1\)$/ : / s$/;
        const lines = result.stdout.trimEnd().split('\n');
        assert.match(
          lines[0] ?? '',
          new RegExp(`^202611${day}T030000Z {2}a=b .*${removed.source}`),
        );
        assert.match(lines[1] ?? '', /^\d{8}T\d{6}Z {2}ab {2}/);
        assert.equal(lines.slice(2), [
          'FAILED  closed  it allows no connections (exit code 6)',
          '    hint: ALTER DATABASE … ALLOW_CONNECTIONS true, or leave it out with --exclude-database',
          '3 databases: 2 backed up, 1 failed',
        ]);
      }
      const {sets} = JSON.parse(ok(await run('list', ['--json'])));
      assert.is(sets.length, 4);
    }));

  it('goes on after a database that fails, and ends with the gravest code', () =>
    withProject(server.url('postgres'), async (run, project) => {
      await psql(server, 'REVOKE CONNECT ON DATABASE ab FROM PUBLIC; CREATE ROLE weak LOGIN');
      const url = server.url('postgres').replace('//postgres@', '//weak@');
      const words = ['--database=ab', '--database=a=b', '--database=postgres', '--json'];
      const result = await run('backup', words, {env: {DATABASE_URL: url}});
      assert.is(result.exitCode, 6, result.stdout);
      const byName = Object.fromEntries(
        JSON.parse(result.stdout).databases.map((each: {database: string}) => [
          each.database,
          each,
        ]),
      );
      assert.match(byName['ab'].error.message, /(refused|may not connect|permission denied)/);
      assert.match(byName['a=b'].error.hint, /GRANT/);
      assert.is(byName['postgres'].manifest.database, 'postgres');
      assert.equal(
        (await readdir(join(project, 'backups'))).filter((name) => !name.startsWith('.')).length,
        2,
      );
      await psql(server, 'GRANT CONNECT ON DATABASE ab TO PUBLIC; DROP ROLE weak');
    }));

  for (const words of [
    ['--database', 'ap*'],
    ['--database', 'ab', '--database', 'nowhere'],
    ['--database', 'app_before_20261120T031500Z'],
    ['--all-databases', '--database', 'ab'],
    ['--database', 'ab', '--exclude-database', 'a*', '--exclude-database', 'ab'],
  ])
    it(`refuses ${words.join(' ')}, and touches nothing`, () =>
      withProject(server.url('postgres'), async (run, project) => {
        const {exitCode, stderr} = await run('backup', words);
        assert.is(exitCode, 2, stderr);
        assert.equal(await readdir(project), []);
      }));

  it('touches something else than it says by no exit code: a name with a line break is not to be had', () =>
    withProject(server.url('postgres'), async (run) => {
      const words = ['--database', 'ab', '--database', 'new?line', '--exclude-database', 'nowhere'];
      const {exitCode, stderr, stdout} = await run('backup', words);
      assert.is(exitCode, 6, stderr);
      assert.match(stdout, '2 databases: 1 backed up, 1 failed');
      assert.match(stderr, 'warning: --exclude-database nowhere matches no database');
    }));

  it('shows what it would do, and touches nothing', () =>
    withProject(server.url('postgres'), async (run, project) => {
      const one = ok(await run('backup', ['--dry-run', '--database', 'ab']));
      assert.match(one, /^would back up ab on local socket:\d+ \(PostgreSQL [\d.]+\)\n/);
      assert.match(
        one,
        / pg_dump [\d.]+, custom format, compressed by \w+, then checked: archive\n/,
      );
      assert.match(one, /space {5}about [\d.]+ \w+ needed \(guessed from the database\), /);
      const words = ['-n', '--all-databases', '--exclude-database', '*e*', '--json'];
      const several = await run('backup', words);
      assert.is(several.exitCode, 6, several.stdout);
      const {databases} = JSON.parse(several.stdout);
      const plan = databases.find(({database}: {database: string}) => database === 'ab');
      assert.is(plan.wouldBackUp.shelf, join(project, 'backups/ab'));
      assert.equal(plan.wouldBackUp.retention.decisions, []);
      assert.equal(await readdir(project), []);
    }));

  it('stops at a signal, and says of each database what became of it', () =>
    withProject(server.url('postgres'), async (run, project) => {
      await psql(server, 'CREATE TABLE held AS SELECT 1', {database: 'ab'});
      const holder = psql(server, 'BEGIN; LOCK TABLE held; SELECT pg_sleep(8)', {database: 'ab'});
      const words = ['--database=a=b', '--database=ab', '--database=postgres', '--json'];
      const result = await run('backup', words, {
        onStart: (pid) => setTimeout(() => process.kill(pid, 'SIGTERM'), 5_000),
      });
      await holder.catch(() => {});
      await psql(server, 'DROP TABLE held', {database: 'ab'});
      assert.is(result.exitCode, 143, result.stdout + result.stderr);
      const codes = JSON.parse(result.stdout).databases.map(
        ({error}: {error?: {code: string}}) => error?.code,
      );
      assert.equal(codes, [undefined, 'terminated', 'terminated']);
      const shelf = await readdir(join(project, 'backups/ab'));
      assert.equal(shelf, ['.lock']);
    }));
}

it.run();
