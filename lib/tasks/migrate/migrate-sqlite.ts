import type {Outcome} from '../../model/migrate/plan-text.ts';
import type {Context} from '../context.ts';
import {migrate} from './migrate.ts';
import type {PlannedSqlite} from './plan-sqlite.ts';
import type {Comparison} from './stage.ts';

const told: Readonly<Record<Comparison, string>> = {
  content: 'every cell compared',
  rows: 'rows counted, cells not compared',
};

/** Carry out a planned migrate from SQLite; gives the report. Errors: as `migrate`. */
export const migrateSqlite = async (
  context: Context,
  {plan, server, source, reported, jobs, copy}: PlannedSqlite,
  {comparison, resumes}: {readonly comparison: Comparison; readonly resumes: boolean},
): Promise<Outcome> => {
  const done = await migrate(context, {plan, server, source, jobs, comparison, resumes});
  return {
    ...reported,
    plan: done.plan,
    notCarried: done.notCarried,
    tables: done.tables,
    copy,
    snapshot: done.snapshot?.manifest.id,
    seconds: done.seconds,
    comparison: told[comparison],
  };
};
