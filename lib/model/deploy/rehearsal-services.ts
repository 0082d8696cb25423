/** How each service did on the copy, in words. */
import {inTime} from '../amounts.ts';
import {OpsError} from '../errors.ts';
import type {RehearsedService} from './rehearsal.ts';
import type {Watched} from './rehearsal-verdict.ts';

/** Those that were started, in the order of the plan. */
export const servicesOf = (
  services: readonly {readonly service: string}[],
  watched: readonly (readonly Watched[] | undefined)[],
): readonly RehearsedService[] =>
  services.flatMap(({service}) => {
    const [before = null, after = null, next = null] = watched.map((each) =>
      wordFor(each?.find((one) => one.service === service)),
    );
    return before === null && after === null && next === null
      ? []
      : [{service, before, after, next}];
  });

const wordFor = (watched: Watched | undefined): string | null => {
  if (watched === undefined) return null;
  const {failure, isJob, isChecked, seconds} = watched;
  if (failure !== undefined) return `not well: ${failure}`;
  if (isJob) return 'done';
  return isChecked ? `healthy after ${inTime(seconds)}` : 'runs (no health check)';
};

/**
 * Where nothing of a service was well before, a new one that is not may be the copy's fault: that is said.
 * Errors: toolFailed for one that is not well although its forerunner was.
 */
export const doubtsOn = (
  next: readonly Watched[],
  control: readonly Watched[],
): readonly string[] =>
  next.flatMap(({service, failure, log}) => {
    if (failure === undefined) return [];
    const before = control.find((each) => each.service === service);
    if (before && before.failure === undefined)
      throw new OpsError(
        'toolFailed',
        `the new version does not get well on the migrated copy: ${failure}`,
        {
          hint: 'production was not touched; see the end of what it printed below',
          cause: new Error(log.join('\n') || 'it printed nothing'),
        },
      );
    const other = before
      ? 'the version that serves now does not either'
      : 'nothing of it serves now';
    return [
      `the new '${service}' does not get well on the copy (${failure}); ${other}, so that may be the copy's fault`,
    ];
  });
