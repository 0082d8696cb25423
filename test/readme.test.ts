/** What README.md tells people to type, typed: every `npx pgkeep` line, and the lines by hand. */
import {execFile} from 'node:child_process';
import {chmod, mkdir, readdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {repository} from './support/door.ts';
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
  return (line: string) => run('/bin/sh', ['-euc', line], {cwd: project, env, maxBuffer: 1e8});
};

it('has lines to type', () => {
  assert.ok(lines.length >= 6, lines.join('\n'));
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

it.run();
