/** What a failure is answered with, by where it happened: this is the table of failures as code, and the only place for it. */
import {readDeploys} from '../../io/deploy-folder.ts';
import {deployStates, type Facts} from '../../model/deploy/deploy-state.ts';
import {mayGoBack} from '../../model/deploy/going-back.ts';
import type {Outcome} from '../../model/deploy/journal.ts';
import {outageLines} from '../../model/deploy/outages.ts';
import {type PhaseName, phaseOf} from '../../model/deploy/phases.ts';
import {asOpsError, OpsError} from '../../model/errors.ts';
import type {Context} from '../context.ts';
import {apartFrom} from './apart.ts';
import {LockLostError} from './deploy-lock.ts';
import {asKind, type Deployment} from './deployment.ts';
import {putBack} from './put-back.ts';

export type Failure = {
  readonly phase: PhaseName;
  readonly error: OpsError;
};

export type Answer = {readonly outcome: Outcome; readonly error: OpsError};

const putBackSeconds = 600;

/** Errors: none; what went wrong on the way back is in the answer. */
export const answerFailure = async (
  context: Context,
  deployment: Deployment,
  {phase, error}: Failure,
): Promise<Answer> => {
  if (!phaseOf(phase).changes) return {outcome: 'unchanged', error};
  if (error instanceof LockLostError) return afterLostLock(context, deployment, error);
  if (phase === 'switch' || phase === 'verify') return afterSwitch(context, deployment, error);
  if (phase === 'data' && deployment.facts.migrated === true)
    return {outcome: 'held', error: dataLeft(error)};
  if (error.kind === 'undecided') return {outcome: 'held', error};
  return {outcome: 'unchanged', error: inKind(error)};
};

/** What ended a run from outside keeps its own exit code. */
const ownKinds: readonly OpsError['kind'][] = [
  ...(['interrupted', 'terminated', 'hangup', 'timedOut', 'locked', 'toolFailed'] as const),
];

const inKind = (error: OpsError): OpsError =>
  ownKinds.includes(error.kind) ? error : asKind('toolFailed', error);

/** What another deploy may have made since is left alone: nothing is put back. */
const afterLostLock = async (
  {settings}: Context,
  {id, facts}: Deployment,
  error: LockLostError,
): Promise<Answer> => {
  const hasSwitched = await readDeploys(settings).then(
    (entries) => deployStates(entries).some(({deploy, acts}) => deploy === id && acts.length > 0),
    // What can't be read may tell of such.
    () => true,
  );
  if (facts.migrated !== true && !hasSwitched) return {outcome: 'unchanged', error};
  const left = hasSwitched ? 'services have been switched' : 'the schema has been migrated';
  return {
    outcome: 'held',
    error: asKind('undecided', error, {message: `${error.message}; ${left} already`}),
  };
};

const afterSwitch = async (
  context: Context,
  deployment: Deployment,
  error: OpsError,
): Promise<Answer> => {
  const {facts, plan} = deployment;
  if (plan.mode === 'migrate-only') return {outcome: 'held', error: hold(error, facts)};
  if (!mayGoBack(facts) || isFirst(deployment)) return {outcome: 'held', error: hold(error, facts)};
  context.reporter.warn(`${error.message}: putting back what served before`);
  try {
    await apartFrom(context, putBackSeconds, (calm) => putBack(calm, deployment));
  } catch (problem) {
    const failure = asOpsError(problem);
    return {
      outcome: 'held',
      error: new OpsError('undecided', `${error.message}; and ${failure.message}`, {
        hint: failure.hint ?? 'see `pgkeep deploy status`',
        cause: error,
      }),
    };
  }
  return {outcome: 'put-back', error: wasPutBack(error, outageLines(deployment.outages.lasted()))};
};

/** Nothing served before: there is nothing to go back to. */
const isFirst = ({plan}: Deployment): boolean => plan.services.every(({from}) => from === null);

const wasPutBack = (error: OpsError, outages: readonly string[]): OpsError => {
  const isFromOutside = ['interrupted', 'terminated', 'hangup', 'timedOut'].includes(error.kind);
  return asKind(isFromOutside ? error.kind : 'putBack', error, {
    message: `${error.message}; put back: the version from before serves again${outages.length === 0 ? '' : ` (${outages.join(', ')})`}`,
    hint: 'correct the new version, then deploy again; the schema stays as it is',
  });
};

const hold = (error: OpsError, facts: Facts): OpsError => {
  const {verdict} = facts;
  const why = !mayGoBack(facts)
    ? `the schema has been migrated, and going back by image alone is ${verdict ?? 'unknown'}`
    : 'there is no version from before to go back to';
  return asKind('undecided', error, {
    message: `${error.message}; nothing was put back: ${why}`,
    hint: choices,
  });
};

const dataLeft = (error: OpsError): OpsError =>
  asKind('undecided', error, {
    message: `${error.message.replace(/; nothing was touched$/, '')}; the data were not brought, and the schema has been migrated already`,
    hint: choices,
  });

export const choices =
  'choose: correct the new version and deploy it; `pgkeep deploy rollback` (images alone, --force where that is not known to be safe); or `pgkeep deploy rollback --data` (the database as it was before the deploy, what was written since kept in a set)';
