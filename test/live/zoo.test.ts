/** Everything that dumps get wrong, through backup, drill and by-hand restore, without a false alarm. */
import {execFile} from 'node:child_process';
import {promisify} from 'node:util';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {openSet} from '../../lib/io/store.ts';
import {findClients} from '../../lib/io/tools.ts';
import {toDatabase} from '../../lib/model/connection.ts';
import {compareWithSet} from '../../lib/tasks/compare.ts';
import {isOnPath} from '../../scripts/_packages.ts';
import {testContext} from '../support/context.ts';
import {door} from '../support/door.ts';
import {type TestServer, withPostgres} from '../support/postgres.ts';
import {has, skip} from '../support/require.ts';
import {withTempFolder} from '../support/temp-folder.ts';
import {createZoo} from '../support/zoo.ts';

const it = suite('the zoo');
const run = promisify(execFile);

const kinds = [
  {title: 'custom format', flags: []},
  {title: 'custom format with zstd', flags: ['--compress', 'zstd']},
  {
    title: 'custom format without compression, sha256',
    flags: ['--compress', 'none', '--fingerprint', 'sha256'],
  },
  {title: 'directory format with two jobs', flags: ['--format', 'directory', '--jobs', '2']},
  {title: 'plain format', flags: ['--format', 'plain']},
  {title: 'plain format with gzip level 9', flags: ['--format', 'plain', '--compress', 'gzip:9']},
];

/** The lines that `show` prints, typed into a shell with psql and pg_restore on its PATH. */
const typeByHand = (lines: readonly string[], server: TestServer) =>
  run('/bin/sh', ['-c', lines.join('\n')], {
    env: {...server.libpq, PATH: `${server.binaries}:${process.env['PATH']}`, LC_ALL: 'C.UTF-8'},
    maxBuffer: 1e8,
  });

const roundTrip = (server: TestServer, flags: readonly string[]) =>
  withTempFolder(async (project) => {
    const place = ['--project', project];
    const env = {DATABASE_URL: server.url('zoo')};
    const made = await door('backup', [...place, '--json', ...flags], {env});
    assert.is(made.exitCode, 0, made.stdout + made.stderr);
    const set = await openSet(JSON.parse(made.stdout).folder);

    const drilled = await door('verify', [...place, '--level', 'restore', '--json']);
    assert.equal(JSON.parse(drilled.stdout)[0]?.problems, [], drilled.stderr);
    assert.is(JSON.parse(drilled.stdout)[0]?.verdict, 'intact');
    assert.is(drilled.exitCode, 0, drilled.stdout);

    const shown = await door('show', [...place, '--json']);
    await withPostgres({settings: {wal_level: 'logical'}}, async (other) => {
      await typeByHand(JSON.parse(shown.stdout).byHand, other);
      const context = testContext(project);
      const [client] = await findClients(context.shell, {binaries: other.binaries});
      assert.ok(client);
      const connection = toDatabase({libpq: other.libpq, source: 'test'}, 'zoo');
      assert.equal(await compareWithSet(context, set, {connection, client, sessions: 2}), []);
    });
  });

if (has('postgres'))
  for (const {title, flags} of kinds) {
    if (flags.includes('zstd') && !isOnPath('zstd')) {
      skip('zstd is not here');
      continue;
    }
    it(`comes back whole by drill and by hand: ${title}`, () =>
      withPostgres({settings: {wal_level: 'logical'}}, async (server) => {
        await createZoo(server);
        await roundTrip(server, flags);
      }));
  }

it.run();
