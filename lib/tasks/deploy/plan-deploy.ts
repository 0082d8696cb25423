/** Looks, judges and decides: all of a deploy that touches nothing. */

import type {DeployPlan} from '../../model/deploy/deploy-plan.ts';
import {type Finding, refuseFindings} from '../../model/deploy/finding.ts';
import {judgeAround} from '../../model/deploy/judge-around.ts';
import {servicesToDeploy} from '../../model/deploy/judge-names.ts';
import {judgeProxy} from '../../model/deploy/judge-proxy.ts';
import type {Mode} from '../../model/deploy/phases.ts';
import {planDifferences} from '../../model/deploy/plan-differences.ts';
import {OpsError} from '../../model/errors.ts';
import type {Context} from '../context.ts';
import {checkEnvironment} from './check-environment.ts';
import {checkPrerequisites} from './check-prerequisites.ts';
import {look, type Scene} from './look.ts';
import {makePlan} from './make-plan.ts';
import {oneOffsOf} from './one-off.ts';
import {skewOf} from './skew.ts';

export type PlanRequest = {
  readonly mode: Mode;
  /** Go on although the version that serves and the schema do not fit together. */
  readonly allowsSkew: boolean;
  /** A plan that somebody has read: what is done must be the same. */
  readonly read: DeployPlan | undefined;
};

/** Everything that `deploy plan` shows; faults are in it. Errors: settings, unavailable. */
export const planDeploy = async (context: Context, request: PlanRequest): Promise<DeployPlan> => {
  const scene = await look(context);
  const findings = [
    ...(await hostFindings(context, scene)),
    ...(await checkEnvironment(context, scene.project)),
    ...(await leftRunning(context, scene)),
  ];
  const plan = await makePlan(context, scene, {mode: request.mode, findings});
  return {...plan, findings: [...plan.findings, ...skewOf(plan, request)]};
};

/** Errors: usage where reality has changed since the plan was read. */
export const refuseOther = (plan: DeployPlan, {read}: Pick<PlanRequest, 'read'>): void => {
  const differences = read ? planDifferences(read, plan) : [];
  if (differences.length === 0) return;
  throw new OpsError('usage', `not what was planned: ${differences.join('; ')}`, {
    hint: 'nothing was touched: make the plan again, read it, then deploy it',
  });
};

/** Errors: unavailable for faults of the host. */
export const checkHost = async (context: Context, scene: Scene): Promise<readonly Finding[]> => {
  const findings = await hostFindings(context, scene);
  refuseFindings(findings, 'unavailable');
  return findings;
};

const hostFindings = async (
  context: Context,
  {project, containers}: Scene,
): Promise<readonly Finding[]> => [
  ...(await checkPrerequisites(context, project)),
  ...judgeProxy(project.config, context.settings),
  ...judgeAround(project.config, {
    ...{containers, databaseService: context.settings.databaseService},
    services: servicesToDeploy({config: project.config, ...context.settings}),
  }),
];

/** Errors: settings for faults of the environment. */
export const checkValues = async (
  context: Context,
  {project}: Scene,
): Promise<readonly Finding[]> => {
  const findings = await checkEnvironment(context, project);
  refuseFindings(findings, 'settings');
  return findings;
};

const leftRunning = async (context: Context, {project}: Scene): Promise<readonly Finding[]> =>
  (await oneOffsOf(context, project.name))
    .filter(({status}) => status === 'running')
    .map(({name, deploy}) => ({
      ...{level: 'fault', rule: 'migration at work', where: `container '${name}'`},
      what: `the migration of the deploy ${deploy} still runs`,
      hint: 'wait for it, or see pgkeep deploy status',
    }));
