/**
 * The drill: a set restored into a throw-away server of the same major and compared, row for row
 * and object for object, with what was recorded when it was made. How long it takes is the
 * measured recovery time.
 */

import {freeBytes} from '../io/folder-size.ts';
import {withScratchServer} from '../io/scratch-server.ts';
import {ToolError} from '../io/shell.ts';
import type {StoredSet} from '../io/store.ts';
import {type Client, clientFor, findClients, serverBinaries} from '../io/tools.ts';
import {unprovable} from '../model/compare.ts';
import type {Connection} from '../model/connection.ts';
import {OpsError} from '../model/errors.ts';
import type {Proof} from '../model/proof.ts';
import {NotPlainSql} from '../model/sql-script.ts';
import {parseVersion, type Version} from '../model/version.ts';
import {buildOnNewServer} from './build.ts';
import {compareWithSet} from './compare.ts';
import type {Context} from './context.ts';
import {inPhase} from './in-phase.ts';

/** What a drill found. Errors: unavailable (exit 6) for what this host lacks: server, extension, locale, space. */
export const drill = async (context: Context, set: StoredSet): Promise<Proof> => {
  const {manifest} = set;
  const {client, binaries} = await assertDrillable(context, manifest);
  const startedAt = performance.now();
  context.reporter.step(
    `drill of ${manifest.id}: restoring '${manifest.database}' into a throw-away PostgreSQL`,
  );
  const options = {
    binaries,
    folder: context.settings.scratch,
    superuser: manifest.server.superuser,
    signal: context.signal,
    settings: {wal_level: 'logical'},
  };
  const problems = await withScratchServer(context.shell, options, async ({libpq}) => {
    const connection: Connection = {libpq, source: 'throw-away server'};
    const place = {connection, client, jobs: context.settings.jobs};
    const copy = await inPhase(context, 'restoring', () => built(context, set, place));
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

/** What has to be known of a set, made or yet to be made, to say whether this host can drill it. */
export type DrillSubject = {
  readonly server: {readonly version: string; readonly databaseBytes: number};
  readonly client: {readonly version: string};
};

/** The programs of a drill. Errors: unavailable for what this host lacks: server, client, space. */
export const assertDrillable = async (
  context: Context,
  subject: DrillSubject,
): Promise<{client: Client; binaries: string}> => {
  const programs = await programsFor(context, subject);
  await assertSpace(context, subject);
  return programs;
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

/** The server's programs of the set's own major, and clients that read what its pg_dump wrote. */
const programsFor = async (
  context: Context,
  manifest: DrillSubject,
): Promise<{client: Client; binaries: string}> => {
  const clients = await findClients(context.shell, context.settings);
  const server = parseVersion(manifest.server.version) as Version;
  const {client} = clientFor(clients, parseVersion(manifest.client.version) ?? server);
  const binaries = clients
    .filter(({version}) => version.major === server.major)
    .map(serverBinaries)
    .find((folder) => folder !== undefined);
  if (binaries !== undefined) return {client, binaries};
  throw new OpsError(
    'unavailable',
    `a drill of this set needs a PostgreSQL ${server.major} server on this host, and there is none`,
    {
      hint: `install it (Debian: apt-get install postgresql-${server.major}; nothing of it needs to run)`,
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
