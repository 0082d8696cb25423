import type {MigratePlan} from '../../model/migrate/migrate-plan.ts';
import type {Outcome, Reported} from '../../model/migrate/plan-text.ts';
import type {Server} from '../connect.ts';
import type {Context} from '../context.ts';
import {migrate} from './migrate.ts';
import type {Source} from './source.ts';
import type {Comparison} from './stage.ts';

export type PlannedSource = {
  readonly plan: MigratePlan;
  readonly server: Server;
  readonly source: Source;
  readonly reported: Reported;
  readonly jobs: number;
  /** What was read of the source, and is kept. */
  readonly copy: string;
  /** Of further sources. */
  readonly otherCopies?: readonly string[];
  /** Each row and cell that does not come as it is, into files of this folder. */
  readonly writeRejects?: (context: Context, folder: string) => Promise<readonly string[]>;
  /** Looks at a source that others may write: warnings for what it holds otherwise by now. */
  readonly lookAgain?: () => Promise<void>;
};

const told: Readonly<Record<Comparison, string>> = {
  content: 'every cell compared',
  rows: 'rows counted, cells not compared',
  none: 'definitions alone, no rows',
};

export type Carrying = {
  readonly comparison: Comparison;
  readonly resumes: boolean;
  readonly isStrict?: boolean;
  /** Rows of each table that are shown from both sides; none when absent. */
  readonly sampleRows?: number;
};

/** Carry out a planned migrate; gives the report. Errors: as `migrate`. */
export const carryOut = async (
  context: Context,
  {plan, server, source, reported, jobs, copy, otherCopies, lookAgain}: PlannedSource,
  {comparison, resumes, isStrict = true, sampleRows = 0}: Carrying,
): Promise<Outcome> => {
  const work = {plan, server, source, jobs, comparison, resumes, isStrict, sampleRows};
  const done = await migrate(context, work);
  await lookAgain?.();
  return {
    ...reported,
    plan: done.plan,
    notCarried: done.notCarried,
    tables: done.tables,
    filled: done.filled,
    copy,
    ...(otherCopies && otherCopies.length > 0 ? {otherCopies} : {}),
    snapshot: done.snapshot?.manifest.id,
    seconds: done.seconds,
    comparison: told[comparison],
    samples: done.samples,
  };
};
