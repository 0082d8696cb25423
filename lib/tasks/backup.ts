/**
 * The nightly job: one proven set of one database.
 *
 * Look at the server and the shelf, hold one moment of the database still, write the dump and take
 * every table's rows and digest side by side from that moment, check what was written, and only
 * then publish it with the manifest as the last file. Any failure leaves no set that looks whole.
 */
import {join} from 'node:path';
import type {Fingerprint} from '../commands/digest.ts';
import {withLock} from '../io/lock.ts';
import {withStaging} from '../io/staging.ts';
import {openSet, prepareShelf, readShelf, type StoredSet, shelfFolder} from '../io/store.ts';
import {assertMaySee} from '../io/toolbox.ts';
import type {Connection} from '../model/connection.ts';
import {isAside} from '../model/database-choice.ts';
import {asOpsError, OpsError} from '../model/errors.ts';
import type {Manifest} from '../model/manifest.ts';
import type {Level} from '../model/proof.ts';
import {idFor} from '../model/set-id.ts';
import {advisoriesFor} from '../model/version.ts';
import {reach, type Server, withServerSession} from './connect.ts';
import type {Context} from './context.ts';
import {assertDrillable} from './drill.ts';
import type {DumpRequest} from './dump.ts';
import {makeSet} from './make-set.ts';
import {revisionIn} from './revision.ts';
import {assertSpace} from './space.ts';
import {sweep} from './sweep.ts';
import {verify} from './verify.ts';

export type BackupRequest = DumpRequest & {
  readonly reason: Manifest['reason'];
  readonly fingerprint: Fingerprint;
  readonly verify: Level;
  /** What of the application runs, for the record: `web=shop:v1@sha256:…`. */
  readonly images?: readonly string[];
  /** The revision of its schema. */
  readonly migrationHead?: string | null;
};

export type BackupResult = {readonly set: StoredSet; readonly seconds: number};

/**
 * Back up the database of a connection. Errors: locked, unavailable (server, login, rights, tools),
 * toolFailed (nothing published), notIntact (a check failed), timedOut.
 */
export const backup = async (
  context: Context,
  connection: Connection,
  request: BackupRequest,
): Promise<BackupResult> => {
  const startedAt = performance.now();
  const reached = await reach(context, connection);
  assertAllowed(reached.facts.database);
  tellWhere(context, reached);
  await assertProvable(context, reached, request);
  const {backups} = context.settings;
  const shelf = shelfFolder(backups, reached.facts.database);
  if (request.format === 'directory') assertMaySee(reached.client);
  await prepareShelf(backups, shelf);
  const lock = {file: join(shelf, '.lock'), verb: 'backup', since: context.now.toISOString()};
  const migrationHead = await revisionFor(context, reached);
  const set = await withLock(context.shell, lock, () =>
    takeSet(context, reached, {shelf, request: {...request, migrationHead}}),
  );
  if (request.verify !== 'restore') return {set, seconds: secondsSince(startedAt)};
  const proof = await verify(context, set, 'restore');
  if (proof.verdict === 'damaged')
    throw new OpsError(
      'notIntact',
      `the set ${set.manifest.id} was written, but its drill failed: ${proof.problems.join('; ')}`,
      {
        hint: `look at it with \`pgkeep show ${set.manifest.id}\`; older sets were not touched`,
      },
    );
  for (const note of proof.notes ?? []) context.reporter.warn(`not proven: ${note}`);
  return {set: await openSet(set.folder), seconds: secondsSince(startedAt)};
};

/** Errors: usage for a database that a restore has put aside. */
export const assertAllowed = (database: string): void => {
  if (isAside(database))
    throw new OpsError(
      'usage',
      `'${database}' is what a restore put aside or is building: it is never backed up`,
      {hint: `if it is a database of yours, give it another name`},
    );
};

/** One set of a moment from now. Needs the lock of the shelf, which is swept first. Errors: as `backup`. */
export const takeSet = async (
  context: Context,
  reached: Server,
  {shelf, request}: {readonly shelf: string; readonly request: BackupRequest},
): Promise<StoredSet> => {
  await sweep(context, shelf);
  const server = await seeingShelf(context, reached, {request, shelf});
  const {sets, unreadable} = await readShelf(shelf);
  const taken = [...sets.map(({manifest}) => manifest.id), ...unreadable.map(({id}) => id)];
  const id = idFor(context.now, taken);
  const expectedBytes = await assertSpace(shelf, {sets, server, request});
  return withStaging(shelf, id, (staging) =>
    makeSet(context, {server, request, staging, id, expectedBytes}),
  );
};

/** In directory format pg_dump writes the files itself: it has to see where. */
const seeingShelf = async (
  {tools}: Context,
  server: Server,
  {request, shelf}: {request: BackupRequest; shelf: string},
): Promise<Server> =>
  request.format === 'directory'
    ? {...server, client: await tools.seeing(server.client, shelf, {isReadOnly: false})}
    : server;

/** The revision of the application's schema, where a query tells it. A backup does not fail for the want of it. */
const revisionFor = async (context: Context, reached: Server): Promise<string | null> => {
  const {revisionSql} = context.settings;
  if (revisionSql === undefined) return null;
  try {
    return await withServerSession(context, reached, (session) => revisionIn(session, revisionSql));
  } catch (error) {
    context.signal.throwIfAborted();
    context.reporter.warn(`the revision is not recorded: ${asOpsError(error).message}`);
    return null;
  }
};

/** What would keep a drill from being had is said before the dump, not after it. */
const assertProvable = async (
  context: Context,
  {version, facts: {databaseBytes}, client}: Server,
  {verify: level, fingerprint}: BackupRequest,
) => {
  if (level !== 'restore') return;
  if (fingerprint === 'none' || fingerprint === 'rows')
    throw new OpsError(
      'usage',
      `a drill has nothing to compare with --fingerprint ${fingerprint}`,
      {
        hint: 'use --fingerprint content or sha256, or another --verify',
      },
    );
  const server = {version: version.text, databaseBytes};
  await assertDrillable(context, {server, client: {version: client.version.text}});
};

const tellWhere = ({reporter}: Context, {facts, client, isClientNewer, version}: Server) => {
  reporter.step(
    `backing up '${facts.database}' on ${facts.address}:${facts.port} (PostgreSQL ${version.text}) with pg_dump ${client.version.text}${client.where === undefined ? '' : ` in ${client.where}`}`,
  );
  if (isClientNewer)
    reporter.warn(
      `pg_dump is ${client.version.text} and the server ${version.text}: what it writes may not load on that server; a drill tells (verify --level restore)`,
    );
  for (const {name, what} of advisoriesFor(client.version))
    reporter.step(`note: ${name} holds for client ${client.version.text} (${what}): upgrade it`);
};

const secondsSince = (startedAt: number) => Math.round(performance.now() - startedAt) / 1_000;
