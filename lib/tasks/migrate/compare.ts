/** Whether a table holds what its source holds, cell by cell: one hash on either side. */
import {join} from 'node:path';
import {countRows, printStatements} from '../../commands/migrate-staging.ts';
import {psqlTransaction} from '../../commands/postgres.ts';
import {firstLines, inOneAlone, sorted} from '../../commands/stream.ts';
import {intoPassingFile, removeFile} from '../../io/descriptor.ts';
import type {Session} from '../../io/session.ts';
import type {IncomingTable} from '../../model/migrate/incoming.ts';
import {printable} from '../../model/redact.ts';
import type {Context} from '../context.ts';
import {together} from '../together.ts';
import {hashSource, hashTarget, type Site} from './load.ts';

export type Compared = {
  readonly rows: number;
  readonly sha256: string;
  readonly isSame: boolean;
  /** What differs, a sentence each: the first lines that one side alone has. */
  readonly differences: readonly string[];
};

const shown = 6;

/**
 * Compare rows and content. `loaded` is the hash of the lines that went in, where those are the ones to
 * compare with; else the source is read again. Errors: toolFailed.
 */
export const compareTable = async (
  context: Context,
  site: Site & {readonly session: Session},
  {table, loaded}: {readonly table: IncomingTable; readonly loaded: string | undefined},
): Promise<Compared> => {
  const [expected, sha256] = await together<[string, string]>(context, [
    (inner) =>
      loaded !== undefined && table.comparesAsLoaded
        ? Promise.resolve(loaded)
        : hashSource(inner, site, table),
    (inner) => hashTarget(inner, site, table),
  ]);
  const [rows = -1] = await site.session.query<number>(countRows(site.schema, table));
  const counted =
    rows === table.rows ? [] : [`${table.rows} rows in the source, ${rows} in the target`];
  if (sha256 === expected && counted.length === 0)
    return {rows, sha256, isSame: true, differences: []};
  const lines = await differingLines(context, site, table);
  const differences = [...counted, ...lines];
  return {rows, sha256, isSame: differences.length === 0, differences};
};

/**
 * The lines that one side alone has, in the order of their bytes: another order of the same rows is no
 * difference.
 */
const differingLines = async (context: Context, site: Site, table: IncomingTable) => {
  const {server, schema, folder, source} = site;
  const [here, there] = [join(folder, 'source-lines'), join(folder, 'target-lines')];
  await Promise.all([here, there].map(removeFile));
  const sort = sorted(folder);
  const print = psqlTransaction(
    server.connection,
    server.client.binaries,
    printStatements(schema, table),
  );
  await intoPassingFile(here, (output) =>
    source.withLines(context, {table, purpose: 'compare'}, ({stages, input}) =>
      context.shell.pipe([...stages, sort], {output, ...(input === undefined ? {} : {input})}),
    ),
  );
  await intoPassingFile(there, (output) => context.shell.pipe([print, sort], {output}));
  const {stdout} = await context.shell.pipe([inOneAlone(here, there), firstLines(shown)], {
    output: 'text',
    mayStopEarly: true,
  });
  await Promise.all([here, there].map(removeFile));
  return stdout.split('\n').filter(Boolean).map(told);
};

const told = (line: string): string => {
  const isTarget = line.startsWith('\t');
  const text = printable(isTarget ? line.slice(1) : line);
  return `${isTarget ? 'target' : 'source'} alone: ${text.length > 200 ? `${text.slice(0, 200)}…` : text}`;
};
