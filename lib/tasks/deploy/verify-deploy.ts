/**
 * Phase 10: what was meant to serve serves, and goes on doing so. Every container is looked at for as long as a version
 * has to be stable; the URLs are asked as a visitor asks them; the database has the revision.
 */
import {setTimeout as pause} from 'node:timers/promises';
import {statesOfProject} from '../../io/container-states.ts';
import {type SmokeAnswer, smoke} from '../../io/smoke.ts';
import type {ContainerState} from '../../model/deploy/container-state.ts';
import type {ServicePlan} from '../../model/deploy/deploy-plan.ts';
import {isWanted, ofService} from '../../model/deploy/plan-services.ts';
import {OpsError} from '../../model/errors.ts';
import {type Server, withServerSession} from '../connect.ts';
import type {Context} from '../context.ts';
import {revisionIn} from '../revision.ts';
import type {Deployment} from './deployment.ts';
import {isJobOf} from './service-containers.ts';
import {tailOf} from './until-well.ts';

const betweenLooks = 500;
/** A proxy or an application behind it may need a moment for its first answer. */
const firstAnswerSeconds = 10;

export type Verifying = {
  readonly server: Server;
  /** Which containers have to serve: those of the plan, or those that served when it was made. */
  readonly serving: 'planned' | 'before';
};

/** Errors: toolFailed naming what is not as it was meant to be. */
export const verifyDeploy = async (
  context: Context,
  deployment: Deployment,
  {server, serving}: Verifying,
): Promise<void> => {
  await assertRevision(context, deployment, server);
  const first = await assertServing(context, deployment, serving);
  // Back to before a first deploy nothing serves that could answer.
  const serves = deployment.plan.services.length > 0;
  if (serves) await assertSmoke(context, {patienceSeconds: firstAnswerSeconds});
  const {stableSeconds} = context.settings;
  const deadline = performance.now() + stableSeconds * 1_000;
  const progress = context.reporter.progress(`watching for ${stableSeconds} s`);
  try {
    while (performance.now() < deadline) {
      await pause(betweenLooks, undefined, {signal: context.signal}).catch(() => {});
      context.signal.throwIfAborted();
      assertSame(first, await assertServing(context, deployment, serving));
    }
  } finally {
    progress.end();
  }
  if (serves) await assertSmoke(context, {patienceSeconds: 0});
};

const assertRevision = async (context: Context, {facts}: Deployment, server: Server) => {
  const expected = facts.revisionAfter ?? facts.head ?? null;
  if (expected === null) return;
  const found = await withServerSession(context, server, (session) =>
    revisionIn(session, context.settings.revisionSql),
  );
  if (found !== expected)
    throw failed(`the database has the revision '${found}', and '${expected}' is expected`);
};

/** The containers that serve now, each as it is meant to be. */
const assertServing = async (
  context: Context,
  deployment: Deployment,
  serving: Verifying['serving'],
): Promise<readonly ContainerState[]> => {
  const containers = await statesOfProject(context.shell, deployment.project.name);
  const all: ContainerState[] = [];
  for (const plan of deployment.plan.services) {
    const isJob = isJobOf(deployment, plan.service);
    const well = ofService(containers, plan.service).filter(
      (one) => isMeant(one, plan, serving) && isWell(one, isJob),
    );
    const needed = serving === 'before' ? (plan.from?.running.length ?? 0) : plan.replicas;
    if (well.length < needed)
      throw failed(
        `'${plan.service}' has ${well.length} of ${needed} containers that are well`,
        await tailOfService(context, containers, plan.service),
      );
    all.push(...well);
  }
  return all;
};

const isMeant = (one: ContainerState, plan: ServicePlan, serving: Verifying['serving']): boolean =>
  serving === 'before' ? (plan.from?.running.includes(one.id) ?? false) : isWanted(one, plan);

const isWell = ({status, exitCode, health}: ContainerState, isJob: boolean): boolean =>
  isJob
    ? status === 'exited' && exitCode === 0
    : status === 'running' && (health === '' || health === 'healthy');

/** None was started again meanwhile, by the engine or by anybody else. */
const assertSame = (first: readonly ContainerState[], now: readonly ContainerState[]): void => {
  for (const one of first) {
    const same = now.find(({id}) => id === one.id);
    if (same?.startedAt !== one.startedAt)
      throw failed(`'${one.name}' was ended and started again while it was watched`);
  }
};

const assertSmoke = async (
  {settings, signal, reporter}: Context,
  {patienceSeconds}: {readonly patienceSeconds: number},
): Promise<void> => {
  for (const url of settings.smokeUrls ?? []) {
    const deadline = performance.now() + patienceSeconds * 1_000;
    let answer = await smoke(url, signal);
    while (!isGood(answer) && performance.now() < deadline) {
      await pause(betweenLooks, undefined, {signal}).catch(() => {});
      signal.throwIfAborted();
      answer = await smoke(url, signal);
    }
    if (!isGood(answer)) throw failed(`${url} ${inWords(answer)}`);
    reporter.step(`  ${url} answers ${answer.status} in ${answer.milliseconds} ms`);
  }
};

const isGood = ({status}: SmokeAnswer): boolean => status !== undefined && status < 400;

const inWords = ({status, problem}: SmokeAnswer): string =>
  status === undefined ? `does not answer: ${problem}` : `answers ${status}`;

const tailOfService = (
  context: Context,
  containers: readonly ContainerState[],
  service: string,
): Promise<string> => {
  const newest = ofService(containers, service).toSorted((a, b) =>
    b.startedAt.localeCompare(a.startedAt),
  )[0];
  return newest ? tailOf(context, newest.id) : Promise.resolve('');
};

const failed = (message: string, tail = ''): OpsError =>
  new OpsError('toolFailed', `the deploy is not what it was meant to be: ${message}`, {
    hint: 'see what the service prints: docker compose logs',
    ...(tail === '' ? {} : {cause: new Error(tail)}),
  });
