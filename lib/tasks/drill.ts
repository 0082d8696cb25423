/**
 * The drill: a set restored into a throw-away server of the same major and compared, row for row
 * and object for object, with what was recorded when it was made. How long it takes is the
 * measured recovery time.
 */

import {freeBytes} from '../io/folder-size.ts';
import {type ScratchInside, withScratchContainer} from '../io/scratch-container.ts';
import {withScratchServer} from '../io/scratch-server.ts';
import {ToolError} from '../io/shell.ts';
import type {StoredSet} from '../io/store.ts';
import {type Client, clientFor, serverBinaries} from '../io/tools.ts';
import {unprovable} from '../model/compare.ts';
import type {Connection} from '../model/connection.ts';
import {OpsError} from '../model/errors.ts';
import type {Proof} from '../model/proof.ts';
import {NotPlainSql} from '../model/sql-script.ts';
import {parseVersion, type Version} from '../model/version.ts';
import {buildOnNewServer} from './build.ts';
import {serviceIfThere} from './choose-tools.ts';
import {compareWithSet} from './compare.ts';
import type {Context} from './context.ts';
import {inPhase} from './in-phase.ts';

/** What a drill found. Errors: unavailable (exit 6) for what this host lacks: server, extension, locale, space. */
export const drill = async (context: Context, set: StoredSet): Promise<Proof> => {
  const {manifest} = set;
  const place = await assertDrillable(context, manifest);
  const startedAt = performance.now();
  context.reporter.step(
    `drill of ${manifest.id}: restoring '${manifest.database}' into a throw-away PostgreSQL${'image' in place ? ' in a container' : ''}`,
  );
  const problems = await onNewServer(context, set, place, async ({libpq, client}) => {
    const connection: Connection = {libpq, source: 'throw-away server'};
    const {jobs} = context.settings;
    const copy = await inPhase(context, 'restoring', () =>
      built(context, set, {connection, client, jobs}),
    );
    if (!('libpq' in copy)) return copy;
    return compareWithSet(context, set, {
      connection: copy,
      client,
      sessions: context.settings.jobs,
    });
  });
  const notes = unprovable(manifest);
  return {
    at: new Date().toISOString(),
    level: 'restore',
    verdict: problems.length > 0 ? 'damaged' : notes.length > 0 ? 'unproven' : 'intact',
    seconds: Math.round(performance.now() - startedAt) / 1_000,
    problems: [...problems],
    ...(notes.length > 0 ? {notes: [...notes]} : {}),
  };
};

/** Where a drill's server comes from: this host's programs, or an image. */
export type DrillPlace =
  | {readonly client: Client; readonly binaries: string}
  | {readonly image: string};

const onNewServer = <Value>(
  {shell, settings, signal}: Context,
  {folder, manifest}: StoredSet,
  place: DrillPlace,
  use: (server: ScratchInside) => Promise<Value>,
): Promise<Value> => {
  const {superuser} = manifest.server;
  const options = {superuser, settings: {wal_level: 'logical'}};
  if ('image' in place) {
    const [server, maker] = [manifest.server.version, manifest.client.version].map(parseVersion);
    const {major} = server as Version;
    return withScratchContainer(shell, {...options, ...place, folder, major}, (inside) => {
      const {client} = clientFor([inside.client], maker as Version);
      return use({...inside, client});
    });
  }
  const {client, binaries} = place;
  return withScratchServer(
    shell,
    {...options, binaries, folder: settings.scratch, signal},
    ({libpq}) => use({libpq, client}),
  );
};

/** What has to be known of a set, made or yet to be made, to say whether this host can drill it. */
export type DrillSubject = {
  readonly server: {readonly version: string; readonly databaseBytes: number};
  readonly client: {readonly version: string};
};

/** The programs of a drill. Errors: unavailable for what this host lacks: server, client, space. */
export const assertDrillable = async (
  context: Context,
  subject: DrillSubject,
): Promise<DrillPlace> => {
  const place = await placeFor(context, subject);
  // What docker's own disk has left is docker's to know.
  if (!('image' in place)) await assertSpace(context, subject);
  return place;
};

/** The copy, or what kept it from being built: a set that does not load is a finding, not an accident. */
const built = async (
  context: Context,
  set: StoredSet,
  place: Parameters<typeof buildOnNewServer>[2],
): Promise<Connection | readonly string[]> => {
  try {
    return await buildOnNewServer(context, set, place);
  } catch (error) {
    const isFinding =
      error instanceof OpsError &&
      error.kind !== 'unavailable' &&
      (error.cause instanceof ToolError || error.cause instanceof NotPlainSql);
    if (context.signal.aborted || !isFinding) throw error;
    return [
      `the set does not load: ${error.message}: ${error.cause instanceof Error ? error.cause.message : ''}`,
    ];
  }
};

const placeFor = async (context: Context, subject: DrillSubject): Promise<DrillPlace> => {
  const {tools, settings} = context;
  const {kind} = settings.tools;
  if (settings.tools.kind === 'image') return {image: settings.tools.image};
  if (settings.tools.kind === 'compose')
    return {image: (await tools.service(settings.tools.service)).image};
  const local = await localPlace(context, subject).catch((error: unknown) => {
    if (kind === 'local' || !(error instanceof OpsError)) throw error;
    return error;
  });
  if (!(local instanceof OpsError)) return local;
  const {major} = parseVersion(subject.server.version) as Version;
  const service = await serviceIfThere(context);
  if (service?.client.version.major === major) return {image: service.image};
  throw local;
};

/** The server's programs of the set's own major, and clients that read what its pg_dump wrote. */
const localPlace = async (context: Context, subject: DrillSubject): Promise<DrillPlace> => {
  const clients = await context.tools.local();
  const server = parseVersion(subject.server.version) as Version;
  const {client} = clientFor(clients, parseVersion(subject.client.version) ?? server);
  const binaries = clients
    .filter(({version}) => version.major === server.major)
    .map(serverBinaries)
    .find((folder) => folder !== undefined);
  if (binaries !== undefined) return {client, binaries};
  throw new OpsError(
    'unavailable',
    `a drill of this set needs a PostgreSQL ${server.major} server on this host, and there is none`,
    {
      hint: `install it (Debian: apt-get install postgresql-${server.major}; nothing of it needs to run), or drill in a container: PGKEEP_TOOLS=image:postgres:${server.major}`,
    },
  );
};

const assertSpace = async ({settings}: Context, manifest: DrillSubject) => {
  const needed = manifest.server.databaseBytes * 1.3;
  const free = await freeBytes(settings.scratch);
  if (free >= needed) return;
  throw new OpsError(
    'unavailable',
    `a drill needs about ${Math.ceil(needed / 1e6)} MB at '${settings.scratch}', ${Math.floor(free / 1e6)} MB are free`,
    {
      hint: 'free some space, or set PGKEEP_SCRATCH to a larger disk',
    },
  );
};
