/** The rows of a schema as a SQLite database: all of one moment, made aside, and compared cell by cell before it has its name. */
import {
  inSnapshot,
  loadStatements,
  sqliteTransaction,
  sqliteWrite,
} from '../commands/export-sqlite.ts';
import {psqlScript} from '../commands/postgres.ts';
import {intoPassingFile} from '../io/descriptor.ts';
import {syncFile} from '../io/durable.ts';
import {makeNew} from '../io/new-file.ts';
import {findSqlite} from '../io/sources/sqlite.ts';
import type {Connection} from '../model/connection.ts';
import {OpsError} from '../model/errors.ts';
import type {NotCarried} from '../model/migrate/incoming.ts';
import {matches} from '../model/migrate/name-tables.ts';
import {printable} from '../model/redact.ts';
import {plainStatement} from '../model/sql-script.ts';
import {reach, withServerSession} from './connect.ts';
import type {Context} from './context.ts';
import {assertWhole, type Orphaned, orphansIn} from './export/check-file.ts';
import {compareFile} from './export/compare-file.ts';
import {type ExportDecision, type FilePlan, planFile} from './export/plan-file.ts';
import {type ExportSite, openSnapshot} from './export/snapshot.ts';
import {inPhase} from './in-phase.ts';

export type ExportedSqlite = {
  readonly path: string;
  readonly database: string;
  readonly schema: string;
  readonly tables: readonly {
    readonly name: string;
    readonly source: string;
    readonly rows: number;
    readonly sha256: string;
  }[];
  /** Tables with rows that refer to nothing, as they did on the server. */
  readonly orphans: readonly Orphaned[];
  readonly decisions: readonly ExportDecision[];
  readonly notCarried: readonly NotCarried[];
  readonly seconds: number;
};

export type SqliteExportRequest = {
  readonly connection: Connection;
  /** Absolute; nothing may be there. */
  readonly path: string;
  readonly schema: string;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
};

/**
 * Errors: usage where the file is there, or the schema or a table is not; unavailable; notIntact where the file differs;
 * toolFailed. Then there is no file.
 */
export const exportSqlite = async (
  context: Context,
  request: SqliteExportRequest,
): Promise<ExportedSqlite> => {
  const {connection, path, schema} = request;
  const startedAt = performance.now();
  return makeNew(path, async (aside) => {
    const sqlite = await findSqlite(context.shell);
    const server = await reach(context, connection);
    return withServerSession(context, server, async (session) => {
      const pick = (tables: ExportSite['tables']) => meantBy(tables, request);
      const site = await openSnapshot(session, server, {schema, pick});
      const plan = await planFile(site);
      // Ours alone before sqlite3 opens it: no link that somebody has put there is followed.
      await intoPassingFile(aside, () => fill(context, site, {plan, aside}));
      const tables = await inPhase(context, 'comparing', (update) =>
        compareFile(context, site, {sqlite, aside, tables: plan.tables, update}),
      );
      await assertWhole(context, {sqlite, aside});
      const named = plan.tables.map(({source}) => source);
      const orphans = await orphansIn(context, {sqlite, aside, tables: named});
      await syncFile(aside);
      const seconds = Math.round(performance.now() - startedAt) / 1_000;
      const {decisions, notCarried} = plan;
      const {database} = server.facts;
      return {path, database, schema, tables, orphans, decisions, notCarried, seconds};
    });
  });
};

/** Errors: usage for a pattern that means nothing. */
const meantBy = (
  tables: ExportSite['tables'],
  {include, exclude}: SqliteExportRequest,
): ExportSite['tables'] => {
  for (const pattern of [...include, ...exclude])
    if (!tables.some(({name}) => matches(name, pattern)))
      throw new OpsError('usage', `there is no table '${printable(pattern)}' in the schema`, {
        hint: `there are: ${printable(tables.map(({name}) => name).join(', '))}`,
      });
  return tables.filter(
    ({name}) =>
      (include.length === 0 || include.some((pattern) => matches(name, pattern))) &&
      !exclude.some((pattern) => matches(name, pattern)),
  );
};

type Filling = {readonly plan: FilePlan; readonly aside: string};

/** Tables, rows, then what is quicker to make when the rows are there. */
const fill = async (context: Context, site: ExportSite, {plan, aside}: Filling): Promise<void> => {
  const make = (input: string) => context.shell.run(sqliteWrite(aside), {input});
  await make(`${plan.head.join(';\n')};\n${sqliteTransaction(plan.before)}`);
  await inPhase(context, 'writing', async (update) => {
    let done = 0;
    for (const group of groupsOf(plan.tables)) {
      const script = scriptOf([
        ...inSnapshot(site.snapshot),
        ...loadStatements(site.schema, group),
        'COMMIT',
      ]);
      const {connection, client} = site.server;
      await context.shell.pipe([psqlScript(connection, client.binaries), sqliteWrite(aside)], {
        ...{input: script, output: 'text'},
      });
      done += group.length;
      update({done, total: plan.tables.length, unit: 'tables'});
    }
  });
  await inPhase(context, 'indexes', () => make(sqliteTransaction(plan.after)));
};

/** psql reads it: nothing in it may be a command of psql's own. */
export const scriptOf = (statements: readonly string[]): string =>
  `${statements.map(plainStatement).join(';\n')};\n`;

const groupBytes = 32 << 20;
const groupTables = 40;

/** Starting two programs costs more than a small table. */
const groupsOf = (tables: FilePlan['tables']): readonly FilePlan['tables'][] => {
  const groups: FilePlan['tables'][number][][] = [];
  let bytes = Number.POSITIVE_INFINITY;
  for (const table of tables) {
    const last = groups.at(-1);
    if (last && bytes + table.bytes < groupBytes && last.length < groupTables) last.push(table);
    else groups.push([table]);
    bytes = (groups.at(-1)?.length === 1 ? 0 : bytes) + table.bytes;
  }
  return groups;
};
