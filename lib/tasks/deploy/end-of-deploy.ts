/** How a deploy ends, whatever ends it: answered, written down, told. */
import {note, readDeploys} from '../../io/deploy-folder.ts';
import type {DeployPlan} from '../../model/deploy/deploy-plan.ts';
import {deployStates, type Facts} from '../../model/deploy/deploy-state.ts';
import type {Outcome} from '../../model/deploy/journal.ts';
import {asOpsError} from '../../model/errors.ts';
import {idFor} from '../../model/set-id.ts';
import type {Context} from '../context.ts';
import {answerFailure} from './after-failure.ts';
import {carryOutPhases} from './carry-out-phases.ts';
import {type Deployment, type Journal, PhaseError} from './deployment.ts';

export type Deployed = {
  readonly deploy: string;
  readonly outcome: Outcome;
  readonly plan: DeployPlan;
  readonly facts: Facts;
  readonly seconds: number;
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
