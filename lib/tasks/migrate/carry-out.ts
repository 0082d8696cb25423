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

/** Carry out a planned migrate; gives the report. Errors: as `migrate`. */
export const carryOut = async (
  context: Context,
  {plan, server, source, reported, jobs, copy, lookAgain}: PlannedSource,
  {
    comparison,
    resumes,
    isStrict = true,
  }: {
    readonly comparison: Comparison;
    readonly resumes: boolean;
    readonly isStrict?: boolean;
  },
): Promise<Outcome> => {
  const done = await migrate(context, {plan, server, source, jobs, comparison, resumes, isStrict});
  await lookAgain?.();
  return {
    ...reported,
    plan: done.plan,
    notCarried: done.notCarried,
    tables: done.tables,
    filled: done.filled,
    copy,
    snapshot: done.snapshot?.manifest.id,
    seconds: done.seconds,
    comparison: told[comparison],
  };
};
