/** SQLite databases made of SQL, and what a migrate makes of them: in the test's own process. */
import {execFileSync} from 'node:child_process';
import {mkdtempSync} from 'node:fs';
import {join} from 'node:path';
import type {Outcome} from '../../lib/model/migrate/plan-text.ts';
import {carryOut} from '../../lib/tasks/migrate/carry-out.ts';
import {assertMayBegin} from '../../lib/tasks/migrate/plan.ts';
import {planSqlite, type SqliteRequest} from '../../lib/tasks/migrate/plan-sqlite.ts';
import {settleRejects} from '../../lib/tasks/migrate/settle-rejects.ts';
import type {Comparison} from '../../lib/tasks/migrate/stage.ts';
import {planUndoMigrate, undoMigrate} from '../../lib/tasks/migrate/undo-migrate.ts';
import {testContext} from './context.ts';
import {createDatabase, psql, type TestServer} from './postgres.ts';
import {withTempFolder} from './temp-folder.ts';

/** A database file of its own folder, made by the sqlite3 program itself. */
export const makeSqlite = (folder: string, sql: string): string => {
  const file = join(mkdtempSync(join(folder, 'source-')), 'app.db');
  execFileSync('sqlite3', ['-batch', '-bail', '-init', '/dev/null', file], {input: sql});
  return file;
};

/** Puts another text in the place of a table's own, which SQLite takes as it is. */
export const rewriteSchema = (file: string, sql: string): void => {
  const text = `'${sql.replaceAll("'", "''")}'`;
  execFileSync('sqlite3', ['-batch', '-bail', '-init', '/dev/null', file], {
    input: `PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = ${text} WHERE name = 't';`,
  });
};

/** What sqlite3 says to a statement. */
export const askFile = (file: string, sql: string): string =>
  execFileSync('sqlite3', ['-batch', '-readonly', '-init', '/dev/null', file, sql], {
    encoding: 'utf8',
  }).trimEnd();

export type Target = {
  readonly database: string;
  /** The project's folder, gone afterwards. */
  readonly project: string;
  readonly outcome: Outcome;
  /** The answer of the target: columns by `|`, one line each. */
  ask(sql: string): Promise<string>;
  /** The migrate taken back. */
  undo(): Promise<void>;
};

let targets = 0;

export type MigratedOptions = Partial<SqliteRequest['wishes']> & {
  /** Run in the target before. */
  readonly before?: string;
  /** Run in the target when the plan is made. */
  readonly between?: string | ((ask: Target['ask']) => void);
  /** Rows alone, into the tables that were made before. */
  readonly onExisting?: SqliteRequest['onExisting'];
  readonly comparison?: Comparison;
  /** Rows and cells may be lost only where this is false. */
  readonly isStrict?: boolean;
};

/** Migrate a database made of this SQL into a new one, and look at that. */
export const withMigrated = (
  server: TestServer,
  sql: string,
  use: (target: Target) => Promise<void> | void,
  {
    before,
    isStrict = true,
    onExisting,
    comparison = 'content',
    between,
    ...wishes
  }: MigratedOptions = {},
): Promise<void> =>
  withTempFolder(async (project) => {
    const file = makeSqlite(project, sql);
    targets += 1;
    const database = `migrated_${targets}`;
    await createDatabase(server, database, before === undefined ? {} : {sql: before});
    const context = testContext(project);
    const connection = {libpq: {...server.libpq, PGDATABASE: database}, source: 'test'};
    try {
      const outcome = await planSqlite(
        context,
        {
          connection,
          request: {
            ...{files: [file], schema: undefined, jobs: 2, isComparing: false, onExisting},
            wishes: {names: 'keep', infers: true, include: [], exclude: [], map: {}, ...wishes},
          },
        },
        {isDryRun: false},
        async (planned) => {
          assertMayBegin(planned.plan, {mayReplace: before !== undefined});
          if (typeof between === 'function')
            between((statements) => psql(server, statements, {database}));
          else if (between !== undefined) await psql(server, between, {database});
          const settled = await settleRejects(context, planned, {folder: undefined, isStrict});
          return carryOut(context, settled, {comparison, resumes: false, isStrict});
        },
      );
      await use({
        ...{database, outcome, project},
        ask: (statements) => psql(server, statements, {database}),
        undo: async () => {
          const later = {...context, now: new Date(context.now.getTime() + 60_000)};
          const planned = await planUndoMigrate(later, connection);
          if (!planned) throw new Error('there is nothing to take back');
          await undoMigrate(later, planned);
        },
      });
    } finally {
      await context.tools.end();
      await psql(server, `DROP DATABASE ${database} WITH (FORCE)`);
    }
  });

/** `column type` of a table, in order. */
export const columnsOf = (table: string): string =>
  `SELECT string_agg(attname || ' ' || format_type(atttypid, atttypmod) || CASE WHEN attnotnull THEN ' not null' ELSE '' END, ', ' ORDER BY attnum)
   FROM pg_attribute WHERE attrelid = '${table.replaceAll("'", "''")}'::regclass AND attnum > 0 AND NOT attisdropped`;
