/** The actions of `deploy` that change something: shown, asked about, carried out. */
import type {DeployPlan} from '../lib/model/deploy/deploy-plan.ts';
import type {Facts} from '../lib/model/deploy/deploy-state.ts';
import type {Mode} from '../lib/model/deploy/phases.ts';
import type {Context} from '../lib/tasks/context.ts';
import type {Deployed} from '../lib/tasks/deploy/end-of-deploy.ts';
import type {RollbackPlan} from '../lib/tasks/deploy/plan-rollback.ts';
import type {Rehearsing} from '../lib/tasks/deploy/rehearsal-phase.ts';
import type {DataLoss} from '../lib/tasks/deploy/rollback-data.ts';
import {confirmByName, refuseUnasked} from './_confirm.ts';
import {decisionText, planText} from './_deploy-text.ts';

export type Deciding = {
  readonly mode: Mode;
  readonly allowsSkew: boolean;
  readonly read: DeployPlan | undefined;
};

export const deployed = async (
  context: Context,
  request: Deciding & {readonly rehearsing: Rehearsing; readonly isSure: boolean},
): Promise<Deployed> => {
  const {isSure, ...asked} = request;
  refuseUnasked({isSure, what: 'a deploy'});
  const [{deploy}, {table}] = await Promise.all([
    import('../lib/tasks/deploy/deploy.ts'),
    import('../lib/io/table.ts'),
  ]);
  const confirm = async (plan: DeployPlan, facts: Facts) => {
    tell(context, [
      planText(plan, table),
      ...decisionText(facts, {table, settings: context.settings}),
    ]);
    await confirmProject(plan.project, {isSure, what: 'a deploy'});
  };
  return deploy(context, {...asked, confirm});
};

export const resumed = async (
  context: Context,
  {isSure}: {readonly isSure: boolean},
): Promise<Deployed> => {
  refuseUnasked({isSure, what: 'a resume'});
  const [{resume}, {table}] = await Promise.all([
    import('../lib/tasks/deploy/resume.ts'),
    import('../lib/io/table.ts'),
  ]);
  return resume(context, {
    confirm: async (state, plan) => {
      tell(context, [
        planText(plan, table),
        ...decisionText(state.facts, {table, settings: context.settings}),
      ]);
      await confirmProject(plan.project, {isSure, what: 'a resume'});
    },
  });
};

type Back = {readonly withData: boolean; readonly isForced: boolean; readonly isSure: boolean};

export const rolledBack = async (context: Context, {isSure, ...back}: Back) => {
  refuseUnasked({isSure, what: 'a rollback'});
  const {rollback} = await import('../lib/tasks/deploy/rollback.ts');
  return rollback(context, {
    ...back,
    confirm: async (plan, loss) => {
      tell(context, [await rollbackText(plan, loss)]);
      await confirmProject(plan.plan.project, {isSure, what: 'a rollback'});
    },
  });
};

/** What a rollback would do, and nothing of it done. Errors: as `rollback` before it begins. */
export const plannedBack = async (context: Context, back: Omit<Back, 'isSure'>) => {
  const [{planRollback}, {refuseUnsafe}, {planDataBack}, {rolledServices}] = await Promise.all([
    import('../lib/tasks/deploy/plan-rollback.ts'),
    import('../lib/tasks/deploy/rollback.ts'),
    import('../lib/tasks/deploy/rollback-data.ts'),
    import('../lib/model/deploy/rollback-text.ts'),
  ]);
  const plan = await planRollback(context);
  refuseUnsafe(plan, back);
  const loss = back.withData ? await planDataBack(context, plan) : undefined;
  const {of, way, isExact, isMigrated, verdict, added} = plan;
  return {
    ...{of: of.deploy, way, isExact, isMigrated, verdict, added, services: rolledServices(plan)},
    ...{loss: loss?.plan ?? null, text: await rollbackText(plan, loss)},
  };
};

const rollbackText = async (plan: RollbackPlan, loss: DataLoss | undefined): Promise<string> => {
  const [
    {table},
    {rollbackLines, rolledServices},
    {serviceHead, serviceRows},
    {tableText},
    {planLines},
  ] = await Promise.all([
    import('../lib/io/table.ts'),
    import('../lib/model/deploy/rollback-text.ts'),
    import('../lib/model/deploy/deploy-plan-text.ts'),
    import('./_table-text.ts'),
    import('../lib/model/restore-plan-text.ts'),
  ]);
  return [
    ...rollbackLines(plan),
    table({head: serviceHead, rows: serviceRows({services: rolledServices(plan)})}),
    ...(loss
      ? [
          ...planLines(loss.plan).map(([word, said]) => `${word.padEnd(10)} ${said}`),
          ...tableText(loss.plan.tables, {of: 'before the deploy', table}),
        ]
      : []),
  ].join('\n');
};

export const unlocked = async (context: Context, {isSure}: {readonly isSure: boolean}) => {
  const {unlock} = await import('../lib/tasks/deploy/unlock.ts');
  return unlock(context, {
    confirm: async ({open, holder}) => {
      if (open)
        tell(context, [
          `the ${open.verb} ${open.deploy} of ${open.user}@${open.host}, process ${open.pid}, has no end: it is given up, and everything stays as it is`,
        ]);
      if (holder)
        tell(context, [
          `session ${holder.pid} from ${holder.address} since ${holder.since} has the lock of the database: it is ended`,
        ]);
      await confirmProject('unlock', {isSure, what: 'an unlock'});
    },
  });
};

const confirmProject = (
  name: string,
  {isSure, what}: {readonly isSure: boolean; readonly what: string},
): Promise<void> =>
  confirmByName(name, {
    ...{isSure, what, word: what === 'an unlock' ? 'the word' : 'the name of the project'},
  });

const tell = ({reporter}: Context, texts: readonly string[]): void => {
  for (const line of texts.join('\n').split('\n')) reporter.step(line);
};
