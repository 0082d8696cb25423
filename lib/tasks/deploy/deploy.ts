/**
 * The deploy: phases of one table, each recorded before it begins and after it has ended. Until phase 5 nothing of
 * production is touched; from there on each failure has one answer.
 */
import {deployFolder, note, ownerOf, readDeploys} from '../../io/deploy-folder.ts';
import {type DeployPlan, isDone} from '../../model/deploy/deploy-plan.ts';
import {deployStates, type Facts} from '../../model/deploy/deploy-state.ts';
import {refuseFindings} from '../../model/deploy/finding.ts';
import {originOf} from '../../model/deploy/going-back.ts';
import {createOutages} from '../../model/deploy/outages.ts';
import type {Context} from '../context.ts';
import {type DeployLock, withDeployLock, withHostLock} from './deploy-lock.ts';
import {type Deployment, inPhaseOf, type Journal} from './deployment.ts';
import {carriedToItsEnd, closing, type Deployed, deployed, newId} from './end-of-deploy.ts';
import {look, type Scene} from './look.ts';
import {makePlan} from './make-plan.ts';
import {refuseOpen, refuseRunning} from './open-deploys.ts';
import {checkHost, checkValues, type PlanRequest, refuseOther} from './plan-deploy.ts';
import {pullImages} from './pull-images.ts';
import {type Rehearsing, rehearsalPhase} from './rehearsal-phase.ts';
import {refuseSkew, skewOf} from './skew.ts';

export type DeployRequest = PlanRequest & {
  readonly rehearsing: Rehearsing;
  /** Returns where the operator means it, having read all of it. Errors: usage. */
  readonly confirm: (plan: DeployPlan, facts: Facts) => Promise<void>;
};

/**
 * Errors: those of phases 0 to 4 as they are (2, 3, 6, 7, 75), production untouched; then toolFailed (7): unchanged;
 * putBack (8); undecided (9).
 */
export const deploy = async (context: Context, request: DeployRequest): Promise<Deployed> => {
  const folder = await deployFolder(context.settings);
  return withHostLock(context, {folder, verb: 'deploy'}, async () => {
    await refuseOpen(context, folder);
    const id = await newId(context);
    await note(folder, {
      ...{deploy: id, event: 'opened', verb: 'deploy', mode: request.mode, ...ownerOf()},
    });
    return closing(context, {id, folder}, () => underLock(context, {id, folder}, request));
  });
};

const underLock = async (
  context: Context,
  journal: Journal,
  request: DeployRequest,
): Promise<Deployed> => {
  const scene = await inPhaseOf(context, journal, {phase: 'lock'}, async () => {
    const found = await look(context);
    await refuseRunning(context, found);
    return found;
  });
  return withDeployLock(context, scene.server, async (lock) => {
    const decided = await decide(context, journal, {request, scene});
    return carriedOut(context, journal, {...decided, request, lock});
  });
};

type Decided = {
  readonly scene: Scene;
  readonly plan: DeployPlan;
  /** A deploy that is held, from which this one goes forward. */
  readonly before: ReturnType<typeof originOf>;
};

/** Phases 1 to 3. */
const decide = async (
  context: Context,
  journal: Journal,
  {request, scene: found}: {readonly request: DeployRequest; readonly scene: Scene},
): Promise<Decided> => {
  const {mode, allowsSkew} = request;
  const host = await inPhaseOf(context, journal, {phase: 'prerequisites'}, async () => {
    const findings = await checkHost(context, found);
    return {findings, scene: await pullImages(context, found)};
  });
  const {scene} = host;
  const values = await inPhaseOf(context, journal, {phase: 'environment'}, () =>
    checkValues(context, scene),
  );
  const findings = [...host.findings, ...values];
  const before = originOf(deployStates(await readDeploys(context.settings)));
  const carried = carriedFrom(before, {});
  const own = {phase: 'plan' as const, factsOf: (plan: DeployPlan) => ({plan, ...carried})};
  const plan = await inPhaseOf(context, journal, own, async () => {
    const made = await makePlan(context, scene, {mode, findings});
    const whole = {...made, findings: [...made.findings, ...skewOf(made, {allowsSkew})]};
    refuseFindings(whole.findings, 'usage');
    refuseOther(whole, request);
    return whole;
  });
  return {scene, plan, before};
};

type Carrying = Decided & {readonly request: DeployRequest; readonly lock: DeployLock};

const carriedOut = async (
  context: Context,
  journal: Journal,
  {request, scene, plan, before, lock}: Carrying,
): Promise<Deployed> => {
  const {rehearsing, allowsSkew, confirm} = request;
  const {project} = scene;
  const deploy = journal.id;
  if (isDone(plan)) return deployed({deploy, outcome: 'nothing-to-do', plan, facts: {plan}});
  const own = {phase: 'rehearsal' as const, factsOf: (facts: Facts) => facts};
  const found =
    plan.mode === 'skip-migration'
      ? {}
      : await inPhaseOf(context, journal, own, async () => {
          const rehearsed = await rehearsalPhase(context, scene, {plan, rehearsing});
          refuseSkew(plan, rehearsed, {allowsSkew});
          return {...rehearsed, ...carriedFrom(before, rehearsed)};
        });
  const facts: Facts = {plan, ...carriedFrom(before, {}), ...found};
  await confirm(plan, facts);
  context.signal.throwIfAborted();
  const deployment: Deployment = {
    ...{...journal, project, plan, facts, lock},
    ...{proxied: new Map(), outages: createOutages()},
  };
  await carriedToItsEnd(context, deployment, {ended: []});
  return deployed({deploy, outcome: 'succeeded', plan, facts});
};

/** Without a migration of its own, what was found of the held one is still what is known. */
const carriedFrom = (before: Decided['before'], {pending}: Facts): Facts => {
  if (!before) return {};
  const {held, origin} = before;
  const {verdict = 'unknown', why = `the deploy ${held.deploy} is held`} = held.facts;
  return pending === true ? {origin} : {origin, verdict, why};
};
