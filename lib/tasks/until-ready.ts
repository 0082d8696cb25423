/** Waits for a server that is cold or still starting, and no longer than that helps. */
import {setTimeout as pause} from 'node:timers/promises';
import * as catalog from '../commands/catalog.ts';
import {pgIsReady, psqlScript} from '../commands/postgres.ts';
import {ToolError} from '../io/shell.ts';
import type {Client} from '../io/tools.ts';
import type {ServerFacts} from '../model/catalog.ts';
import type {Connection} from '../model/connection.ts';
import {OpsError} from '../model/errors.ts';
import {finalFault, isTimeout, type Readiness, readinessOf} from '../model/no-session.ts';
import type {Context} from './context.ts';

type Probe = {readonly connection: Connection; readonly client: Client};

/** Enough for a question; the last attempt gets what the sessions get. */
const probeTimeout = '5';

/**
 * Facts of a server as soon as it gives them. Attempts start further and further apart, the time
 * that one took counted in: an address that answers nothing costs less than a minute.
 * Errors: settings, unavailable.
 */
export const untilReady = async (context: Context, probe: Probe): Promise<ServerFacts> => {
  const {connectAttempts, connectDelaySeconds} = context.settings;
  for (let attempt = 1; ; attempt += 1) {
    const startedAt = performance.now();
    const isLast = attempt >= connectAttempts;
    const outcome = await ask(context, probe, isLast ? {} : {PGCONNECT_TIMEOUT: probeTimeout});
    if (!(outcome instanceof OpsError)) return outcome;
    const fault = await faultOf(context, probe, outcome);
    if (fault) {
      // It may have become ready between the two questions: its second answer counts.
      const again = await ask(context, probe, {});
      if (again instanceof OpsError) throw fault;
      return again;
    }
    if (isLast) throw unreachable(outcome, attempt);
    const elapsed = (performance.now() - startedAt) / 1_000;
    const delay = Math.max(0, connectDelaySeconds * 2 ** (attempt - 1) - elapsed);
    context.reporter.step(
      `no server yet, trying again in ${Math.ceil(delay)} s (${attempt} of ${connectAttempts})`,
    );
    await pause(delay * 1_000, undefined, {signal: context.signal}).catch(() => {});
    context.signal.throwIfAborted();
  }
};

const ask = async (
  {shell, signal}: Context,
  {connection, client}: Probe,
  patience: Readonly<Record<string, string>>,
): Promise<ServerFacts | OpsError> => {
  try {
    const script = `SET statement_timeout = 0;\nSET search_path = pg_catalog;\n${catalog.serverFacts};\n`;
    const libpq = {...patience, ...connection.libpq};
    const command = psqlScript({...connection, libpq}, client.binaries);
    const {stdout} = await shell.run(command, {input: script, kind: 'unavailable'});
    return JSON.parse(stdout) as ServerFacts;
  } catch (error) {
    if (signal.aborted || !(error instanceof OpsError)) throw error;
    return error;
  }
};

/** Why trying again would not help; undefined where it may. */
const faultOf = async (
  context: Context,
  probe: Probe,
  {message, cause}: OpsError,
): Promise<OpsError | undefined> => {
  if (cause instanceof ToolError && cause.exitCode === undefined && cause.signal === undefined)
    return new OpsError('unavailable', message, {
      hint: 'see what keeps this host from starting programs: ulimit -u, ulimit -n, memory',
      cause,
    });
  const said = cause instanceof Error ? cause.message : '';
  if (isTimeout(said)) return undefined;
  const readiness = await readinessIn(context, probe);
  return finalFault(probe.connection, {said, readiness, cause});
};

/** Whether the server takes connections at all: then what failed was the login, and no patience helps. */
const readinessIn = async (
  {shell, signal}: Context,
  {connection, client}: Probe,
): Promise<Readiness> => {
  try {
    await shell.run(pgIsReady(connection, client.binaries), {kind: 'unavailable'});
    return 'accepts';
  } catch (error) {
    if (signal.aborted || !(error instanceof OpsError) || !(error.cause instanceof ToolError))
      throw error;
    return readinessOf(error.cause.exitCode);
  }
};

const unreachable = (error: OpsError, attempts: number) =>
  new OpsError('unavailable', `no PostgreSQL server answered in ${attempts} attempts`, {
    hint: 'check host, port and that the server runs: `pgkeep settings` shows what is used and where it came from',
    cause: error.cause,
  });
