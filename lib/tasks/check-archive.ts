/** The archive level: a dump decompressed and read to its end, with what was expected in it. */
import {largeObjects} from '../commands/digest.ts';
import {pgRestoreList, pgRestoreScript} from '../commands/pg-restore.ts';
import {lastBytes, linesMatching} from '../commands/text.ts';
import {ToolError} from '../io/shell.ts';
import type {Client} from '../io/tools.ts';
import {inPlural} from '../model/amounts.ts';
import {displayName} from '../model/catalog.ts';
import type {Compression} from '../model/compression.ts';
import {OpsError} from '../model/errors.ts';
import type {Manifest, TableRecord} from '../model/manifest.ts';
import {copyTargets, hasTrailer} from '../model/plain-dump.ts';
import {dumpName} from '../model/set-name.ts';
import {parseContents} from '../model/toc.ts';
import type {Context} from './context.ts';
import {readArchive, readPlain} from './read-dump.ts';

export type ArchiveSubject = Pick<Manifest, 'format'> & {
  readonly compression: Compression;
  readonly tables: readonly TableRecord[];
  readonly folder: string;
};

/** What is wrong with a set's dump, a sentence each; none when it could be read to the end and holds every table. */
export const checkArchive = async (
  context: Context,
  subject: ArchiveSubject,
  client: Client,
): Promise<readonly string[]> => {
  try {
    return await check(context, subject, client);
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

export type InDump = {
  readonly hasRowsOf: (table: TableRecord) => boolean;
  /** Undefined for a plain dump, which has no table of contents. */
  readonly hasValueOf?: (sequence: {readonly schema: string; readonly name: string}) => boolean;
  /** How many tables have their rows there; undefined for a plain dump. */
  readonly count?: number;
};

/** Which tables' rows a dump holds, by its own table of contents. Errors: toolFailed where it can't be read. */
export const contentsOf = async (
  {shell}: Context,
  subject: ArchiveSubject,
  client: Client,
): Promise<InDump> => {
  if (subject.format === 'plain') {
    const {stdout} = await readPlain(shell, subject, [linesMatching('^COPY .*|^--$')]);
    const isTarget = copyTargets(stdout.split('\n'));
    return {hasRowsOf: (table) => isTarget(table.tree?.via ?? table)};
  }
  const {stdout} = await readArchive(shell, subject, {
    say: (archive) => pgRestoreList(client.binaries, archive),
    mayStopEarly: true,
  });
  const contents = parseContents(stdout);
  const hasRowsOf = (table: TableRecord) =>
    (table.tree?.partitions ?? [table]).every(contents.hasRowsOf);
  return {hasRowsOf, hasValueOf: contents.hasValueOf, count: contents.tableData};
};

const check = async (context: Context, subject: ArchiveSubject, client: Client) => {
  if (subject.format === 'plain') {
    const end = await readPlain(context.shell, subject, [lastBytes(300)]);
    if (!hasTrailer(end.stdout)) return ['the dump has no end: pg_dump was cut off'];
  } else
    await readArchive(context.shell, subject, {
      say: (archive) => pgRestoreScript(client.binaries, archive, {to: 'nowhere'}),
    });
  const {hasRowsOf, count} = await contentsOf(context, subject, client);
  const tables = subject.tables.filter(isTable);
  const missing = tables.filter((table) => !hasRowsOf(table));
  if (missing.length > 0)
    return missing.map((table) => `the rows of ${displayName(table)} are not in the dump`);
  const expected = tables.reduce((sum, {tree}) => sum + (tree?.partitions.length ?? 1), 0);
  return count === undefined || count === expected
    ? []
    : [`the dump holds the rows of ${inPlural(count, 'table')}, the manifest names ${expected}`];
};

/** A record of a table, not of the large objects. */
export const isTable = ({schema, name}: TableRecord) =>
  schema !== largeObjects.schema || name !== largeObjects.name;
