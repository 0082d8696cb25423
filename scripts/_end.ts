import {setMaxListeners} from 'node:events';
import {inTime} from '../lib/model/amounts.ts';
import {OpsError} from '../lib/model/errors.ts';

const kindOfSignal = {SIGINT: 'interrupted', SIGTERM: 'terminated', SIGHUP: 'hangup'} as const;

/**
 * One AbortSignal for every way a run can be ended from outside: Ctrl-C, SIGTERM, SIGHUP, the total
 * time-out. The first one counts; a second Ctrl-C does not stop the clearing up, it is told about it.
 */
export const listenForTheEnd = ({
  seconds,
  tell,
}: {
  seconds: number | undefined;
  tell: (text: string) => void;
}): {readonly signal: AbortSignal; stopListening(): void} => {
  const controller = new AbortController();
  // Each tool of a run listens, and Node would warn at eleven.
  setMaxListeners(0, controller.signal);
  const end = (reason: OpsError) => {
    if (controller.signal.aborted) return tell('already ending: clearing up, please wait');
    controller.abort(reason);
  };
  const listeners = Object.entries(kindOfSignal).map(([name, kind]) => {
    const listener = () => end(new OpsError(kind, `interrupted by ${name}`));
    process.on(name, listener);
    return {name, listener};
  });
  const timer =
    seconds === undefined ? undefined : setTimeout(() => end(timedOut(seconds)), seconds * 1_000);
  return {
    signal: controller.signal,
    stopListening: () => {
      clearTimeout(timer);
      for (const {name, listener} of listeners) process.off(name, listener);
    },
  };
};

const timedOut = (seconds: number): OpsError =>
  new OpsError('timedOut', `not done within ${inTime(seconds)}`, {
    hint: 'give it longer with --timeout or PGKEEP_TIMEOUT',
  });
