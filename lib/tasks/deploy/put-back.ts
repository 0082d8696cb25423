/** The way back within a deploy: the old containers are still there, and are started again as they were. */
import {removeKeeping} from '../../commands/container-keeps.ts';
import {setRestartPolicy} from '../../commands/docker.ts';
import {startAll, stopAll} from '../../io/services.ts';
import type {ContainerState} from '../../model/deploy/container-state.ts';
import type {ServicePlan} from '../../model/deploy/deploy-plan.ts';
import {OpsError} from '../../model/errors.ts';
import type {Context} from '../context.ts';
import {type Deployment, tryNoteAct} from './deployment.ts';
import {pointProxy} from './proxy.ts';
import {configOf, isJobOf, sceneOf} from './service-containers.ts';
import {untilWell} from './until-well.ts';

/**
 * Every service that was touched, the last one first. Each is tried, whatever became of the others. Errors: undecided,
 * naming what could not be put back.
 */
export const putBack = async (context: Context, deployment: Deployment): Promise<void> => {
  const problems: string[] = [];
  for (const plan of deployment.plan.services.toReversed()) {
    if (plan.strategy === 'leave') continue;
    await putServiceBack(context, deployment, plan).catch((error: unknown) => {
      problems.push(`'${plan.service}': ${error instanceof Error ? error.message : String(error)}`);
    });
  }
  if (problems.length === 0) return;
  throw new OpsError('undecided', `not every service could be put back: ${problems.join('; ')}`, {
    hint: '`pgkeep deploy status` shows what runs; `pgkeep deploy rollback` tries again',
  });
};

const putServiceBack = async (
  context: Context,
  deployment: Deployment,
  plan: ServicePlan,
): Promise<void> => {
  const {service, strategy} = plan;
  const {olds, news} = await sceneOf(context, deployment, plan);
  const isDown = olds.some(
    ({id, status}) => status !== 'running' && (plan.from?.running.includes(id) ?? false),
  );
  if (news.length === 0 && !isDown) return;
  context.reporter.step(
    olds.length === 0 ? `  ${service}: taking the new one away` : `  ${service}: back to the old`,
  );
  // Of a deploy that was held: neither what served before it nor what this one has made.
  const others = olds.filter(
    ({id, status}) => status === 'running' && plan.from?.running.includes(id) === false,
  );
  const away = [...news, ...others];
  // Where both can be up at once, the new ones serve until the old ones are well again.
  if (strategy !== 'roll') {
    if (isDown) deployment.outages.begin(service, performance.now());
    await stopRunning(context, away);
  }
  await revive(context, deployment, {plan, olds});
  // A roll that never came to the proxy has left it where it was.
  if (plan.port !== null && (strategy !== 'roll' || deployment.proxied.get(service) === 'new'))
    await pointProxy(context, deployment, {service, to: 'old'});
  deployment.outages.end(service, performance.now());
  await stopRunning(context, away);
  const {docker} = deployment.project.place;
  for (const {id} of away) await context.shell.run(removeKeeping(docker, id));
  const act = 'removed' as const;
  const containers = away.map(({id}) => id);
  await tryNoteAct(context, deployment, {phase: 'switch', service, act, containers});
};

/** Those that served when the plan was made, with the restart policy that the definition gives them. */
const revive = async (
  context: Context,
  deployment: Deployment,
  {plan, olds}: {readonly plan: ServicePlan; readonly olds: readonly ContainerState[]},
): Promise<void> => {
  const {service, from} = plan;
  if (from === null) return;
  const config = configOf(deployment, service);
  const isJob = isJobOf(deployment, service);
  const {docker} = deployment.project.place;
  for (const {id} of olds.filter(({restartPolicy}) => restartPolicy !== from.restart))
    await context.shell.run(setRestartPolicy(docker, {id, policy: from.restart}));
  // One that ran to its end before does not run again.
  if (isJob) return;
  const down = olds
    .filter(({id, status}) => status !== 'running' && from.running.includes(id))
    .map(({id}) => id);
  if (down.length === 0) return;
  await startAll(context.shell, down);
  await untilWell(context, {service, ids: down, config, isJob});
};

const stopRunning = async (
  {shell}: Context,
  containers: readonly ContainerState[],
): Promise<void> => {
  const running = containers.filter(({status}) => status === 'running' || status === 'restarting');
  if (running.length > 0)
    await stopAll(
      shell,
      running.map(({id}) => id),
    );
};
