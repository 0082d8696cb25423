/** How a deploy ends, whatever ends it: answered, written down, told. */
import {note, readDeploys} from '../../io/deploy-folder.ts';
import type {DeployPlan} from '../../model/deploy/deploy-plan.ts';
import {deployStates, type Facts} from '../../model/deploy/deploy-state.ts';
import type {Outcome} from '../../model/deploy/journal.ts';
import {asOpsError} from '../../model/errors.ts';
import {idFor} from '../../model/set-id.ts';
import type {Context} from '../context.ts';
import {type Answer, answerFailure} from './after-failure.ts';
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
  } catch (thrown) {
    const {outcome, error} = answerIn(thrown);
    await close(outcome, error.exit, error.message).catch((problem: unknown) =>
      context.reporter.warn(`the journal: ${asOpsError(problem).message}`),
    );
    throw error;
  }
};

/** On its way from the phase that failed to the line of the journal that ends the deploy. */
class AnsweredError extends Error {
  override readonly name = 'AnsweredError';
  readonly answer: Answer;

  constructor(answer: Answer) {
    super(answer.error.message, {cause: answer.error});
    this.answer = answer;
  }
}

/** What was thrown before anything needed an answer has left production as it was, or nobody knows how. */
const answerIn = (thrown: unknown): Answer => {
  if (thrown instanceof AnsweredError) return thrown.answer;
  const error = asOpsError(thrown instanceof PhaseError ? thrown.cause : thrown);
  return {outcome: error.kind === 'undecided' ? 'held' : 'unchanged', error};
};

/** Phases 5 to 11, and the answer to whatever breaks one. Errors: what `closing` writes down and throws on. */
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
    throw new AnsweredError(await answerFailure(context, deployment, failure));
  }
};

/** As long as this process has been at it. */
export const deployed = (done: Omit<Deployed, 'seconds'>): Deployed => ({
  ...done,
  seconds: Math.round(performance.now()) / 1_000,
});
