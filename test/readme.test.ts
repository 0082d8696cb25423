/** What README.md tells people to type, typed: every `npx pgkeep` line, and the lines by hand. */
import {execFile} from 'node:child_process';
import {chmod, mkdir, readdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {door, repository} from './support/door.ts';
import {createDatabase, psql, type TestServer, withPostgres} from './support/postgres.ts';
import {has} from './support/require.ts';
import {withTempFolder} from './support/temp-folder.ts';

const it = suite('README');
const run = promisify(execFile);

const readme = await readFile(join(repository, 'README.md'), 'utf8');
const blocks = [...readme.matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(([, kind, text = '']) => ({
  kind,
  text,
}));
const lines = blocks
  .filter(({kind}) => kind === 'sh')
  .flatMap(({text}) => text.split('\n'))
  .filter((line) => line.startsWith('npx pgkeep '));
const burned = (blocks.find(({kind}) => kind === 'bash')?.text ?? '')
  .split('\n')
  .map((line) => line.replace(/ +#.*/, ''))
  .filter(Boolean);
const byHand = blocks.find(({text}) => /^gunzip -c .* \| pg_restore/m.test(text))?.text ?? '';

/** A shell in which `npx pgkeep` is the checkout's program. */
const shellFor = async (project: string, {libpq, binaries}: TestServer) => {
  const bin = join(project, 'bin');
  await mkdir(bin);
  await writeFile(
    join(bin, 'npx'),
    `#!/bin/sh\nshift\nexec '${repository}scripts/pgkeep.js' "$@"\n`,
  );
  await chmod(join(bin, 'npx'), 0o755);
  const env = {
    ...libpq,
    PATH: `${bin}:${binaries}:${process.env['PATH']}`,
    LC_ALL: 'C.UTF-8',
    HOME: project,
  };
  const options = {cwd: project, env, maxBuffer: 1e8};
  return (line: string, input = '') => {
    // Without a terminal of its own: psql asks for a password there first.
    const typed = run('setsid', ['--wait', '/bin/sh', '-euc', line], options);
    typed.child.stdin?.end(input);
    return typed;
  };
};

it('has lines to type', () => {
  assert.ok(lines.length >= 6, lines.join('\n'));
  assert.ok(burned.length >= 8, burned.join('\n'));
  assert.match(byHand, /^cd backups\/app\/\d{8}T\d{6}Z\n/);
});

if (has('postgres'))
  it('says nothing that does not work', () =>
    withTempFolder((project) =>
      withPostgres({}, async (server) => {
        await createDatabase(server, 'app', {
          sql: 'CREATE TABLE t AS SELECT i FROM generate_series(1, 99) i',
        });
        await writeFile(join(project, '.env'), `DATABASE_URL='${server.url('app')}'\n`, {
          mode: 0o600,
        });
        const type = await shellFor(project, server);
        for (const line of lines) {
          const {stdout} = await type(line).catch((error) => {
            throw new Error(`'${line}' failed: ${error.stderr}`);
          });
          assert.is.not(stdout, '', line);
        }

        const ids = (await readdir(join(project, 'backups/app'))).filter((name) =>
          /^\d/.test(name),
        );
        await psql(server, 'DROP DATABASE app');
        await type(byHand.replace(/\d{8}T\d{6}Z/, ids[0] ?? ''));
        assert.is(await psql(server, 'SELECT sum(i) FROM t', {database: 'app'}), '4950');
      }),
    ));

if (has('postgres'))
  it('leads from a server that burned to one that serves', () =>
    withTempFolder(async (project) => {
      const writeEnv = (server: TestServer) =>
        writeFile(join(project, '.env'), `DATABASE_URL='${server.url('app')}'\n`, {mode: 0o600});
      const sql = `CREATE TABLE t AS SELECT i FROM generate_series(1, 99) i; ALTER TABLE t OWNER TO app;
        GRANT SELECT ON t TO readers; ALTER DATABASE app SET work_mem = '7MB'`;
      const state = `SELECT sum(i), current_setting('work_mem'), has_table_privilege('readers', 't', 'SELECT') FROM t`;
      let id = '';
      let before = '';
      await withPostgres({}, async (old) => {
        await psql(old, 'CREATE ROLE app LOGIN; CREATE ROLE readers; GRANT readers TO app');
        await createDatabase(old, 'app', {owner: 'app', sql});
        await writeEnv(old);
        await door('backup', ['--project', project]);
        const names = await readdir(join(project, 'backups/app'));
        id = names.find((name) => /^\d/.test(name)) ?? '';
        before = await psql(old, state, {database: 'app', user: 'app'});
      });
      assert.match(id, /^\d{8}T\d{6}Z$/);
      await withPostgres({}, async (server) => {
        await writeEnv(server);
        const type = await shellFor(project, server);
        for (const line of burned) {
          const isAsked = line.includes('\\password');
          const typed = type(line.replace(/\d{8}T\d{6}Z/, id), isAsked ? 'new one\nnew one\n' : '');
          const {stdout, stderr} = await typed.catch((error) => {
            throw new Error(`'${line}' failed: ${error.stderr}`);
          });
          if (/roles-only.*dry-run/.test(line))
            assert.match(stdout, /no password is recorded for app/);
          assert.not.match(stderr, /^(error|fault): /m, line);
        }
        assert.is(await psql(server, state, {database: 'app', user: 'app'}), before);
        const app = "SELECT rolpassword LIKE 'SCRAM-%' FROM pg_authid WHERE rolname = 'app'";
        assert.is(await psql(server, app), 't');
      });
    }));

it.run();
