/** The values of SQLite databases, of every class in columns of every declaration, in PostgreSQL. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {Case} from '../fixtures/sqlite/cases.ts';
import {moments, names, numbers, texts} from '../fixtures/sqlite/values.ts';
import {columnsOf, withMigrated} from '../support/migrated.ts';
import {startPostgres, type TestServer} from '../support/postgres.ts';
import {has} from '../support/require.ts';

const it = suite('SQLite into PostgreSQL: values');

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

  for (const row of [...numbers, ...texts, ...moments, ...names]) holds(row);
}

it.run();
