/** What the journal says of each deploy: how far it came, what it did, how it ended. */
import type {DeployPlan} from './deploy-plan.ts';
import type {Act, Entry, Outcome} from './journal.ts';
import type {SchemaState} from './migration-end.ts';
import {type Mode, type PhaseName, phaseOf} from './phases.ts';
import type {Rehearsal, Verdict} from './rehearsal.ts';

export type PhaseState = {
  readonly phase: PhaseName;
  readonly startedAt: string;
  /** Undefined: it is at work, or was killed in it. */
  readonly endedAt: string | undefined;
  /** Why it failed. */
  readonly failure: string | undefined;
};

export type DeployState = {
  readonly deploy: string;
  readonly verb: 'deploy' | 'rollback';
  readonly mode: Mode;
  readonly of: string | undefined;
  readonly withData: boolean;
  readonly openedAt: string;
  readonly host: string;
  readonly user: string;
  readonly pid: number;
  readonly phases: readonly PhaseState[];
  readonly acts: readonly Act[];
  readonly facts: Facts;
  /** Undefined: it is at work, or was killed. */
  readonly closed:
    | {
        readonly outcome: Outcome;
        readonly exit: number;
        readonly message: string;
        readonly at: string;
      }
    | undefined;
};

/** What phases leave for those after them. */
export type Facts = {
  readonly plan?: DeployPlan;
  readonly rehearsal?: Rehearsal;
  readonly verdict?: Verdict;
  /** Why the verdict is what it is. */
  readonly why?: string;
  /** The revision that the new version expects. */
  readonly head?: string | null;
  /** The id of the set of phase 6. */
  readonly set?: string;
  /** Whether there is a migration to run, as far as anything tells. */
  readonly pending?: boolean;
  /** What the schema was before the migrations. */
  readonly schemaBefore?: SchemaState;
  /** What the migrations have made of it. */
  readonly schemaAfter?: SchemaState;
  /** Where the deploy before was held: what served before that one, and how its schema and data were. */
  readonly origin?: Origin;
  /** Whether the schema is another than before. */
  readonly migrated?: boolean;
  readonly revisionBefore?: string | null;
  readonly revisionAfter?: string | null;
  /** The services' longest time without a container that serves, in milliseconds. */
  readonly gaps?: Readonly<Record<string, number>>;
  /** How long the services' new containers took to become well, in milliseconds. */
  readonly starts?: Readonly<Record<string, number>>;
  readonly startedDatabase?: boolean;
  readonly broughtTables?: number;
  readonly broughtRows?: number;
  readonly setBeforeData?: string | null;
};

/** What a rollback goes back to where a held deploy was followed by a better one. */
export type Origin = {
  readonly deploy: string;
  readonly set: string | null;
  readonly schemaBefore: SchemaState | null;
  readonly isMigrated: boolean;
};

/** Every deploy of a journal, oldest first. */
export const deployStates = (entries: readonly Entry[]): readonly DeployState[] => {
  const ids = [...new Set(entries.map(({deploy}) => deploy))];
  return ids.flatMap((id) => stateOf(entries.filter(({deploy}) => deploy === id)) ?? []);
};

/** The last deploy that has no end: at work where its lock is held, killed where not. */
export const openDeploy = (states: readonly DeployState[]): DeployState | undefined =>
  states.findLast(({closed}) => closed === undefined);

/** A database that runs and a set more are no other production than before. */
const harmless: readonly PhaseName[] = ['database', 'backup'];

/** Whether something of production may be another than before: a phase that changes something has begun. */
export const hasTouched = ({phases}: DeployState): boolean =>
  phases.some(({phase}) => phaseOf(phase).changes && !harmless.includes(phase));

/** The last plan that was carried out to its end: what serves, as far as pgkeep did it. */
export const lastSucceeded = (
  states: readonly DeployState[],
  before?: string,
): DeployState | undefined =>
  states.findLast(
    ({deploy, closed, facts}) =>
      closed?.outcome === 'succeeded' &&
      facts.plan !== undefined &&
      (before === undefined || deploy < before),
  );

const stateOf = (entries: readonly Entry[]): DeployState | undefined => {
  const opened = entries.find((entry) => entry.event === 'opened');
  if (opened?.event !== 'opened') return undefined;
  const closed = entries.findLast((entry) => entry.event === 'closed');
  const {deploy, verb, mode, of, withData = false, at: openedAt, host, user, pid} = opened;
  return {
    ...{deploy, verb, mode, of, withData, openedAt, host, user, pid},
    phases: phaseStates(entries),
    acts: entries.filter((entry) => entry.event === 'acted'),
    facts: Object.assign(
      {},
      ...entries.map((entry) => (entry.event === 'finished' ? entry.facts : {})),
    ) as Facts,
    closed:
      closed?.event === 'closed'
        ? {outcome: closed.outcome, exit: closed.exit, message: closed.message, at: closed.at}
        : undefined,
  };
};

/** Of a phase that a resume began again, the last time counts. */
const phaseStates = (entries: readonly Entry[]): readonly PhaseState[] => {
  const found = new Map<PhaseName, PhaseState>();
  for (const entry of entries) {
    if (entry.event === 'started')
      found.set(entry.phase, {
        phase: entry.phase,
        startedAt: entry.at,
        endedAt: undefined,
        failure: undefined,
      });
    if (entry.event !== 'finished' && entry.event !== 'failed') continue;
    const state = found.get(entry.phase);
    const failure = entry.event === 'failed' ? entry.message : undefined;
    if (state) found.set(entry.phase, {...state, endedAt: entry.at, failure});
  }
  return [...found.values()];
};
