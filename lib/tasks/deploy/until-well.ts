/** Waits for new containers to become well, by looking at them: a command's exit code tells nothing of that. */
import {setTimeout as pause} from 'node:timers/promises';
import {containerHealth, containerLogs} from '../../commands/docker.ts';
import {statesOf} from '../../io/container-states.ts';
import {dockerProgram} from '../../io/containers.ts';
import type {ServiceConfig} from '../../model/deploy/compose-config.ts';
import {type ContainerState, lastHealthOutput} from '../../model/deploy/container-state.ts';
import {judge, longestStart} from '../../model/deploy/wellness.ts';
import {OpsError} from '../../model/errors.ts';
import {printable} from '../../model/redact.ts';
import type {Context} from '../context.ts';

export type Awaited = {
  readonly service: string;
  readonly ids: readonly string[];
  readonly config: ServiceConfig;
  /** It is there to run once, and to end with 0. */
  readonly isJob: boolean;
  /** For how long they have to stay well before that counts; 0 when absent. */
  readonly settleSeconds?: number;
};

const betweenLooks = 250;

/** Errors: toolFailed with the end of what the container printed; nothing is stopped or removed here. */
export const untilWell = async (
  context: Context,
  {service, ids, config, isJob, settleSeconds = 0}: Awaited,
): Promise<readonly ContainerState[]> => {
  const {shell, reporter, signal} = context;
  const startedAt = performance.now();
  let unhealthySince: number | undefined;
  let wellSince: number | undefined;
  const progress = reporter.progress(`waiting for '${service}' to become well`);
  try {
    for (;;) {
      const states = await statesOf(shell, ids);
      if (states.length < ids.length) throw gone(service);
      const now = performance.now();
      unhealthySince = states.some(({health}) => health === 'unhealthy')
        ? (unhealthySince ?? now)
        : undefined;
      const watch = {
        seconds: (now - startedAt) / 1_000,
        unhealthySeconds: (now - (unhealthySince ?? now)) / 1_000,
      };
      const judgement = judge(states, {watch, isJob, longest: longestStart(config, isJob)});
      if (typeof judgement === 'object') throw await notWell(context, service, states, judgement);
      wellSince = judgement === 'well' ? (wellSince ?? now) : undefined;
      if (wellSince !== undefined && now - wellSince >= (isJob ? 0 : settleSeconds * 1_000))
        return states;
      await pause(betweenLooks, undefined, {signal}).catch(() => {});
      signal.throwIfAborted();
    }
  } finally {
    progress.end();
  }
};

const tailLines = 20;

const notWell = async (
  context: Context,
  service: string,
  states: readonly ContainerState[],
  {failure}: {readonly failure: string},
): Promise<OpsError> => {
  const culprit =
    states.find(({status, health}) => status !== 'running' || health === 'unhealthy') ?? states[0];
  const said = culprit ? await tailOf(context, culprit.id) : '';
  const checked =
    culprit?.health === 'unhealthy' ? await lastCheckOf(context, culprit.id) : undefined;
  return new OpsError('toolFailed', `the service '${service}' does not become well: ${failure}`, {
    hint: 'see the end of what it printed below',
    cause: new Error([said || 'it printed nothing', checked].filter(Boolean).join('\n')),
  });
};

const longestCheck = 500;

/** What its health check said last, which is in no log. Errors: none; undefined where it said nothing. */
const lastCheckOf = async ({shell, redact}: Context, id: string): Promise<string | undefined> => {
  const output = await shell.run(containerHealth(dockerProgram(shell), id)).then(
    ({stdout}) => lastHealthOutput(stdout),
    () => '',
  );
  // Masked before it is cut: half a secret would not be known.
  const said = printable(redact(output)).slice(-longestCheck);
  return said === '' ? undefined : `its health check said: ${said}`;
};

/** The end of what a container printed, secrets masked. Errors: none; nothing where it can't be had. */
export const tailOf = async ({shell, redact}: Context, id: string): Promise<string> => {
  const command = containerLogs(dockerProgram(shell), id, {lines: tailLines});
  return shell.run(command).then(
    ({stdout, stderr}) => redact(`${stdout}${stderr}`.trim()),
    () => '',
  );
};

const gone = (service: string) =>
  new OpsError('toolFailed', `a container of '${service}' has gone while it was waited for`, {
    hint: 'somebody else works on this project: see docker ps --all',
  });
