/** A deploy at work: what its phases are handed, and how each is carried out and recorded. */

import type {Project} from '../../io/compose-project.ts';
import {type Note, note} from '../../io/deploy-folder.ts';
import type {DeployPlan} from '../../model/deploy/deploy-plan.ts';
import type {Facts} from '../../model/deploy/deploy-state.ts';
import type {acts} from '../../model/deploy/journal.ts';
import type {Outages} from '../../model/deploy/outages.ts';
import {type PhaseName, phaseOf} from '../../model/deploy/phases.ts';
import {OpsError} from '../../model/errors.ts';
import type {Context} from '../context.ts';
import type {DeployLock} from './deploy-lock.ts';

export type Deployment = {
  readonly id: string;
  /** `.pgkeep` of the project. */
  readonly folder: string;
  readonly project: Project;
  readonly plan: DeployPlan;
  /** What phases before this one have left. */
  readonly facts: Facts;
  /** Services that the proxy was pointed at, and at which of their containers. */
  readonly proxied: Map<string, 'new' | 'old'>;
  readonly outages: Outages;
  readonly lock: DeployLock;
};

/** An error with the phase that it broke. */
export class PhaseError extends Error {
  override readonly name = 'PhaseError';
  readonly phase: PhaseName;

  constructor(phase: PhaseName, cause: unknown) {
    super(cause instanceof Error ? cause.message : String(cause), {cause});
    this.phase = phase;
  }
}

export type Journal = {readonly id: string; readonly folder: string};

/** One phase: recorded before it begins and, with what it leaves for others, after it has ended. Errors: PhaseError. */
export const inPhaseOf = async <Value>(
  context: Context,
  {id, folder}: Journal,
  {phase, factsOf}: {readonly phase: PhaseName; readonly factsOf?: (value: Value) => Facts},
  work: () => Promise<Value>,
): Promise<Value> => {
  const {number, title} = phaseOf(phase);
  context.signal.throwIfAborted();
  context.reporter.step(`[${number}/11] ${title}`);
  try {
    await note(folder, {deploy: id, event: 'started', phase});
    const value = await work();
    context.signal.throwIfAborted();
    await note(folder, {deploy: id, event: 'finished', phase, facts: {...factsOf?.(value)}});
    return value;
  } catch (error) {
    const failure = context.signal.aborted ? context.signal.reason : error;
    const message = failure instanceof Error ? failure.message : String(failure);
    // What broke the phase is told and answered also where the journal can't take it, on a full disk say.
    await note(folder, {
      ...{deploy: id, event: 'failed', phase},
      message: context.redact(message),
    }).catch((cause: unknown) => context.reporter.warn(`the journal: ${String(cause)}`));
    throw new PhaseError(phase, failure);
  }
};

type Acted = {
  readonly phase: PhaseName;
  readonly service: string;
  readonly act: (typeof acts)[number];
  readonly containers: readonly string[];
};

/** What is about to be done, or was done, to containers of a service. */
export const noteAct = ({id, folder}: Journal, {containers, ...acted}: Acted): Promise<void> =>
  note(folder, {
    ...{deploy: id, event: 'acted', ...acted},
    containers: [...containers],
  } as Note);

/** The same on the way back, which is gone also where it can't be written down. */
export const tryNoteAct = ({reporter}: Context, journal: Journal, acted: Acted): Promise<void> =>
  noteAct(journal, acted).catch((error: unknown) =>
    reporter.warn(`the journal: ${error instanceof Error ? error.message : String(error)}`),
  );

/** Whatever broke a phase, as an error of the exit code that the phase has. */
export const asKind = (
  kind: OpsError['kind'],
  cause: unknown,
  {message, hint}: {readonly message?: string; readonly hint?: string} = {},
): OpsError => {
  const error = cause instanceof OpsError ? cause : undefined;
  const own = hint ?? error?.hint;
  return new OpsError(kind, message ?? error?.message ?? String(cause), {
    ...(own === undefined ? {} : {hint: own}),
    // What the message says already is not said again.
    cause: error && (message ?? error.message).includes(error.message) ? error.cause : cause,
  });
};
