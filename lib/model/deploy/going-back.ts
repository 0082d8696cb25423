/** What can be gone back to, and from where: told by the journal. */
import {type DeployState, type Facts, hasTouched, type Origin} from './deploy-state.ts';

/**
 * What a `rollback` takes back: the last deploy that left production as another. After a rollback there is none: the way
 * from there is forward. One that broke off takes back the same again.
 */
export const toTakeBack = (states: readonly DeployState[]): DeployState | undefined => {
  const last = states.findLast(
    (state) =>
      hasTouched(state) &&
      (state.closed === undefined ||
        ['succeeded', 'held', 'abandoned'].includes(state.closed.outcome)),
  );
  if (last?.verb !== 'rollback') return last;
  if (last.closed?.outcome === 'succeeded') return undefined;
  return states.find(({deploy}) => deploy === last.of);
};

/**
 * What served before a deploy that is held, where the next one goes forward from it: the version that is held is nothing to
 * go back to. Of several in a row, before the first.
 */
export const originOf = (
  states: readonly DeployState[],
): {readonly held: DeployState; readonly origin: Origin} | undefined => {
  const held = states.findLast(
    (state) => hasTouched(state) && state.closed?.outcome !== 'unchanged',
  );
  if (held?.verb !== 'deploy' || held.closed?.outcome !== 'held') return undefined;
  const {set = null, schemaBefore = null, migrated = true, origin} = held.facts;
  return {
    held,
    origin: origin ?? {deploy: held.deploy, set, schemaBefore, isMigrated: migrated},
  };
};

/** Images alone go back only where the old version lives with the schema that is there now. */
export const mayGoBack = ({migrated, origin, verdict}: Facts): boolean =>
  (migrated !== true && origin?.isMigrated !== true) || verdict === 'safe';

/** Whether the rows of a SQLite file are there: brought, and not taken back with the data since. */
export const hasBrought = (states: readonly DeployState[], path: string): boolean =>
  states.some(
    ({deploy, facts, phases}) =>
      facts.plan?.sqlite === path &&
      phases.some(
        ({phase, endedAt, failure}) =>
          phase === 'data' && endedAt !== undefined && failure === undefined,
      ) &&
      !states.some(
        (later) =>
          later.verb === 'rollback' &&
          later.withData &&
          later.closed?.outcome === 'succeeded' &&
          later.deploy > deploy &&
          (later.of ?? '') <= deploy,
      ),
  );
