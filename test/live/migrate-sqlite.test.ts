/** What SQLite databases hold, one feature a time, and what it is in PostgreSQL. */
import {existsSync} from 'node:fs';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {OpsError} from '../../lib/model/errors.ts';
import {planSqlite} from '../../lib/tasks/migrate/plan-sqlite.ts';
import {type Case, expressions, indexCases, keys, references} from '../fixtures/sqlite/cases.ts';
import {testContext} from '../support/context.ts';
import {columnsOf, makeSqlite, rewriteSchema, withMigrated} from '../support/migrated.ts';
import {startPostgres, type TestServer} from '../support/postgres.ts';
import {has} from '../support/require.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('SQLite into PostgreSQL: structure');

if (has('postgres') && has('sqlite')) {
  let server: TestServer & {end(): Promise<void>};
  it.before(async () => {
    server = await startPostgres();
  });
  it.after(async () => {
    await server?.end();
  });

  const holds = ({title, sql, columns, asks = [], told = []}: Case) =>
    it(title, () =>
      withMigrated(server, sql, async ({ask, outcome}) => {
        if (columns !== undefined) assert.is(await ask(columnsOf('t')), columns);
        for (const [question, answer] of asks) assert.is(await ask(question), answer);
        const lines = outcome.notCarried.map(({kind, why}) => `${kind}: ${why}`);
        assert.is(lines.length, told.length, lines.join('\n'));
        for (const [at, pattern] of told.entries()) assert.match(lines[at] ?? '', pattern);
      }),
    );

  it('runs no program that a hostile schema has in it', () =>
    withTempFolder(async (folder) => {
      const path = `${folder}/written`;
      const file = makeSqlite(
        folder,
        'CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT); INSERT INTO t VALUES (1, 2);',
      );
      rewriteSchema(
        file,
        `CREATE TABLE t (id INTEGER PRIMARY KEY, a TEXT DEFAULT (writefile('${path}', 'x')), b AS (writefile('${path}', id)), CHECK (writefile('${path}', a)))`,
      );
      const context = testContext(folder);
      const connection = {libpq: {...server.libpq}, source: 'test'};
      const wishes = {names: 'keep', infers: true, include: [], exclude: [], map: {}} as const;
      const request = {files: [file], schema: undefined, jobs: 1, wishes, isComparing: false};
      const planning = planSqlite(context, {connection, request}, {isDryRun: true}, async () => {});
      const error = await planning.catch((cause: unknown) => cause);
      assert.instance(error, OpsError);
      assert.is((error as OpsError).exit, 4);
      assert.not(existsSync(path), 'nothing was written');
      await context.tools.end();
    }));

  for (const row of [...keys, ...indexCases, ...references, ...expressions]) holds(row);
}

it.run();
