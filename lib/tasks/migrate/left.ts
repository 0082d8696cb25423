/** What migrates that died have left in the target: dropped, or gone on with. */
import * as staging from '../../commands/migrate-staging.ts';
import {OpsError} from '../../model/errors.ts';
import {incomingSchema, type RunNote, runNoteIn} from '../../model/migrate/run-note.ts';
import {withServerSession} from '../connect.ts';
import type {Context} from '../context.ts';
import type {MigrateWork} from './migrate.ts';
import type {StagedTable} from './stage.ts';

export type RunSchema = {
  readonly name: string;
  readonly comment: string | null;
  readonly isMine: boolean;
  /** The role's itself: a superuser is everybody else too. */
  readonly isOwn: boolean;
  readonly tables: readonly {readonly name: string; readonly comment: string | null}[];
};

/**
 * Clear up after runs that died, and say what of them is used again: the run to go on with, or the new
 * one, and the tables that are finished. Needs the lock of the database, so that nobody is at work on
 * what is dropped. Errors: usage where there is nothing to go on with, or it was another source.
 */
export const clearLeft = (
  context: Context,
  work: MigrateWork,
): Promise<{readonly run: string; readonly done: ReadonlyMap<string, StagedTable>}> => {
  const {server, source, plan, resumes} = work;
  return withServerSession(context, server, async (session) => {
    const found = await session.query<RunSchema>(staging.runSchemas);
    const left = found.flatMap((schema) => {
      const note = runNoteIn(schema.comment);
      // A comment is a text that anybody may give to a schema of his own: what is gone on with serves as it is.
      const isOurs = note?.role === 'incoming' && schema.name === incomingSchema(note.run);
      return isOurs && schema.isMine && note.target === plan.schema ? [{...schema, note}] : [];
    });
    const same = left.findLast(({note, isOwn}) => isOwn && note.source === source.sha256);
    if (resumes && !same) throw nothingToResume(left.length > 0);
    const done = resumes && same ? finished(same, work) : new Map<string, StagedTable>();
    for (const {name, note} of left) {
      if (done.size > 0 && name === same?.name) continue;
      context.reporter.warn(
        `the migrate ${note.run} was ended before its move: the target is what it was; what it had built is dropped`,
      );
      await session.query(staging.dropSchema(name));
    }
    return {run: resumes && same ? same.note.run : plan.run, done};
  });
};

/** What is finished as this run would finish it: with all its rows, and compared as it is to compare them. */
const finished = (
  {tables}: RunSchema & {readonly note: RunNote},
  {source, comparison}: MigrateWork,
) =>
  new Map(
    tables.flatMap(({name, comment}) => {
      const staged = stagedIn(comment);
      const own = source.tables.find((table) => table.name === name);
      const rows = comparison === 'none' && own ? 0 : own?.rows;
      const isCompared = comparison !== 'content' || staged?.sha256 !== undefined;
      const isFinished = staged?.name === name && staged.rows === rows && isCompared;
      return isFinished ? [[name, staged] as const] : [];
    }),
  );

const stagedIn = (comment: string | null): StagedTable | undefined => {
  try {
    return JSON.parse(comment ?? '') as StagedTable;
  } catch {
    return undefined;
  }
};

const nothingToResume = (isOther: boolean) =>
  new OpsError(
    'usage',
    isOther
      ? 'the migrate that was ended read another source, or read it otherwise'
      : 'there is no migrate to go on with',
    {hint: 'run without --resume: it begins anew'},
  );
