/** Every damage of the catalogue, done for real to a restored copy: each must be noticed and named. */
import {readFile} from 'node:fs/promises';
import {gunzipSync} from 'node:zlib';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {openSet, type StoredSet} from '../../lib/io/store.ts';
import {findClients} from '../../lib/io/tools.ts';
import type {Connection} from '../../lib/model/connection.ts';
import {isOfDatabase, schemaEntries} from '../../lib/model/schema-text.ts';
import {buildOnNewServer} from '../../lib/tasks/build.ts';
import {compareWithSet} from '../../lib/tasks/compare.ts';
import {type Damage, damages} from '../fixtures/damage.ts';
import {testContext} from '../support/context.ts';
import {door} from '../support/door.ts';
import {psql, startPostgres, type TestServer, withPostgres} from '../support/postgres.ts';
import {has} from '../support/require.ts';
import {withTempFolder} from '../support/temp-folder.ts';
import {createZoo} from '../support/zoo.ts';

const it = suite('a drill notices');
const nothing = 'nothing where nothing was damaged';

/** The zoo's set, then two servers that take turns in being damaged. */
const damageAll = (): Promise<ReadonlyMap<string, readonly string[] | Error>> =>
  withTempFolder(async (project) => {
    const set = await withPostgres({}, async (server) => {
      await createZoo(server);
      const {stdout, stderr} = await door('backup', ['--project', project, '--json'], {
        env: {DATABASE_URL: server.url('zoo')},
      });
      assert.ok(stdout.includes('"folder"'), stderr);
      return openSet(JSON.parse(stdout).folder);
    });
    const findings = new Map<string, readonly string[] | Error>();
    const queue: Damage[] = [{title: nothing, names: /^$/, sql: 'SELECT 1'}, ...damages];
    await Promise.all([1, 2].map(() => damageOn(project, set, {queue, findings})));
    return findings;
  });

type Work = {queue: Damage[]; findings: Map<string, readonly string[] | Error>};

const damageOn = async (project: string, set: StoredSet, {queue, findings}: Work) => {
  const server = await startPostgres();
  try {
    const context = testContext(project);
    const [client] = await findClients(context.shell, {binaries: server.binaries});
    assert.ok(client);
    const connection: Connection = {libpq: server.libpq, source: 'test'};
    const copy = await buildOnNewServer(context, set, {connection, client, jobs: 1});
    await psql(server, 'ALTER DATABASE zoo RENAME TO pristine');
    const properties = await propertiesOf(set);
    for (let damage = queue.shift(); damage; damage = queue.shift()) {
      const recorded = 'record' in damage ? {...set, manifest: damage.record(set.manifest)} : set;
      try {
        await psql(server, `DROP DATABASE IF EXISTS zoo;\nCREATE DATABASE zoo TEMPLATE pristine`);
        await psql(server, properties);
        await inflict(server, damage);
        findings.set(
          damage.title,
          await compareWithSet(context, recorded, {connection: copy, client, sessions: 1}),
        );
      } catch (error) {
        findings.set(damage.title, error as Error);
      }
    }
  } finally {
    await server.end();
  }
};

const inflict = async (server: TestServer, damage: Damage) => {
  if ('sql' in damage) await psql(server, damage.sql, {database: 'zoo'});
  if ('serverSql' in damage) await psql(server, damage.serverSql);
};

const propertiesOf = async ({folder}: StoredSet): Promise<string> => {
  const schema = gunzipSync(await readFile(`${folder}/schema.sql.gz`)).toString('utf8');
  return schemaEntries(schema)
    .filter((entry) => isOfDatabase(entry))
    .map(({type, sql}) => (type === 'DATABASE' ? sql.replace(/^CREATE DATABASE .*?;$/ms, '') : sql))
    .join('\n');
};

if (has('postgres')) {
  const findings = damageAll();
  it(nothing, async () => {
    assert.equal((await findings).get(nothing), []);
  });
  for (const {title, names} of damages)
    it(title, async () => {
      const found = (await findings).get(title);
      if (found instanceof Error) throw found;
      assert.match((found ?? []).join('\n'), names);
    });
}

it.run();
