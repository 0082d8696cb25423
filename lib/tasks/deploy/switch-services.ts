/**
 * Phase 9: service by service, what is needed first, the new containers take the place of the old. They are made
 * beside, and the old ones are kept until the whole deploy is verified: so the way back is to start them again.
 */
import {createBeside} from '../../commands/compose.ts';
import {setRestartPolicy} from '../../commands/docker.ts';
import {startAll, stopAll} from '../../io/services.ts';
import type {ContainerState} from '../../model/deploy/container-state.ts';
import type {ServicePlan} from '../../model/deploy/deploy-plan.ts';
import type {Facts} from '../../model/deploy/deploy-state.ts';
import {OpsError} from '../../model/errors.ts';
import type {Context} from '../context.ts';
import {type Deployment, noteAct} from './deployment.ts';
import {keepOldImages} from './keep-images.ts';
import {pointProxy} from './proxy.ts';
import {configOf, isJobOf, scalesFor, sceneOf} from './service-containers.ts';
import {untilWell} from './until-well.ts';

const settleSeconds = 5;

/** Errors: toolFailed where a new version does not become well; the caller puts back what was switched. */
export const switchServices = async (context: Context, deployment: Deployment): Promise<Facts> => {
  await keepOldImages(context, deployment);
  const starts: Record<string, number> = {};
  const {outages} = deployment;
  for (const plan of deployment.plan.services) {
    if (plan.strategy === 'leave') continue;
    const {service, strategy, to} = plan;
    context.reporter.step(`  ${service}: ${wordFor[strategy]} ${to.imageName}`);
    const news = await made(context, deployment, plan);
    const isRolled = strategy === 'roll';
    const took = await (isRolled ? started : replaced)(context, deployment, plan, news);
    if (took !== undefined) starts[service] = took;
    const servedSince = performance.now() - settled(context);
    // Also where it was not rolled: its address is another now.
    const isBehindProxy = plan.port !== null && context.settings.proxyFile !== undefined;
    if (isBehindProxy) await pointProxy(context, deployment, {service, to: 'new'});
    outages.end(service, isBehindProxy ? performance.now() : servedSince);
  }
  return {starts, gaps: deployment.outages.lasted()};
};

const wordFor = {new: 'starting', roll: 'rolling to', recreate: 'going over to'} as const;

/** The new containers, beside the old and not started. Errors: toolFailed where they are not what was planned. */
const made = async (
  context: Context,
  deployment: Deployment,
  plan: ServicePlan,
): Promise<readonly ContainerState[]> => {
  const {project} = deployment;
  const {service, replicas} = plan;
  const there = await sceneOf(context, deployment, plan);
  if (there.news.length >= replicas) return there.news;
  const total = there.olds.length + replicas;
  const containers = there.olds.map(({id}) => id);
  await noteAct(deployment, {phase: 'switch', service, act: 'making', containers});
  const {place, input} = project;
  const scales = await scalesFor(context, deployment, {service, total});
  await context.shell.run(createBeside(place, {service, scales}), {
    cwd: place.folder,
    ...(input === undefined ? {} : {input}),
  });
  const {news} = await sceneOf(context, deployment, plan);
  if (news.length < replicas) throw notAsPlanned(plan);
  const ids = news.map(({id}) => id);
  await noteAct(deployment, {phase: 'switch', service, act: 'made', containers: ids});
  return news;
};

/** Where both can't be up at once: nothing of it serves from the old one's end until the new one is well. Gives what `started` does. */
const replaced = async (
  context: Context,
  deployment: Deployment,
  plan: ServicePlan,
  news: readonly ContainerState[],
): Promise<number | undefined> => {
  const {service} = plan;
  const {olds} = await sceneOf(context, deployment, plan);
  if (olds.length > 0) deployment.outages.begin(service, performance.now());
  await retire(context, deployment, {service, olds});
  return started(context, deployment, plan, news);
};

/** Stopped, and not started by a reboot either; still there. */
const retire = async (
  {shell}: Context,
  deployment: Deployment,
  {service, olds}: {readonly service: string; readonly olds: readonly ContainerState[]},
): Promise<void> => {
  if (olds.length === 0) return;
  const containers = olds.map(({id}) => id);
  await noteAct(deployment, {phase: 'switch', service, act: 'keeping', containers});
  const {docker} = deployment.project.place;
  for (const id of containers) await shell.run(setRestartPolicy(docker, {id, policy: 'no'}));
  const running = olds.filter(({status}) => status === 'running' || status === 'restarting');
  if (running.length > 0)
    await stopAll(
      shell,
      running.map(({id}) => id),
    );
  await noteAct(deployment, {phase: 'switch', service, act: 'kept', containers});
};

/** Gives how long they took to become well, in milliseconds; undefined where they were started before this run. */
const started = async (
  context: Context,
  deployment: Deployment,
  {service}: ServicePlan,
  news: readonly ContainerState[],
): Promise<number | undefined> => {
  const startedAt = performance.now();
  const ids = news.map(({id}) => id);
  const isJob = isJobOf(deployment, service);
  const waiting = news.filter(({status}) => status !== 'running');
  if (waiting.length > 0) await start(context, {ids: waiting.map(({id}) => id), isJob});
  const config = configOf(deployment, service);
  await untilWell(context, {service, ids, config, isJob, settleSeconds: settled(context) / 1_000});
  if (waiting.length === 0) return undefined;
  return Math.round(performance.now() - startedAt - (isJob ? 0 : settled(context)));
};

/** A job may have ended before anybody looks. */
const start = async (
  {shell, reporter}: Context,
  {ids, isJob}: {readonly ids: readonly string[]; readonly isJob: boolean},
): Promise<void> => {
  try {
    await startAll(shell, ids);
  } catch (error) {
    shell.signal.throwIfAborted();
    // Whether they run and are well is seen by looking; one that could not even start says so itself.
    if (!isJob && !(error instanceof OpsError && / does not run/.test(error.message))) throw error;
    reporter.debug(String(error));
  }
};

/** How long a new version has to stay well before it gets its first request, in milliseconds. */
const settled = ({settings}: Context): number =>
  Math.min(settings.stableSeconds, settleSeconds) * 1_000;

const notAsPlanned = ({service, to}: ServicePlan): OpsError =>
  new OpsError('toolFailed', `the new container of '${service}' is not what was planned`, {
    hint: `somebody has changed the env file, the compose file or the image ${to.imageName} meanwhile: run \`pgkeep deploy plan\` again`,
  });
