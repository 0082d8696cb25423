/** Tables that are large enough to be read in parts: what a single row of any part holds counts. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {columnsOf, withMigrated} from '../support/migrated.ts';
import {startPostgres, type TestServer} from '../support/postgres.ts';
import {has} from '../support/require.ts';

const it = suite('large tables of SQLite');

const rows = 120_000;

/** Column, what is in all rows, what is in one more, the type that all of them have. */
const columns: readonly (readonly [name: string, usual: string, odd: string, type: string])[] = [
  ['flag', 'i % 2', '2', 'bigint'],
  ['moment', `datetime(1600000000 + i, 'unixepoch')`, `'2021-02-30 00:00:00'`, 'text'],
  ['day', `date(1600000000 + i, 'unixepoch')`, `date(0, 'unixepoch')`, 'date'],
  ['number', 'i', '1.5', 'double precision'],
  ['mixed', 'i', `'none'`, 'text'],
  ['escaped', `'plain'`, `'back\\slash' || char(9, 10)`, 'text'],
  ['odd', `'plain'`, `CAST(x'e9' AS TEXT)`, 'bytea'],
];

/** The odd row first, last, and right where a part ends. */
const places: readonly (readonly [title: string, id: number])[] = [
  ['the first row', 0],
  ['the last row', rows + 1],
  ['a row between', rows / 2 + 1],
];

if (has('postgres') && has('sqlite')) {
  let server: TestServer & {end(): Promise<void>};
  it.before(async () => {
    server = await startPostgres();
  });
  it.after(async () => {
    await server?.end();
  });

  for (const [title, id] of places)
    it(`sees what ${title} of a table alone holds`, () =>
      withMigrated(
        server,
        `CREATE TABLE t (rowid TEXT, id INTEGER PRIMARY KEY, ${columns.map(([name]) => name).join(', ')});
         WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
         INSERT INTO t SELECT 'r', i, ${columns.map(([, usual]) => usual).join(', ')} FROM n;
         INSERT OR REPLACE INTO t VALUES ('r', ${id}, ${columns.map(([, , odd]) => odd).join(', ')});`,
        async ({ask, outcome}) => {
          const types = columns.map(([name, , , type]) => `${name} ${type}`);
          assert.is(
            await ask(columnsOf('t')),
            [
              ...['rowid text', 'id bigint not null', ...types],
              ...['number_typeof text', 'mixed_typeof text'],
            ].join(', '),
          );
          assert.is(outcome.tables[0]?.rows, rows + (id > 0 && id <= rows ? 0 : 1));
        },
      ));
}

it.run();
