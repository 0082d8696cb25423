/** The actions of `deploy` that change nothing: plan, rehearse, status, history. */
import {OpsError} from '../lib/model/errors.ts';
import type {Context} from '../lib/tasks/context.ts';
import type {Action} from './_deploy-actions.ts';
import type {Deciding} from './_deploy-run.ts';
import {historyText, planText, rehearsedText, statusText} from './_deploy-text.ts';
import {writePlan} from './_plan-file.ts';

export type Looked = {
  readonly text: string;
  readonly json: unknown;
  /** The plan has faults: it would be refused. */
  readonly isFaulty?: boolean;
};

export const looked = async (
  context: Context,
  action: Action,
  request: Deciding & {readonly out: string | undefined},
): Promise<Looked> => {
  const {table} = await import('../lib/io/table.ts');
  if (action === 'status') {
    const {status} = await import('../lib/tasks/deploy/status.ts');
    const found = await status(context);
    return {text: statusText(found, table), json: found};
  }
  if (action === 'history') {
    const {history} = await import('../lib/tasks/deploy/history.ts');
    const states = await history(context);
    return {text: historyText(states, table), json: states};
  }
  if (action === 'rehearse') return rehearsed(context);
  const {planDeploy} = await import('../lib/tasks/deploy/plan-deploy.ts');
  const plan = await planDeploy(context, request);
  const isFaulty = plan.findings.some(({level}) => level === 'fault');
  if (request.out !== undefined && !isFaulty) await writePlan(request.out, plan);
  return {text: planText(plan, table), json: plan, isFaulty};
};

const rehearsed = async (context: Context): Promise<Looked> => {
  const [{rehearseAlone}, {table}] = await Promise.all([
    import('../lib/tasks/deploy/rehearse-alone.ts'),
    import('../lib/io/table.ts'),
  ]);
  const {plan, facts} = await rehearseAlone(context);
  if (facts.pending !== true)
    return {text: 'no migration is pending: nothing to rehearse', json: {plan}};
  if (!facts.rehearsal) throw new OpsError('unavailable', facts.why ?? 'it could not be rehearsed');
  const lines = rehearsedText(facts.rehearsal, {table, settings: context.settings});
  return {text: [planText(plan, table), ...lines].join('\n'), json: {plan, ...facts}};
};
