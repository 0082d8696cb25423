/** The containers of one service of a deploy, looked at anew: old ones, and those that are as they are wanted. */
import type {Scales} from '../../commands/compose.ts';
import {statesOfProject} from '../../io/container-states.ts';
import type {ServiceConfig} from '../../model/deploy/compose-config.ts';
import type {ContainerState} from '../../model/deploy/container-state.ts';
import type {ServicePlan} from '../../model/deploy/deploy-plan.ts';
import {isNew, ofService} from '../../model/deploy/plan-services.ts';
import {isJob, needsOf} from '../../model/deploy/service-order.ts';
import type {Context} from '../context.ts';
import type {Deployment} from './deployment.ts';

export type ServiceScene = {
  readonly olds: readonly ContainerState[];
  readonly news: readonly ContainerState[];
};

/** By what they are, not by what a journal says: so a switch that was killed goes on where it stood. */
export const sceneOf = async (
  {shell}: Context,
  {project}: Pick<Deployment, 'project'>,
  plan: ServicePlan,
): Promise<ServiceScene> => {
  const own = ofService(await statesOfProject(shell, project.name), plan.service);
  const byNumber = own.toSorted((a, b) => Number(a.number) - Number(b.number));
  return {
    olds: byNumber.filter((one) => !isNew(one, plan)),
    news: byNumber.filter((one) => isNew(one, plan)),
  };
};

export const configOf = ({project}: Pick<Deployment, 'project'>, service: string): ServiceConfig =>
  project.config.services[service] ?? {};

export const isJobOf = ({project}: Pick<Deployment, 'project'>, service: string): boolean =>
  isJob(project.config, service);

/** So many of a service, and of all that it depends on as many as there are: compose then changes nothing of those. */
export const scalesFor = async (
  {shell}: Context,
  {project}: Pick<Deployment, 'project'>,
  {service, total}: {readonly service: string; readonly total: number},
): Promise<Scales> => {
  const containers = await statesOfProject(shell, project.name);
  const there = needsOf(project.config, service).map(
    (needed) => [needed, ofService(containers, needed).length] as const,
  );
  return {...Object.fromEntries(there), [service]: total};
};
