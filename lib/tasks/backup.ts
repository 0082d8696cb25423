/**
 * The nightly job: one proven set of one database.
 *
 * Look at the server and the shelf, hold one moment of the database still, write the dump and take
 * every table's rows and digest side by side from that moment, check what was written, and only
 * then publish it with the manifest as the last file. Any failure leaves no set that looks whole.
 */
import {join} from 'node:path';
import {digestAlgorithms, type Fingerprint} from '../commands/digest.ts';
import {checksumOf} from '../io/checksum.ts';
import {filesBelow} from '../io/folder-size.ts';
import {withLock} from '../io/lock.ts';
import {
  openSet,
  prepareShelf,
  readShelf,
  type Staging,
  type StoredSet,
  shelfFolder,
  sweepShelf,
  withStaging,
} from '../io/store.ts';
import {findCompressors} from '../io/tools.ts';
import type {Connection} from '../model/connection.ts';
import {OpsError} from '../model/errors.ts';
import type {Manifest} from '../model/manifest.ts';
import type {Level, Proof} from '../model/proof.ts';
import {idFor} from '../model/set-id.ts';
import {advisoriesFor} from '../model/version.ts';
import {type ArchiveTools, checkArchive} from './check-archive.ts';
import {reach, type Server} from './connect.ts';
import type {Context} from './context.ts';
import {drill} from './drill.ts';
import {compressorFor, type DumpRequest, dumpName} from './dump.ts';
import {type Recorded, recordMoment} from './record.ts';
import {assertSpace} from './space.ts';
import {together} from './together.ts';

export type BackupRequest = DumpRequest & {
  readonly reason: Manifest['reason'];
  readonly fingerprint: Fingerprint;
  readonly verify: Level;
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
  const server = await reach(context, connection);
  tellWhere(context, server);
  const {backups} = context.settings;
  const shelf = shelfFolder(backups, server.facts.database);
  await prepareShelf(backups, shelf);
  const lock = {file: join(shelf, '.lock'), verb: 'backup', since: context.now.toISOString()};
  const set = await withLock(context.shell, lock, async () => {
    await sweepShelf(shelf);
    const {sets, unreadable} = await readShelf(shelf);
    const taken = [
      ...sets.map(({manifest}) => manifest.id),
      ...unreadable.map(({folder}) => folder.slice(-16)),
    ];
    const id = idFor(context.now, taken);
    const expectedBytes = await assertSpace(shelf, {sets, server, request});
    return withStaging(shelf, id, (staging) =>
      make(context, {server, request, staging, id, expectedBytes}),
    );
  });
  if (request.verify !== 'restore') return {set, seconds: secondsSince(startedAt)};
  const proof = await drill(context, set);
  if (proof.verdict === 'damaged')
    throw new OpsError(
      'notIntact',
      `the set ${set.manifest.id} was written, but its drill failed: ${proof.problems.join('; ')}`,
      {
        hint: `look at it with \`pgkeep show ${set.manifest.id}\`; older sets were not touched`,
      },
    );
  return {set: await openSet(set.folder), seconds: secondsSince(startedAt)};
};

type Making = {
  readonly server: Server;
  readonly request: BackupRequest;
  readonly staging: Staging;
  readonly id: string;
  readonly expectedBytes: number | undefined;
};

const make = async (context: Context, making: Making): Promise<StoredSet> => {
  const {server, request, staging} = making;
  const compressors = findCompressors(context.shell);
  compressorFor(request.compression, compressors);
  const place = {server, folder: staging.folder, compressors};
  const recorded = await recordMoment(context, {
    place,
    request,
    expectedBytes: making.expectedBytes,
  });
  const startedAt = performance.now();
  const [files, problems] = await together<[Manifest['files'], readonly string[]]>(context, [
    (inner) => measure(inner, staging.folder),
    (inner) =>
      checkUnless(inner, {
        request,
        recorded,
        tools: {client: server.client, compressors},
        folder: staging.folder,
      }),
  ]);
  if (problems.length > 0)
    throw new OpsError('notIntact', `the dump failed its check: ${problems.join('; ')}`, {
      hint: 'run again; if it fails again, check the disk and the memory of this host',
    });
  const manifest = manifestOf(context, making, {
    recorded,
    files,
    program: programOf(request, compressors),
  });
  const proof: Proof = {
    at: new Date().toISOString(),
    level: request.verify === 'checksum' ? 'checksum' : 'archive',
    verdict: 'intact',
    seconds: secondsSince(startedAt),
    problems: [],
  };
  return openSet(await staging.publish(manifest, proof));
};

const tellWhere = ({reporter}: Context, {facts, client, isClientNewer, version}: Server) => {
  reporter.step(
    `backing up '${facts.database}' on ${facts.address}:${facts.port} (PostgreSQL ${version.text}) with pg_dump ${client.version.text}`,
  );
  if (isClientNewer)
    reporter.warn(
      `pg_dump is ${client.version.text} and the server ${version.text}: what it writes may not load on that server; a drill tells (verify --level restore)`,
    );
  for (const {name, what} of advisoriesFor(client.version))
    reporter.step(`note: ${name} holds for client ${client.version.text} (${what}): upgrade it`);
};

type Check = {request: BackupRequest; recorded: Recorded; tools: ArchiveTools; folder: string};

const checkUnless = async (context: Context, {request, recorded, tools, folder}: Check) =>
  request.verify === 'checksum'
    ? []
    : checkArchive(context, {...request, tables: recorded.tables, folder}, tools);

/** Every file of the set with its length and SHA-256, as it lies on the disk. */
const measure = async ({signal}: Context, folder: string): Promise<Manifest['files']> => {
  const names = await filesBelow(folder);
  const files: Manifest['files'] = [];
  for (const name of names) files.push({name, ...(await checksumOf(join(folder, name), {signal}))});
  return files;
};

const programOf = (
  {compression, format}: BackupRequest,
  compressors: ArchiveTools['compressors'],
) =>
  format === 'directory' ? 'pg_dump' : (compressorFor(compression, compressors)?.program ?? 'none');

type Made = {recorded: Recorded; files: Manifest['files']; program: string};

const manifestOf = (
  {now}: Context,
  {server, request, id}: Making,
  {recorded, files, program}: Made,
): Manifest => ({
  version: 1,
  id,
  database: server.facts.database,
  reason: request.reason,
  startedAt: now.toISOString(),
  finishedAt: new Date().toISOString(),
  server: {
    version: server.version.text,
    systemIdentifier: recorded.systemIdentifier,
    encoding: server.facts.encoding,
    collation: server.facts.collation,
    superuser: server.facts.superuser,
    databaseBytes: server.facts.databaseBytes,
  },
  client: {version: server.client.version.text},
  format: request.format,
  compression: {...request.compression, program},
  files,
  tables: [...recorded.tables],
  sequences: [...recorded.sequences],
  digest: {algorithm: digestAlgorithms[request.fingerprint]},
  extensions: [...recorded.extensions],
  roles: [...recorded.roles],
  app: {commit: null, images: [], migrationHead: null},
  skipped: [...recorded.skipped],
  settings: {
    dump: dumpName(request.format, request.compression.kind),
    jobs: request.jobs,
    fingerprint: request.fingerprint,
    verify: request.verify,
    rolePasswords: request.rolePasswords,
    schema: [...request.filters.schemas],
    table: [...request.filters.tables],
    excludeTable: [...request.filters.excludeTables],
    excludeTableData: [...request.filters.excludeTableData],
  },
});

const secondsSince = (startedAt: number) => Math.round(performance.now() - startedAt) / 1_000;
