/** Sets restored in the place of the database that they were taken of, and taken back again. */
import {execFile} from 'node:child_process';
import {promisify} from 'node:util';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {openSet} from '../../lib/io/store.ts';
import {compareTables} from '../../lib/model/compare.ts';
import {compareSchemas} from '../../lib/model/schema-text.ts';
import {isOnPath} from '../../scripts/_packages.ts';
import {type DoorResult, door} from '../support/door.ts';
import {psql, type TestServer, withPostgres} from '../support/postgres.ts';
import {ok} from '../support/project.ts';
import {has, skip} from '../support/require.ts';
import {withTempFolder} from '../support/temp-folder.ts';
import {createZoo} from '../support/zoo.ts';

const it = suite('restore of the zoo');
const run = promisify(execFile);

const kinds: readonly {title: string; flags: readonly string[]; restore?: readonly string[]}[] = [
  {title: 'custom format, several workers', flags: []},
  {title: 'custom format, one worker', flags: [], restore: ['--jobs', '1']},
  {title: 'no compression', flags: ['--compress', 'none']},
  {title: 'zstd', flags: ['--compress', 'zstd']},
  {title: 'directory format', flags: ['--format', 'directory', '--jobs', '2']},
  {title: 'plain format', flags: ['--format', 'plain']},
];

/** The definition with everything that hangs on the database's name, by pg_dump itself. */
const definition = async ({binaries, libpq}: TestServer): Promise<string> => {
  const env = {PATH: process.env['PATH'] ?? '', ...libpq, PGDATABASE: 'zoo'};
  const {stdout} = await run(`${binaries}/pg_dump`, ['--create', '--schema-only'], {
    env,
    maxBuffer: 1e8,
  });
  return stdout;
};

/** What stands in the way of a swap belongs to another test. */
const withoutSubscriptions = async (server: TestServer) => {
  const names = await psql(server, 'SELECT quote_ident(subname) FROM pg_subscription', {
    database: 'zoo',
  });
  for (const name of names.split('\n').filter(Boolean))
    await psql(
      server,
      `ALTER SUBSCRIPTION ${name} DISABLE; ALTER SUBSCRIPTION ${name} SET (slot_name = NONE); DROP SUBSCRIPTION ${name};`,
      {database: 'zoo'},
    );
};

const spoil =
  'CREATE TABLE zoo.later AS SELECT 1 AS a; DELETE FROM zoo.duplicates; DROP TABLE zoo.no_key;';

const answer = (result: DoorResult) => JSON.parse(ok(result));

if (has('postgres'))
  for (const {title, flags, restore = []} of kinds) {
    if (flags.includes('zstd') && !isOnPath('zstd')) {
      skip('zstd is not here');
      continue;
    }
    it(`comes back whole in its own place, and what was there comes back by undo: ${title}`, () =>
      withPostgres({settings: {wal_level: 'logical'}}, (server) =>
        withTempFolder(async (project) => {
          const env = {DATABASE_URL: server.url('zoo')};
          const verb = (name: string, ...words: readonly string[]) =>
            door(name, ['--project', project, '--json', ...words], {env});
          await createZoo(server);
          await withoutSubscriptions(server);
          const before = await definition(server);
          const set = await openSet(answer(await verb('backup', ...flags)).folder);
          await psql(server, spoil, {database: 'zoo'});
          const spoilt = await openSet(answer(await verb('backup')).folder);

          const {plan} = answer(
            await verb('restore', '--backup', set.manifest.id, '--yes', ...restore),
          );
          assert.equal(compareSchemas(before, await definition(server)), []);
          const again = await openSet(answer(await verb('backup')).folder);
          assert.equal(compareTables(set.manifest.tables, again.manifest.tables), []);

          ok(await verb('undo', '--yes'));
          const back = await openSet(answer(await verb('backup')).folder);
          assert.equal(compareTables(spoilt.manifest.tables, back.manifest.tables), []);
          assert.is(
            await psql(server, `SELECT count(*) FROM pg_database WHERE datname = '${plan.before}'`),
            '0',
          );
        }),
      ));
  }

it.run();
