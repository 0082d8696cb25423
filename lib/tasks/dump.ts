/** Writes the files of a set: the dump, the schema, the globals. */
import {join} from 'node:path';
import {type Compressors, compressor} from '../commands/compress.ts';
import {type Filters, pgDump, pgDumpGlobals, pgDumpSchema} from '../commands/pg-dump.ts';
import {pgRestoreList, pgRestoreScript} from '../commands/pg-restore.ts';
import {hintingAtSpace, intoFile, removeFile, withInput} from '../io/descriptor.ts';
import type {Shell} from '../io/shell.ts';
import type {Command} from '../model/command.ts';
import type {Compression} from '../model/compression.ts';
import {OpsError} from '../model/errors.ts';
import type {Manifest} from '../model/manifest.ts';
import {dumpName} from '../model/set-name.ts';
import {type Contents, parseContents} from '../model/toc.ts';
import type {Server} from './connect.ts';
import type {Context} from './context.ts';

export type DumpRequest = {
  readonly format: Manifest['format'];
  readonly compression: Compression;
  readonly jobs: number;
  readonly filters: Filters;
  readonly rolePasswords: boolean;
};

/** Where the files go and what they are made of. */
export type DumpPlace = {
  readonly server: Server;
  readonly snapshot: string;
  readonly folder: string;
  readonly compressors: Compressors;
  readonly lockWaitSeconds: number;
};

/** The compressor to use, or an error that says what to install. Errors: unavailable. */
export const compressorFor = (compression: Compression, found: Compressors) => {
  const chosen = compressor(compression, found);
  if (chosen || compression.kind === 'none') return chosen;
  throw new OpsError('unavailable', `no program for ${compression.kind} was found on this host`, {
    hint: `install ${compression.kind} (Debian: apt-get install ${compression.kind}), or choose another --compress`,
  });
};

/**
 * In directory format pg_dump compresses by itself; from 16 on it knows zstd.
 * https://www.postgresql.org/docs/16/app-pgdump.html
 */
const ownCompression = ({kind, level}: Compression, {client: {version}}: Server): string => {
  if (kind !== 'zstd') return String(level);
  if (version.major >= 16) return `zstd:${level}`;
  throw new OpsError('unavailable', `pg_dump ${version.text} knows no zstd in directory format`, {
    hint: 'use --compress gzip, or --format custom',
  });
};

/** The rows, from pg_dump to the compressor to the file, process to process. Errors: toolFailed. */
export const dumpRows = async (
  {shell}: Context,
  {server, snapshot, folder, compressors, lockWaitSeconds}: DumpPlace,
  request: DumpRequest,
): Promise<void> => {
  const {format, compression, filters, jobs} = request;
  const path = join(folder, dumpName(format, compression.kind));
  const options = {
    binaries: server.client.binaries,
    snapshot,
    filters,
    lockWaitSeconds,
    isStandby: server.facts.isInRecovery,
  };
  if (format === 'directory') {
    const command = pgDump(server.connection, {
      ...options,
      format,
      folder: path,
      jobs,
      compress: ownCompression(compression, server),
    });
    await hintingAtSpace(path, () => shell.run(command));
    return;
  }
  const compress = compressorFor(compression, compressors)?.command;
  await intoFile(path, (output) =>
    shell.pipe([pgDump(server.connection, {...options, format}), ...(compress ? [compress] : [])], {
      output,
    }),
  );
};

/**
 * What the database is made of, as `schema.sql.gz` with its CREATE DATABASE, and the table of
 * contents: which tables the filters let through, by oid.
 */
export const dumpSchema = async (
  {shell}: Context,
  {server, snapshot, folder, compressors, lockWaitSeconds}: DumpPlace,
  {filters}: DumpRequest,
): Promise<Contents> => {
  const archive = join(folder, 'schema.archive');
  const {binaries} = server.client;
  const options = {
    binaries,
    snapshot,
    filters,
    lockWaitSeconds,
    isStandby: false,
  };
  await intoFile(archive, (output) =>
    shell.pipe([pgDumpSchema(server.connection, options)], {output}),
  );
  const list = [pgRestoreList(binaries, 'input')];
  const {stdout} = await withInput(archive, (input) => shell.pipe(list, {input, output: 'text'}));
  const script = [pgRestoreScript(binaries, 'input', {to: 'output', create: true})];
  const schema = {path: join(folder, 'schema.sql.gz'), compressors};
  await withInput(archive, (input) => gzipped(shell, schema, script, input));
  await removeFile(archive);
  return parseContents(stdout);
};

/** Roles, memberships, role settings and tablespaces, as `globals.sql.gz`. */
export const dumpGlobals = (
  {shell}: Context,
  {server, folder, compressors}: DumpPlace,
  {rolePasswords}: DumpRequest,
): Promise<void> =>
  gzipped(shell, {path: join(folder, 'globals.sql.gz'), compressors}, [
    pgDumpGlobals(server.connection, {
      binaries: server.client.binaries,
      database: server.facts.database,
      rolePasswords,
    }),
  ]);

const small: Compression = {kind: 'gzip', level: 6};

const gzipped = (
  shell: Shell,
  {path, compressors}: {path: string; compressors: Compressors},
  stages: readonly Command[],
  input?: number,
): Promise<void> => {
  const compress = compressorFor(small, compressors)?.command;
  return intoFile(path, (output) =>
    shell.pipe([...stages, ...(compress ? [compress] : [])], {
      output,
      ...(input === undefined ? {} : {input}),
    }),
  );
};
