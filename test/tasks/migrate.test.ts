/** Building beside, comparing and moving into place, whatever the source: here lines of this file. */
import {mkdirSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {createSchema, noteLoaded} from '../../lib/commands/migrate-staging.ts';
import {OpsError} from '../../lib/model/errors.ts';
import type {Finish, IncomingTable} from '../../lib/model/migrate/incoming.ts';
import {incomingSchema, type RunNote} from '../../lib/model/migrate/run-note.ts';
import {lookAtTarget} from '../../lib/tasks/migrate/look-at-target.ts';
import {migrate} from '../../lib/tasks/migrate/migrate.ts';
import {assertMayBegin, planMigrate} from '../../lib/tasks/migrate/plan.ts';
import type {Source} from '../../lib/tasks/migrate/source.ts';
import {testContext} from '../support/context.ts';
import {createDatabase, psql, startPostgres, type TestServer} from '../support/postgres.ts';
import {has} from '../support/require.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('migrate of any source');

const odd = 'we"ird; table';

const finish = (kind: Finish['kind'], statement: string, more: Partial<Finish> = {}): Finish => ({
  kind,
  what: statement,
  statements: [statement],
  otherwise: 'fail',
  ...more,
});

const tables: readonly (IncomingTable & {lines: string})[] = [
  {
    source: 'pair',
    name: 'pair',
    columns: [
      {name: 'id', type: 'bigint', isNotNull: true},
      {name: 'flag', type: 'boolean', isNotNull: false, canonical: '({x}::integer)'},
      {name: 'double', type: 'bigint', isNotNull: false, generated: 'id * 2'},
    ],
    rows: 3,
    bytes: 10,
    comparesAsLoaded: false,
    finishes: [
      finish('primary key', 'ALTER TABLE pair ADD PRIMARY KEY (id)'),
      finish('unique', 'CREATE UNIQUE INDEX one_flag ON pair (flag)', {
        otherwise: finish('index', 'CREATE INDEX one_flag ON pair (flag)'),
      }),
    ],
    lines: '1\tt\n2\tf\n3\tt\n',
  },
  {
    source: odd,
    name: odd,
    columns: [{name: 'a\\b', type: 'text', isNotNull: false}],
    rows: 2,
    bytes: 20,
    comparesAsLoaded: true,
    finishes: [],
    lines: 'x\\ty\n\\N\n',
  },
];

const compared: Readonly<Record<string, string>> = {pair: '1\t1\t2\n2\t0\t4\n3\t1\t6\n'};

const sourceWith = (
  change: {readonly compared?: string; readonly tables?: number} = {},
): Source => ({
  label: 'lines of a test',
  sha256: 'a'.repeat(64),
  tables: tables.slice(0, change.tables ?? 2),
  collations: [],
  after: [
    finish('view', 'CREATE VIEW flagged AS SELECT id FROM pair WHERE flag', {makes: 'flagged'}),
    finish('view', 'CREATE VIEW broken AS SELECT nothing FROM pair', {
      makes: 'broken',
      otherwise: 'report',
      source: 'create view broken as …',
    }),
  ],
  notCarried: [],
  withLines: (_context, {table, purpose}, use) => {
    const own = tables.find(({name}) => name === table.name)?.lines ?? '';
    const other = change.compared ?? compared[table.name] ?? own;
    return use({stages: [], input: purpose === 'load' ? own : other});
  },
});

if (has('postgres')) {
  let server: TestServer & {end(): Promise<void>};
  let databases = 0;

  it.before(async () => {
    server = await startPostgres();
  });
  it.after(async () => {
    await server?.end();
  });

  const withTarget = (
    sql: string,
    use: (target: {
      run: (source: Source, options?: {mayReplace?: boolean; resumes?: boolean}) => Promise<Done>;
      ask: (sql: string) => Promise<string>;
      shelf: string;
    }) => Promise<void>,
  ) =>
    withTempFolder(async (project) => {
      databases += 1;
      const database = `target_${databases}`;
      await createDatabase(server, database, {sql});
      const context = testContext(project);
      const connection = {libpq: {...server.libpq, PGDATABASE: database}, source: 'test'};
      await use({
        ask: (statements) => psql(server, statements, {database}),
        shelf: join(context.settings.backups, database),
        run: async (source, {mayReplace = false, resumes = false} = {}) => {
          const target = await lookAtTarget(context, connection, {schema: undefined});
          const planned = await planMigrate(context, target, source);
          assertMayBegin(planned.plan, {mayReplace});
          return migrate(context, {
            ...planned,
            ...{source, jobs: 2, comparison: 'content', resumes, isStrict: true},
          });
        },
      }).finally(context.tools.end);
    });

  type Done = Awaited<ReturnType<typeof migrate>>;

  const schemas = `SELECT string_agg(nspname, ',' ORDER BY nspname) FROM pg_namespace WHERE nspname LIKE 'pgkeep%'`;

  it('brings tables, keys and views in, and says what the server did not take', () =>
    withTarget('', async ({run, ask}) => {
      const done = await run(sourceWith());
      assert.is(
        await ask(
          `SELECT * FROM pair ORDER BY id; SELECT * FROM "${odd.replace('"', '""')}" ; SELECT * FROM flagged`,
        ),
        '1|t|2\n2|f|4\n3|t|6\nx\ty\n\n1\n3',
      );
      assert.is(
        await ask(
          `SELECT count(*) FROM pg_index WHERE indrelid = 'pair'::regclass AND indisprimary`,
        ),
        '1',
      );
      assert.equal(
        done.notCarried.map(({kind, what}) => [kind, what]),
        [
          ['unique', 'CREATE UNIQUE INDEX one_flag ON pair (flag)'],
          ['view', 'CREATE VIEW broken AS SELECT nothing FROM pair'],
        ],
      );
      assert.is(await ask(schemas), `pgkeep_before_${done.plan.run.toLowerCase()}`);
    }));

  const rejects = async (work: Promise<unknown>, exit: number, says: RegExp) => {
    const error = await work.then(
      () => undefined,
      (cause: unknown) => cause,
    );
    assert.instance(error, OpsError);
    assert.is((error as OpsError).exit, exit);
    assert.match((error as OpsError).message, says);
  };

  it('refuses a table that is there already, and puts it aside where it may', () =>
    withTarget('CREATE TABLE pair (old text); INSERT INTO pair VALUES (1)', async ({run, ask}) => {
      await rejects(run(sourceWith()), 2, /has already: table 'pair' with 1 row/);
      assert.is(await ask('SELECT old FROM pair'), '1');
      const done = await run(sourceWith(), {mayReplace: true});
      assert.is(await ask('SELECT count(*) FROM pair'), '3');
      assert.is(await ask(`SELECT old FROM pgkeep_before_${done.plan.run}.pair`), '1');
      assert.is(done.snapshot?.manifest.reason, 'before-migrate');
    }));

  const strange = '20261231T000000Z';
  const noteOf = (source: Source, run: string): RunNote => ({
    ...{pgkeep: 1, verb: 'migrate', run, at: '2026-12-31T00:00:00.000Z', source: source.sha256},
    ...{target: 'public', role: 'incoming', brought: []},
  });
  const planted = (source: Source, schema: string) =>
    [
      ...createSchema(schema, noteOf(source, strange)),
      `CREATE TABLE ${schema}.pair (id bigint, flag boolean, double bigint)`,
      `INSERT INTO ${schema}.pair VALUES (6, true, 6), (6, true, 6), (6, true, 6)`,
      noteLoaded(schema, 'pair', {source: 'pair', name: 'pair', rows: 3, sha256: '', seconds: 1}),
    ].join('; ');

  it('goes on after a run that died before any table was finished, whose folder is there still', () =>
    withTarget('', async ({run, ask, shelf}) => {
      const source = sourceWith();
      await ask(createSchema(incomingSchema(strange), noteOf(source, strange)).join('; '));
      mkdirSync(join(shelf, `.${strange}.partial`), {recursive: true});
      const done = await run(source, {resumes: true});
      assert.is(done.plan.run, strange);
      assert.is(await ask('SELECT count(*) FROM pair'), '3');
    }));

  it('goes on with nothing that another role has made, and not under another name', () =>
    withTarget('', async ({run, ask}) => {
      const source = sourceWith();
      await ask(`CREATE ROLE planter; DO $$ BEGIN EXECUTE format('GRANT CREATE ON DATABASE %I TO planter', current_database()); END $$;
        SET ROLE planter; ${planted(source, incomingSchema(strange))}`);
      await rejects(run(source, {resumes: true}), 2, /was ended read another source/);
      await ask(
        `DROP SCHEMA ${incomingSchema(strange)} CASCADE; ${planted(source, 'pgkeep_incoming_of_mine')}`,
      );
      await rejects(run(source, {resumes: true}), 2, /no migrate to go on with/);
      await run(source);
      assert.is(await ask('SELECT count(*) FROM pair WHERE id = 6'), '0');
    }));

  it('leaves the target as it was where a cell differs, and names the lines', () =>
    withTarget('', async ({run, ask}) => {
      const other = sourceWith({compared: '1\t1\t2\n2\t0\t4\n3\t1\t7\n', tables: 1});
      await rejects(run(other), 4, /target alone: 3\\t1\\t6; source alone: 3\\t1\\t7/);
      assert.is(await ask(`SELECT count(*) FROM pg_class WHERE relname = 'pair'; ${schemas}`), '0');
    }));

  it('takes another order of the same rows for no difference', () =>
    withTarget('', async ({run, ask}) => {
      await run(sourceWith({compared: '3\t1\t6\n1\t1\t2\n2\t0\t4\n', tables: 1}));
      assert.is(await ask('SELECT count(*) FROM pair'), '3');
    }));

  it('names the rights that are missing before anything is begun', () =>
    withTarget(
      'CREATE ROLE weak LOGIN; REVOKE CREATE ON SCHEMA public FROM PUBLIC;',
      async ({ask}) => {
        const database = await ask('SELECT current_database()');
        await withTempFolder(async (project) => {
          const context = testContext(project);
          const libpq = {...server.libpq, PGDATABASE: database, PGUSER: 'weak'};
          const target = await lookAtTarget(context, {libpq, source: 'test'}, {schema: undefined});
          const {plan} = await planMigrate(context, target, sourceWith());
          assert.throws(
            () => assertMayBegin(plan, {mayReplace: true}),
            /'weak' may not create tables in the schema 'public'; 'weak' may not create schemas/,
          );
          await context.tools.end();
        });
      },
    ));
}

it.run();
