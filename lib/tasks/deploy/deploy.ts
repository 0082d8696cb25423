/**
 * The deploy: phases of one table, each recorded before it begins and after it has ended. Until phase 5 nothing of
 * production is touched; from there on each failure has one answer.
 */
import {deployFolder, note, ownerOf, readDeploys} from '../../io/deploy-folder.ts';
import {type DeployPlan, isDone} from '../../model/deploy/deploy-plan.ts';
import {deployStates, type Facts} from '../../model/deploy/deploy-state.ts';
import {refuseFindings} from '../../model/deploy/finding.ts';
import type {Outcome} from '../../model/deploy/journal.ts';
import {asOpsError} from '../../model/errors.ts';
import {idFor} from '../../model/set-id.ts';
import type {Context} from '../context.ts';
import {answerFailure} from './after-failure.ts';
import {carryOutPhases} from './carry-out-phases.ts';
import {withDeployLock, withHostLock} from './deploy-lock.ts';
import {type Deployment, inPhaseOf, type Journal, PhaseError} from './deployment.ts';
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

export type Deployed = {
  readonly deploy: string;
  readonly outcome: Outcome;
  readonly plan: DeployPlan;
  readonly facts: Facts;
  readonly seconds: number;
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

/** An id that no deploy has had. */
export const newId = async ({now, settings}: Context): Promise<string> =>
  idFor(
    now,
    deployStates(await readDeploys(settings)).map((state) => state.deploy),
  );

/** However it ends, the journal says so. */
export const closing = async <Value extends {readonly outcome: Outcome}>(
  context: Context,
  {id, folder}: Journal,
  work: () => Promise<Value>,
): Promise<Value> => {
  const close = (outcome: Outcome, exit: number, message: string) =>
    note(folder, {
      ...{deploy: id, event: 'closed', outcome, exit},
      message: context.redact(message),
    });
  try {
    const value = await work();
    await close(value.outcome, 0, '');
    return value;
  } catch (error) {
    const failure = asOpsError(error instanceof PhaseError ? error.cause : error);
    const left = failure.kind === 'undecided' ? 'held' : 'unchanged';
    await close(outcomes.get(failure) ?? left, failure.exit, failure.message).catch(
      (problem: unknown) => context.reporter.warn(`the journal: ${asOpsError(problem).message}`),
    );
    throw failure;
  }
};

/** What an error that is thrown has left production as, where that is not what it was. */
const outcomes = new WeakMap<Error, Outcome>();

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
  return withDeployLock(context, scene.server, async () => {
    const decided = await decide(context, journal, {request, scene});
    return carriedOut(context, journal, {...decided, request});
  });
};

type Decided = {readonly scene: Scene; readonly plan: DeployPlan};

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
  const own = {phase: 'plan' as const, factsOf: (plan: DeployPlan) => ({plan})};
  const plan = await inPhaseOf(context, journal, own, async () => {
    const made = await makePlan(context, scene, {mode, findings});
    const whole = {...made, findings: [...findings, ...skewOf(made, {allowsSkew})]};
    refuseFindings(whole.findings, 'usage');
    refuseOther(whole, request);
    return whole;
  });
  return {scene, plan};
};

const carriedOut = async (
  context: Context,
  journal: Journal,
  {request, scene, plan}: Decided & {readonly request: DeployRequest},
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
          return rehearsed;
        });
  const facts: Facts = {plan, ...found};
  await confirm(plan, facts);
  context.signal.throwIfAborted();
  const deployment: Deployment = {...journal, project, plan, facts, proxied: new Map()};
  await carriedToItsEnd(context, deployment, {ended: []});
  return deployed({deploy, outcome: 'succeeded', plan, facts});
};

/** Phases 5 to 11, and the answer to whatever breaks one. Errors: toolFailed, putBack, undecided, what ended the run. */
export const carriedToItsEnd = async (
  context: Context,
  deployment: Deployment,
  how: Parameters<typeof carryOutPhases>[2],
): Promise<void> => {
  try {
    await carryOutPhases(context, deployment, how);
  } catch (error) {
    if (!(error instanceof PhaseError)) throw error;
    const failure = {phase: error.phase, error: asOpsError(error.cause)};
    const answer = await answerFailure(context, deployment, failure);
    outcomes.set(answer.error, answer.outcome);
    throw answer.error;
  }
};

/** As long as this process has been at it. */
export const deployed = (done: Omit<Deployed, 'seconds'>): Deployed => ({
  ...done,
  seconds: Math.round(performance.now()) / 1_000,
});
