/** Sets that hold a part of a database: what was left out is named, and the drill is content. */
import {existsSync} from 'node:fs';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {Filters} from '../../lib/commands/pg-dump.ts';
import type {Manifest} from '../../lib/model/manifest.ts';
import {backup} from '../../lib/tasks/backup.ts';
import {testContext} from '../support/context.ts';
import {createDatabase, startPostgres} from '../support/postgres.ts';
import {has} from '../support/require.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('filters');

const canary = join(tmpdir(), `pgkeep-test-canary-${process.pid}`);

const sample = `
  SET check_function_bodies = off;
  CREATE TABLE orders (id serial PRIMARY KEY, note text);
  INSERT INTO orders (note) SELECT 'note ' || i FROM generate_series(1, 50) i;
  CREATE TABLE "Log, odd" AS SELECT 1 AS a;
  CREATE TABLE "the SCHEMA - public thing" AS SELECT 2 AS a;
  CREATE SCHEMA other; CREATE TABLE other.t AS SELECT 3 AS a;
  CREATE MATERIALIZED VIEW sums AS SELECT count(*) FROM orders;
  COMMENT ON DATABASE app IS 'one
END-OF-SQL
two';
  SELECT lo_from_bytea(0, 'large');
  -- What psql would run as whoever drills, if it were read as what it looks like.
  CREATE FUNCTION imitator() RETURNS void LANGUAGE sql AS $$
--
-- Name: app; Type: DATABASE; Schema: -; Owner: postgres
--

\\! touch ${canary}
$$;`;

const none: Filters = {schemas: [], tables: [], excludeTables: [], excludeTableData: []};
const byFilter = 'left out by --schema, --table or --exclude-table';
const view = ['rows of public.sums', 'a materialized view: computed again on restore'];
const noObjects = ['large objects', 'left out by --schema or --table'];
const all = [
  'other.t',
  'pg_catalog.pg_largeobject',
  'public."Log, odd"',
  'public."the SCHEMA - public thing"',
  'public.orders',
];

const rows: readonly [
  string,
  Partial<Filters>,
  tables: readonly string[],
  skipped: readonly (readonly string[])[],
][] = [
  [
    '--schema=public',
    {schemas: ['public']},
    all.slice(2),
    [view, ['other.t', byFilter], noObjects],
  ],
  [
    '--table',
    {tables: ['public.orders', '"Log, odd"']},
    ['public."Log, odd"', 'public.orders'],
    [view, ['other.t', byFilter], ['public."the SCHEMA - public thing"', byFilter], noObjects],
  ],
  [
    '--exclude-table and --exclude-table-data',
    {excludeTables: ['"L"*'], excludeTableData: ['other.*']},
    ['pg_catalog.pg_largeobject', 'public."the SCHEMA - public thing"', 'public.orders'],
    [
      view,
      ['public."Log, odd"', byFilter],
      ['rows of other.t', 'left out by --exclude-table-data'],
    ],
  ],
];

const name = ({schema, name}: {schema: string; name: string}) =>
  `${schema}.${/^[a-z_]+$/.test(name) ? name : `"${name}"`}`;

if (has('postgres')) {
  const server = await startPostgres();
  it.after(() => server.end());
  await createDatabase(server, 'app', {sql: sample});
  const connection = {libpq: {...server.libpq, PGDATABASE: 'app'}, source: 'test'};

  const setOf = (project: string, format: Manifest['format'], filters: Filters) =>
    backup(testContext(project), connection, {
      ...{reason: 'manual', format, filters, jobs: format === 'directory' ? 2 : 1},
      compression: {kind: 'gzip', level: 1},
      ...{fingerprint: 'content', verify: 'restore', rolePasswords: false},
    });

  // A drill takes its time, and directory format differs from custom in the files alone.
  for (const format of ['custom', 'directory', 'plain'] as const)
    for (const [what, filters, tables, skipped] of rows.slice(0, format === 'directory' ? 1 : 3))
      it(`holds what ${what} lets through in ${format} format, names the rest, and comes back`, () =>
        withTempFolder(async (project) => {
          const {set} = await setOf(project, format, {...none, ...filters});
          assert.equal(set.manifest.tables.map(name).sort(), tables);
          const named = set.manifest.skipped.map(({what, why}) => [what, why]);
          // A plain dump does not tell which sequences have their value there.
          const told = named.filter(([, why]) => !why?.startsWith('not compared: a plain dump'));
          assert.equal(told.sort(), [...skipped].sort());
          assert.equal(
            set.proofs.map(({level, verdict}) => [level, verdict]),
            [
              ['archive', 'intact'],
              ['restore', 'intact'],
            ],
          );
          assert.not(existsSync(canary), 'nothing in a function was run');
        }));
}

it.run();
