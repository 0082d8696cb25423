/** How deploys are told: one in a line, one in full. */
import {inTime} from '../amounts.ts';
import {type DeployState, hasTouched} from './deploy-state.ts';
import {phaseOf} from './phases.ts';

/** A row of `history`: id, what it was, how it ended, how long it took, by whom. */
export const historyRow = (state: DeployState): readonly string[] => {
  const {deploy, verb, mode, of, withData, closed, user, host, openedAt, phases} = state;
  const end = closed?.at ?? phases.at(-1)?.endedAt ?? openedAt;
  return [
    deploy,
    verb === 'rollback' ? `rollback of ${of}${withData ? ' with data' : ''}` : mode,
    outcomeText(state),
    imagesText(state),
    revisionText(state),
    inTime((Date.parse(end) - Date.parse(openedAt)) / 1_000),
    `${user}@${host}`,
  ];
};

export const historyHead = ['deploy', 'what', 'end', 'images', 'revision', 'time', 'by'] as const;

const outcomeText = (state: DeployState): string => {
  const {closed} = state;
  if (closed) return closed.exit === 0 ? closed.outcome : `${closed.outcome} (exit ${closed.exit})`;
  return hasTouched(state) ? 'open: killed, or at work' : 'open';
};

const imagesText = ({facts}: DeployState): string =>
  (facts.plan?.services ?? [])
    .filter(({strategy}) => strategy !== 'leave')
    .map(({service, to}) => `${service}=${to.imageName}`)
    .join(' ') || '-';

const revisionText = ({facts}: DeployState): string => {
  const {revisionBefore = null, revisionAfter, plan} = facts;
  if (revisionAfter === undefined) return plan?.migration?.revision ?? '-';
  return revisionBefore === revisionAfter
    ? (revisionAfter ?? '-')
    : `${revisionBefore ?? 'none'} -> ${revisionAfter ?? 'none'}`;
};

/** The last deploy phase by phase. */
export const phaseLines = ({phases, closed}: DeployState): readonly string[] =>
  phases.map(({phase, startedAt, endedAt, failure}) => {
    const {number, title} = phaseOf(phase);
    const time =
      endedAt === undefined
        ? closed === undefined
          ? 'not ended'
          : 'broke off'
        : inTime((Date.parse(endedAt) - Date.parse(startedAt)) / 1_000);
    return `  ${String(number).padStart(2)} ${title.padEnd(30)} ${time}${failure === undefined ? '' : `: ${failure}`}`;
  });
