/** What README.md tells of deploys, typed; and the first deploy of an application that comes from SQLite. */
import {execFile} from 'node:child_process';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {canDeploy, startDeployApp} from '../support/deploy.ts';
import {repository} from '../support/door.ts';
import {ok} from '../support/project.ts';

const it = suite('first deploys');
const run = promisify(execFile);

/** The words of each line `npx pgkeep deploy …` of the chapter. */
const readmeLines = async (): Promise<readonly (readonly string[])[]> => {
  const readme = await readFile(join(repository, 'README.md'), 'utf8');
  const [, block = ''] = /^```shell\n([\s\S]*?)^```$/m.exec(readme) ?? [];
  return block
    .split('\n')
    .map((line) => line.replace(/ +#.*/, '').split(' '))
    .filter(([npx, pgkeep, verb]) => npx === 'npx' && pgkeep === 'pgkeep' && verb === 'deploy')
    .map((words) => words.slice(3));
};

if (canDeploy()) {
  it('goes by the lines of README.md', async () => {
    const lines = await readmeLines();
    assert.ok(lines.length >= 6, `${lines.length} lines`);
    const place = await startDeployApp({publish: true, env: {DEPLOY_STABLE_SECONDS: '2'}});
    try {
      ok(await place.deploy(['--yes']));
      await place.setTag('v2');
      for (const words of lines) {
        const isAsked =
          (words.length === 0 || words[0] === 'rollback') && !words.includes('--dry-run');
        const told = ok(await place.deploy([...words, ...(isAsked ? ['--yes'] : [])]));
        assert.is.not(told, '', words.join(' '));
      }
      assert.is(await place.page(), 'v1 lamp');
    } finally {
      await place.end();
    }
  });

  it('brings the rows of a SQLite database into the tables that the migrations made, once', async () => {
    const place = await startDeployApp({publish: true, env: {DEPLOY_STABLE_SECONDS: '2'}});
    const file = join(place.project, 'app.db');
    const sqlite = (sql: string) => run('sqlite3', [file, sql]);
    try {
      await sqlite(`CREATE TABLE visit (id INTEGER PRIMARY KEY, at TEXT NOT NULL, who TEXT NOT NULL);
        INSERT INTO visit VALUES (7, '2026-11-01 10:00:00+00', 'ann'), (9, '2026-11-02 11:00:00+00', 'bob');
        CREATE TABLE alembic_version (version_num TEXT); INSERT INTO alembic_version VALUES ('old');`);
      await place.setEnv('DEPLOY_SQLITE_PATH', file);
      const dry = ok(await place.deploy(['plan']));
      assert.match(dry, /^data +\S+app\.db is brought, once$/m);
      const {facts} = JSON.parse(ok(await place.deploy(['--yes', '--json'])));
      assert.equal([facts.broughtTables, facts.broughtRows], [1, 2]);
      assert.is(await place.sql('SELECT string_agg(who, $$,$$ ORDER BY id) FROM visit'), 'ann,bob');
      assert.is(await place.sql('SELECT version_num FROM alembic_version'), '001');
      await place.sql("INSERT INTO visit (at, who) VALUES (now(), 'carol')");
      assert.is(await place.sql("SELECT id FROM visit WHERE who = 'carol'"), '10');
      await sqlite("INSERT INTO visit VALUES (99, '2026-11-03 11:00:00+00', 'late')");
      const again = ok(await place.deploy(['--yes']));
      assert.match(again, /nothing to do/);
      assert.is(await place.sql('SELECT count(*) FROM visit'), '3');
    } finally {
      await place.end();
    }
  });

  it('holds a first deploy whose tables have rows already, and goes on without the data', async () => {
    const place = await startDeployApp({publish: true, env: {DEPLOY_STABLE_SECONDS: '2'}});
    const file = join(place.project, 'app.db');
    try {
      const create = 'CREATE TABLE item (id INTEGER PRIMARY KEY, name TEXT, price INTEGER)';
      await run('sqlite3', [file, `${create}; INSERT INTO item VALUES (1, 'other', 5);`]);
      await place.setEnv('DEPLOY_SQLITE_PATH', file);
      const {exitCode, stderr} = await place.deploy(['--yes']);
      assert.is(exitCode, 9, stderr);
      assert.match(stderr, /the data were not brought, and the schema has been migrated already/);
      assert.is(await place.sql("SELECT count(*) FROM item WHERE name = 'other'"), '0');
      await place.setEnv('DEPLOY_SQLITE_PATH', undefined);
      ok(await place.deploy(['--yes']));
      assert.is(await place.page(), 'v1 lamp');
    } finally {
      await place.end();
    }
  });
}

it.run();
