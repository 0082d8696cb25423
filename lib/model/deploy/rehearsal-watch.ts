/** How a service does while it is watched on the copy, look by look. */
import type {ContainerState} from './container-state.ts';
import type {Watched} from './rehearsal-verdict.ts';
import {judge} from './wellness.ts';

/** Times are seconds since the version was started. */
export type Seen = {
  readonly failure: string | undefined;
  /** Until it was well; until now where it is not. */
  readonly seconds: number;
  readonly wellSince: number | undefined;
  readonly unhealthySince: number | undefined;
  readonly isChecked: boolean;
  readonly id: string;
};

export type Look = {
  readonly seconds: number;
  /** How long it may take. */
  readonly longest: number;
  readonly isJob: boolean;
  /** What compose said, where it could not start all. */
  readonly problem: string | undefined;
};

/** One more look; a failure is final. */
export const lookAgain = (
  before: Seen | undefined,
  state: ContainerState,
  {seconds, longest, isJob, problem}: Look,
): Seen => {
  if (before?.failure !== undefined) return before;
  const unhealthySince =
    state.health === 'unhealthy' ? (before?.unhealthySince ?? seconds) : undefined;
  const unhealthySeconds = seconds - (unhealthySince ?? seconds);
  const judgement =
    problem !== undefined && state.status === 'created'
      ? {failure: problem}
      : judge([state], {watch: {seconds, unhealthySeconds}, longest, isJob});
  const wellSince = judgement === 'well' ? (before?.wellSince ?? seconds) : undefined;
  return {
    ...{unhealthySince, wellSince, isChecked: state.health !== '', id: state.id},
    failure: typeof judgement === 'object' ? judgement.failure : undefined,
    seconds: wellSince ?? seconds,
  };
};

/** Whether there is more to see of it: neither failed, nor well for long enough. */
export const isOpen = (
  {failure, wellSince}: Seen,
  {seconds, steady}: {readonly seconds: number; readonly steady: number},
): boolean => failure === undefined && (wellSince === undefined || seconds - wellSince < steady);

const shortest = 10;

/** What was well within seconds before is not waited for as long as its definition allows. */
export const longestFor = (allowed: number, before: Watched | undefined): number =>
  before === undefined || before.failure !== undefined
    ? allowed
    : Math.min(allowed, Math.max(shortest, 3 * before.seconds));
