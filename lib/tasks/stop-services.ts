/**
 * Services of the project, stopped around a swap and started again whatever becomes of it. The journal names
 * them before the first is stopped: a run that was killed leaves word for the next one.
 */
import {foldersOf} from '../io/containers.ts';
import {readJournal, record} from '../io/journal.ts';
import {listContainers, listNetworks, startAll, stopAll} from '../io/services.ts';
import {isLoopback, isOf, portInside} from '../model/compose-service.ts';
import type {Connection} from '../model/connection.ts';
import {OpsError} from '../model/errors.ts';
import {type Entry, stillStopped} from '../model/restore-journal.ts';
import {chooseServices, type Stoppable, startOrder} from '../model/stop-services.ts';
import type {Server} from './connect.ts';
import type {Context} from './context.ts';

export type StopRequest = {
  /** Undefined: all that run but the database's own. */
  readonly names: readonly string[] | undefined;
  /** As it was configured: what it leads through stays up. */
  readonly connection: Connection;
};

/** The grace that containers ask for, twice. */
const startSeconds = 180;

/** What would be stopped, as things are. Errors: usage for names that are none; unavailable without docker. */
export const findStops = async (
  context: Context,
  {facts}: Pick<Server, 'facts'>,
  {names, connection}: StopRequest,
): Promise<readonly Stoppable[]> => {
  const {shell, settings} = context;
  const project = {name: settings.composeProject, folders: foldersOf(settings.project)};
  const containers = await listContainers(shell);
  const ours = containers.filter((one) => isOf(one, project));
  const running = ours.filter(({state}) => state === 'running');
  const networks = await listNetworks(
    shell,
    running.map(({id}) => id),
  );
  const {PGHOST: host = '', PGHOSTADDR = '', PGPORT: port = '5432'} = connection.libpq;
  const isHere = isLoopback(host) || isLoopback(PGHOSTADDR);
  const leading = networks.filter(
    (one) =>
      Object.values(one.networks ?? {}).some(({IPAddress}) =>
        [facts.address, PGHOSTADDR].filter(Boolean).includes(IPAddress),
      ) ||
      (isHere && portInside(one, port) !== undefined),
  );
  const byPlace = running.filter(({id}) => leading.some((one) => one.id === id));
  const {tools, databaseService} = settings;
  const own = [
    ...(tools.kind === 'compose' ? [tools.service] : []),
    ...[databaseService, host, ...byPlace.map(({service}) => service)],
  ];
  return chooseServices(containers, {project, own, names});
};

export type Stopping = {
  /** Undefined: none is to be stopped. */
  readonly find: (() => Promise<readonly Stoppable[]>) | undefined;
  readonly entry: Entry;
  readonly shelf: string;
};

/**
 * Work that stops services when it says so. They are started again when it has ended, however it did; what
 * ended it is thrown. Errors: undecided where it is done and a service does not start.
 */
export const withStops = async <Value>(
  context: Context,
  {find, entry, shelf}: Stopping,
  work: (stop: () => Promise<void>) => Promise<Value>,
): Promise<Value> => {
  let stopped: readonly Stoppable[] = [];
  const stop = async () => {
    stopped = (await find?.()) ?? [];
    if (stopped.length === 0) return;
    await record(shelf, stoppedEntry(entry, stopped));
    context.reporter.step(`stopping ${namesOf(stopped)}`);
    for (const layer of startOrder(stopped).toReversed())
      await stopAll(context.shell, idsOf(layer));
  };
  let value: Value;
  try {
    value = await work(stop);
  } catch (error) {
    const problem = await startAgain(context, {stopped, entry, shelf});
    if (problem !== undefined) context.reporter.warn(notStarted(stopped, problem).message);
    throw error;
  }
  const problem = await startAgain(context, {stopped, entry, shelf});
  if (problem !== undefined) throw notStarted(stopped, problem, entry);
  return value;
};

/**
 * What runs that were killed had stopped, started again. Told, and told again by the next run where it fails. The
 * journal may have been written by anybody: only containers of the project are touched.
 */
export const resumeStopped = async (context: Context, shelf: string): Promise<void> => {
  for (const entry of stillStopped(await readJournal(shelf))) {
    const named = (entry.services ?? []).map((one) => ({...one, needs: []}));
    context.reporter.warn(
      `the ${entry.verb} that began as ${entry.run} had stopped ${namesOf(named)}: starting again what does not run`,
    );
    const {stopped, gone, strange} = await oursAmong(context, named);
    if (gone.length > 0)
      context.reporter.warn(
        `gone since: ${gone.join(', ')}; docker compose up -d starts their services anew`,
      );
    if (strange.length > 0) {
      context.reporter.warn(`of another project, so nothing was started: ${strange.join(', ')}`);
      continue;
    }
    if (stopped.length === 0) await record(shelf, {...entry, step: 'resumed'});
    const problem = await startAgain(context, {stopped, entry, shelf});
    if (problem !== undefined) context.reporter.warn(notStarted(stopped, problem).message);
  }
};

const oursAmong = async ({shell, settings}: Context, named: readonly Stoppable[]) => {
  const project = {name: settings.composeProject, folders: foldersOf(settings.project)};
  const containers = await listContainers(shell);
  const found = (id: string) => containers.find((one) => one.id === id);
  const isOurs = (id: string) => containers.some((one) => one.id === id && isOf(one, project));
  const stopped = named
    .map((one) => ({...one, ids: one.ids.filter(isOurs)}))
    .filter(({ids}) => ids.length > 0);
  const others = idsOf(named).filter((id) => !isOurs(id));
  return {
    stopped,
    gone: others.filter((id) => found(id) === undefined),
    strange: others.filter((id) => found(id) !== undefined),
  };
};

type Resuming = {
  readonly stopped: readonly Stoppable[];
  readonly entry: Entry;
  readonly shelf: string;
};

/** Not ended by what ended the run. What kept it from being done, if anything did. */
const startAgain = async (
  context: Context,
  {stopped, entry, shelf}: Resuming,
): Promise<unknown> => {
  if (stopped.length === 0) return undefined;
  const shell = context.shell.apart(AbortSignal.timeout(startSeconds * 1_000));
  try {
    context.reporter.step(`starting ${namesOf(stopped)} again`);
    // A stop that broke off goes on in the engine, and would end what was started meanwhile.
    if (context.signal.aborted)
      await stopAll(
        shell,
        stopped.flatMap(({ids}) => ids),
      );
    for (const layer of startOrder(stopped)) await startAll(shell, idsOf(layer));
    await record(shelf, {...stoppedEntry(entry, stopped), step: 'resumed'});
    return undefined;
  } catch (error) {
    return error;
  }
};

const stoppedEntry = (entry: Entry, stopped: readonly Stoppable[]): Entry => ({
  ...entry,
  step: 'stopped',
  services: stopped.map(({service, ids}) => ({service, ids: [...ids]})),
});

const idsOf = (layer: readonly Stoppable[]) => layer.flatMap(({ids}) => ids);

const namesOf = (services: readonly Stoppable[]) =>
  services.map(({service}) => `'${service}'`).join(', ');

const notStarted = (stopped: readonly Stoppable[], cause: unknown, entry?: Entry): OpsError => {
  const done = entry === undefined ? '' : `the ${entry.verb} of '${entry.database}' is done, but `;
  const line = `docker start ${idsOf(stopped)
    .map((id) => id.slice(0, 12))
    .join(' ')}`;
  const why = cause instanceof Error ? cause.message : String(cause);
  return new OpsError(
    'undecided',
    `${done}not every one of the services ${namesOf(stopped)} could be started again (${why}): ${line}`,
    {
      hint: `start them (${line}; the next restore or undo tries it too), or take it back with \`pgkeep undo\``,
      cause,
    },
  );
};
