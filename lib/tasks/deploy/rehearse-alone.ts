/** A rehearsal by itself: nothing of production is touched, and nothing is deployed. */
import type {DeployPlan} from '../../model/deploy/deploy-plan.ts';
import type {Facts} from '../../model/deploy/deploy-state.ts';
import type {Context} from '../context.ts';
import {look} from './look.ts';
import {makePlan} from './make-plan.ts';
import {checkHost} from './plan-deploy.ts';
import {pullImages} from './pull-images.ts';
import {rehearsalPhase} from './rehearsal-phase.ts';

/** Errors: settings, unavailable; toolFailed for what fails on the copy. */
export const rehearseAlone = async (
  context: Context,
): Promise<{readonly plan: DeployPlan; readonly facts: Facts}> => {
  const found = await look(context);
  const findings = await checkHost(context, found);
  const scene = await pullImages(context, found);
  const plan = await makePlan(context, scene, {mode: 'full', findings});
  return {plan, facts: await rehearsalPhase(context, scene, {plan, rehearsing: 'require'})};
};
