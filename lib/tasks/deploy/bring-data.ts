/** Phase 8: the data of the SQLite database, once, by the verb that brings and compares them. */
import {sqliteRead, sqliteScript} from '../../commands/sqlite.ts';
import {assertDatabase, findSqlite} from '../../io/sources/sqlite.ts';
import {isBookkeeping} from '../../model/deploy/bookkeeping.ts';
import type {Server} from '../connect.ts';
import type {Context} from '../context.ts';
import {carryOut} from '../migrate/carry-out.ts';
import {lookAtTarget} from '../migrate/look-at-target.ts';
import {assertMayBegin} from '../migrate/plan.ts';
import {planSource} from '../migrate/plan-source.ts';
import {settleRejects} from '../migrate/settle-rejects.ts';

/** For the journal. */
export type Brought = {
  readonly broughtTables: number;
  readonly broughtRows: number;
  /** The set of what was there; null where the database was empty. */
  readonly setBeforeData: string | null;
};

/**
 * Into the tables that the application's migrations have made, where there are such; else the tables come too. Errors: as
 * `migrate`; then the target is what it was.
 */
export const bringData = async (
  context: Context,
  {file, server}: {readonly file: string; readonly server: Server},
): Promise<Brought> => {
  const {connection} = server;
  const {facts} = await lookAtTarget(context, connection, {schema: undefined});
  const isMade = facts.userTables > 0;
  const exclude = isMade ? (await tablesIn(context, file)).filter(isBookkeeping) : [];
  const request = {
    ...{files: [file], schema: undefined, jobs: undefined, origin: undefined},
    ...{isStrict: true, isComparing: false},
    onExisting: isMade ? ('refuse' as const) : undefined,
    wishes: {names: 'keep' as const, infers: true, include: [], exclude, map: {}},
  };
  return planSource(context, {connection, request}, {isDryRun: false}, async (planned) => {
    assertMayBegin(planned.plan, {mayReplace: false});
    const settled = await settleRejects(context, planned, {folder: undefined, isStrict: true});
    const outcome = await carryOut(context, settled, {comparison: 'content', resumes: false});
    const rows = outcome.tables.reduce((sum, table) => sum + table.rows, 0);
    context.reporter.step(`  ${outcome.tables.length} tables, ${rows} rows: ${outcome.comparison}`);
    return {
      ...{broughtTables: outcome.tables.length, broughtRows: rows},
      setBeforeData: outcome.snapshot ?? null,
    };
  });
};

const tablesIn = async ({shell}: Context, file: string): Promise<readonly string[]> => {
  await assertDatabase(file);
  const {escapes} = await findSqlite(shell);
  const statement = "SELECT name FROM sqlite_schema WHERE type = 'table'";
  const {stdout} = await shell.run(sqliteRead(file, {printing: 'apart', escapes}), {
    input: sqliteScript([statement]),
  });
  return stdout.split('\u001e').filter(Boolean);
};
