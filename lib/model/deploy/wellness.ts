/** Whether new containers have become well: by what they are, never by what the command that started them said. */
import type {ServiceConfig} from './compose-config.ts';
import type {ContainerState} from './container-state.ts';

export type Watch = {
  readonly seconds: number;
  /** For how long at least one has been unhealthy without a break. */
  readonly unhealthySeconds: number;
};

export type Judgement = 'well' | 'wait' | {readonly failure: string};

/** Docker calls a slow start unhealthy too, where the definition gives it no start_period. */
const patienceWithUnhealthy = 10;

/**
 * What to think of a service's new containers now. `isJob`: it is there to run once and to end with 0.
 * `longest` is how long they may take in all.
 */
export const judge = (
  containers: readonly ContainerState[],
  {watch, longest, isJob}: {watch: Watch; longest: number; isJob: boolean},
): Judgement => {
  for (const {status, exitCode, restarts, name} of containers) {
    if (status === 'exited' || status === 'dead') {
      if (isJob && exitCode === 0) continue;
      return {failure: `'${name}' ended with exit code ${exitCode}`};
    }
    if (status === 'restarting' || restarts > 0)
      // The exit code is that of now: of one that runs again it is 0, whatever ended it before.
      return {failure: `'${name}' ended, and was started again`};
  }
  const isDone = containers.every(({status, health}) =>
    isJob ? status === 'exited' : status === 'running' && (health === '' || health === 'healthy'),
  );
  if (isDone) return 'well';
  const sick = containers.find(({health}) => health === 'unhealthy');
  const patience = Math.max(patienceWithUnhealthy, watch.seconds - watch.unhealthySeconds);
  if (sick && watch.unhealthySeconds >= patience)
    return {failure: `'${sick.name}' is unhealthy after ${Math.round(watch.seconds)} s`};
  if (watch.seconds < longest) return 'wait';
  const [late] = containers.filter(
    ({status, health}) => status !== 'running' || health !== 'healthy',
  );
  return {
    failure: `'${late?.name}' is ${late?.health || late?.status} after ${Math.round(watch.seconds)} s`,
  };
};

/** How long a service may take by its own definition, and something on top. */
export const longestStart = ({healthcheck}: ServiceConfig, isJob: boolean): number => {
  if (isJob) return 3_600;
  const {interval, timeout, start_period, retries} = healthcheck ?? {};
  const each = secondsOf(interval ?? '30s') + secondsOf(timeout ?? '30s');
  return secondsOf(start_period ?? '0s') + each * (retries ?? 3) + 30;
};

/** A duration as compose prints it: `1m30s`, `500ms`. */
export const secondsOf = (text: string): number => {
  const units: Readonly<Record<string, number>> = {h: 3_600, m: 60, s: 1, ms: 1e-3, us: 1e-6};
  return [...text.matchAll(/([\d.]+)(ms|us|h|m|s)/g)].reduce(
    (sum, [, amount, unit = '']) => sum + Number(amount) * (units[unit] ?? 0),
    0,
  );
};
