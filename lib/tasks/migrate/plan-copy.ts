/** A copied SQLite database read, and what is to become of it in the target. Loaded while the source is copied. */
import {processors} from '../../io/processors.ts';
import type {Sqlite} from '../../io/sources/sqlite.ts';
import type {Context} from '../context.ts';
import {decisionsOf} from './decisions.ts';
import type {Target} from './look-at-target.ts';
import {planMigrate} from './plan.ts';
import {planFill, tablesOf} from './plan-rows.ts';
import type {PlannedSqlite, SqliteRequest} from './plan-sqlite.ts';
import {openAll} from './several-sqlite.ts';

export type Copied = {
  readonly sqlite: Sqlite;
  readonly request: SqliteRequest;
  readonly target: Target;
  readonly files: readonly {readonly file: string; readonly copy: string}[];
};

/** Errors: usage; notIntact for a damaged database; unavailable. */
export const planCopy = async (
  context: Context,
  {sqlite, request, target, files}: Copied,
): Promise<PlannedSqlite> => {
  const {wishes, isComparing, onExisting} = request;
  const targets = onExisting && (await tablesOf(context, target));
  const jobs = request.jobs ?? processors({most: 4});
  const opening = {sqlite, wishes, jobs, isComparing, files, targets, target: target.facts};
  const source = await openAll(context, opening);
  const planned = onExisting
    ? await planFill(context, target, {source, onExisting})
    : await planMigrate(context, target, source);
  const reported = {
    plan: planned.plan,
    decisions: decisionsOf(source),
    notCarried: source.notCarried,
    accounts: source.accounts,
    leftOut: source.leftOut,
    offers: source.offerTexts,
  };
  const {writeRejects} = source;
  const [copy = '', ...otherCopies] = files.map((each) => each.copy);
  return {...planned, source, reported, jobs, copy, otherCopies, writeRejects};
};
