/** SQLite into PostgreSQL and back: what two files hold, as texts that can be compared. */
import {execFileSync} from 'node:child_process';
import {mkdtempSync, rmSync} from 'node:fs';
import {join} from 'node:path';
import type {Outcome} from '../../lib/model/migrate/plan-text.ts';
import {type ExportedSqlite, exportSqlite} from '../../lib/tasks/export-sqlite.ts';
import {carryOut} from '../../lib/tasks/migrate/carry-out.ts';
import {planSqlite} from '../../lib/tasks/migrate/plan-sqlite.ts';
import {testContext} from './context.ts';
import {createDatabase, psql, type TestServer} from './postgres.ts';

const ask = (file: string, sql: string): string =>
  execFileSync('sqlite3', ['-batch', '-bail', '-readonly', '-init', '/dev/null', file], {
    input: Buffer.from(sql),
    encoding: 'latin1',
    maxBuffer: 1e9,
  });

const name = (text: string) => `"${text.replaceAll('"', '""')}"`;

/** Every cell of every ordinary table with its class and its bytes, the rows in the order of these. */
export const cellsIn = (file: string): string => {
  const listed = ask(
    file,
    `SELECT json_group_array(json_array(t.name, (SELECT json_group_array(c.name) FROM pragma_table_xinfo(t.name) c WHERE c.hidden <> 1)))
     FROM pragma_table_list t WHERE t.schema = 'main' AND t.type = 'table' AND t.name NOT LIKE 'sqlite\\_%' ESCAPE '\\'`,
  );
  const tables = JSON.parse(Buffer.from(listed, 'latin1').toString('utf8')) as [string, string[]][];
  const statements = tables.toSorted().map(([table, columns]) => {
    const cells = columns
      .map(name)
      .map(
        (column) =>
          `typeof(${column}) || ' ' || coalesce(hex(CASE typeof(${column}) WHEN 'real' THEN ieee754_to_blob(${column}) ELSE CAST(${column} AS BLOB) END), '')`,
      );
    return `SELECT '${table.replaceAll("'", "''")}'; SELECT ${cells.join(" || ', ' || ")} AS line FROM ${name(table)} NOT INDEXED ORDER BY line;`;
  });
  return ask(file, statements.join('\n'));
};

/** Every statement of the schema, but for what is in no file that PostgreSQL could fill again; then the marks of AUTOINCREMENT. */
export const schemaIn = (file: string): string => {
  const own = ask(
    file,
    `SELECT type, name, tbl_name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND sql NOT LIKE 'CREATE VIRTUAL%' AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'
       AND name NOT IN (SELECT name FROM pragma_table_list WHERE type = 'shadow') ORDER BY type, name;
     SELECT encoding, user_version, application_id FROM pragma_encoding, pragma_user_version, pragma_application_id;`,
  );
  const counts = /AUTOINCREMENT/i.test(own)
    ? ask(file, 'SELECT name, seq FROM sqlite_sequence ORDER BY name')
    : '';
  return own + counts;
};

export type RoundTrip = {
  readonly back: string;
  readonly outcome: Outcome;
  readonly exported: ExportedSqlite;
};

let trips = 0;

export type TripOptions = {
  /** Run in PostgreSQL before the way back. */
  readonly between?: string;
  readonly project: string;
};

/** Migrate a file and export what came of it; the database is dropped behind it. */
export const roundTrip = async (
  server: TestServer,
  file: string,
  {between, project}: TripOptions,
): Promise<RoundTrip> => {
  trips += 1;
  const database = `trip_${trips}`;
  await createDatabase(server, database);
  const context = testContext(project);
  const connection = {libpq: {...server.libpq, PGDATABASE: database}, source: 'test'};
  try {
    const wishes = {names: 'keep', infers: true, include: [], exclude: [], map: {}} as const;
    const request = {
      ...{files: [file], schema: undefined, jobs: 2, isComparing: false, onExisting: undefined},
      wishes,
    };
    const outcome = await planSqlite(context, {connection, request}, {isDryRun: false}, (planned) =>
      carryOut(context, planned, {comparison: 'content', resumes: false}),
    );
    if (between !== undefined) await psql(server, between, {database});
    const back = join(mkdtempSync(join(project, 'back-')), 'back.db');
    const exported = await exportSqlite(context, {
      ...{connection, path: back, schema: 'public', include: [], exclude: []},
    });
    return {back, outcome, exported};
  } finally {
    await context.tools.end();
    await psql(server, `DROP DATABASE ${database} WITH (FORCE)`);
    rmSync(join(project, 'backups'), {recursive: true, force: true});
  }
};
