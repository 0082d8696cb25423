/** The archive level: a dump decompressed and read to its end, with what was expected in it. */
import {join} from 'node:path';
import {type Compressors, decompressor} from '../commands/compress.ts';
import {largeObjects} from '../commands/digest.ts';
import {type Archive, pgRestoreList, pgRestoreScript} from '../commands/postgres.ts';
import {asItIs, lastBytes, linesMatching} from '../commands/text.ts';
import {withInput} from '../io/descriptor.ts';
import {type Shell, ToolError} from '../io/shell.ts';
import type {Client} from '../io/tools.ts';
import {displayName} from '../model/catalog.ts';
import type {Command} from '../model/command.ts';
import type {Compression} from '../model/compression.ts';
import {OpsError} from '../model/errors.ts';
import type {Manifest, TableRecord} from '../model/manifest.ts';
import {copyTargets, hasTrailer} from '../model/plain-dump.ts';
import {parseContents} from '../model/toc.ts';
import type {Context} from './context.ts';
import {dumpName} from './dump.ts';

export type ArchiveTools = {readonly client: Client; readonly compressors: Compressors};
export type ArchiveSubject = Pick<Manifest, 'format'> & {
  readonly compression: Compression;
  readonly tables: readonly TableRecord[];
  readonly folder: string;
};

/** What is wrong with a set's dump, a sentence each; none when it could be read to the end and holds every table. */
export const checkArchive = async (
  context: Context,
  subject: ArchiveSubject,
  tools: ArchiveTools,
): Promise<readonly string[]> => {
  try {
    return await check(context, subject, tools);
  } catch (error) {
    // A tool that can't read the dump is the finding; a run that was ended is not.
    if (
      context.signal.aborted ||
      !(error instanceof OpsError) ||
      !(error.cause instanceof ToolError)
    )
      throw error;
    return [
      `${dumpName(subject.format, subject.compression.kind)} can't be read: ${error.message}: ${error.cause.message}`,
    ];
  }
};

/** Which tables' rows a dump holds, by its own table of contents. Errors: toolFailed where it can't be read. */
export const tablesInDump = async (
  {shell}: Context,
  subject: ArchiveSubject,
  tools: ArchiveTools,
): Promise<{
  readonly hasRowsOf: (table: TableRecord) => boolean;
  readonly count: number | undefined;
}> => {
  if (subject.format === 'plain') {
    const {stdout} = await readPlain(shell, {subject, tools}, linesMatching('^COPY .*|^--$'));
    const isTarget = copyTargets(stdout.split('\n'));
    return {hasRowsOf: (table) => isTarget(table.tree?.via ?? table), count: undefined};
  }
  const {stdout} = await readDump(shell, {subject, tools, mayStopEarly: true}, (archive) =>
    pgRestoreList(tools.client.binaries, archive),
  );
  const contents = parseContents(stdout);
  const hasRowsOf = (table: TableRecord) =>
    (table.tree?.partitions ?? [table]).every(contents.hasRowsOf);
  return {hasRowsOf, count: contents.tableData};
};

const check = async (context: Context, subject: ArchiveSubject, tools: ArchiveTools) => {
  if (subject.format === 'plain') {
    const end = await readPlain(context.shell, {subject, tools}, lastBytes(300));
    if (!hasTrailer(end.stdout)) return ['the dump has no end: pg_dump was cut off'];
  } else
    await readDump(context.shell, {subject, tools}, (archive) =>
      pgRestoreScript(tools.client.binaries, archive, {to: 'nowhere'}),
    );
  const {hasRowsOf, count} = await tablesInDump(context, subject, tools);
  const tables = subject.tables.filter(isTable);
  const missing = tables.filter((table) => !hasRowsOf(table));
  if (missing.length > 0)
    return missing.map((table) => `the rows of ${displayName(table)} are not in the dump`);
  const expected = tables.reduce((sum, {tree}) => sum + (tree?.partitions.length ?? 1), 0);
  return count === undefined || count === expected
    ? []
    : [`the dump holds the rows of ${count} tables, the manifest names ${expected}`];
};

type Reading = {
  readonly subject: ArchiveSubject;
  readonly tools: ArchiveTools;
  readonly mayStopEarly?: boolean;
};

const readDump = (
  shell: Shell,
  {subject, tools, mayStopEarly = false}: Reading,
  say: (archive: Archive) => Command,
) => {
  const path = pathOf(subject);
  if (subject.format === 'directory') return shell.run(say({folder: path}));
  const stages = [decompress(subject, tools), say('input')];
  return withInput(path, (input) => shell.pipe(stages, {input, output: 'text', mayStopEarly}));
};

const readPlain = (shell: Shell, {subject, tools}: Reading, command: Command) =>
  withInput(pathOf(subject), (input) =>
    shell.pipe([decompress(subject, tools), command], {input, output: 'text'}),
  );

const pathOf = ({folder, format, compression}: ArchiveSubject) =>
  join(folder, dumpName(format, compression.kind));

/** A record of a table, not of the large objects. */
export const isTable = ({schema, name}: TableRecord) =>
  schema !== largeObjects.schema || name !== largeObjects.name;

const decompress = ({compression}: ArchiveSubject, {compressors}: ArchiveTools): Command => {
  const command =
    compression.kind === 'none' ? asItIs : decompressor(compression.kind, compressors);
  if (command) return command;
  throw new OpsError(
    'unavailable',
    `no program that reads ${compression.kind} was found on this host`,
    {
      hint: `install ${compression.kind} (Debian: apt-get install ${compression.kind})`,
    },
  );
};
