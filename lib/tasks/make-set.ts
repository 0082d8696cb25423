/** Makes a set in its staging folder: records one moment, checks it, and writes the manifest last. */
import {join} from 'node:path';
import type {Compressors} from '../commands/compress.ts';
import {digestAlgorithms} from '../commands/digest.ts';
import {checksumOf} from '../io/checksum.ts';
import {filesBelow} from '../io/folder-size.ts';
import type {Staging} from '../io/staging.ts';
import {openSet, type StoredSet} from '../io/store.ts';
import {type Client, findCompressors} from '../io/tools.ts';
import {OpsError} from '../model/errors.ts';
import type {Manifest} from '../model/manifest.ts';
import type {Proof} from '../model/proof.ts';
import type {BackupRequest} from './backup.ts';
import {checkArchive} from './check-archive.ts';
import type {Server} from './connect.ts';
import type {Context} from './context.ts';
import {compressorFor} from './dump.ts';
import {inPhase} from './in-phase.ts';
import {type Recorded, recordMoment} from './record.ts';
import {together} from './together.ts';

export type Making = {
  readonly server: Server;
  readonly request: BackupRequest;
  readonly staging: Staging;
  readonly id: string;
  readonly expectedBytes: number | undefined;
};

/**
 * Fill the staging folder, check what was written, publish it. Errors: notIntact where the dump
 * fails its check; whatever recording throws; nothing is published then.
 */
export const makeSet = async (context: Context, making: Making): Promise<StoredSet> => {
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
  const {folder} = staging;
  const [files, problems] = await inPhase(context, 'checking what was written', () =>
    together<[Manifest['files'], readonly string[]]>(context, [
      (inner) => measure(inner, folder),
      (inner) => checkUnless(inner, {request, recorded, client: server.client, folder}),
    ]),
  );
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

type Check = {request: BackupRequest; recorded: Recorded; client: Client; folder: string};

const checkUnless = async (context: Context, {request, recorded, client, folder}: Check) =>
  request.verify === 'checksum'
    ? []
    : checkArchive(context, {...request, tables: recorded.tables, folder}, client);

/** Every file of the set with its length and SHA-256, as it lies on the disk. */
const measure = async ({signal}: Context, folder: string): Promise<Manifest['files']> => {
  const names = await filesBelow(folder);
  const files: Manifest['files'] = [];
  for (const name of names) files.push({name, ...(await checksumOf(join(folder, name), {signal}))});
  return files;
};

const programOf = ({compression, format}: BackupRequest, compressors: Compressors) =>
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
  app: {
    commit: null,
    images: [...(request.images ?? [])],
    migrationHead: request.migrationHead ?? null,
  },
  skipped: [...recorded.skipped],
  settings: {
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
