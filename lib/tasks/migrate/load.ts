/** The rows of one table into the staging schema: hashed on their way, from process to process. */
import {join} from 'node:path';
import {loadStatements, printStatements} from '../../commands/migrate-staging.ts';
import {psqlTransaction} from '../../commands/postgres.ts';
import {copyInto, type Hasher, makeFifo, sha256Of, sorted} from '../../commands/stream.ts';
import {removeFile} from '../../io/descriptor.ts';
import type {Command} from '../../model/command.ts';
import type {IncomingTable} from '../../model/migrate/incoming.ts';
import type {Server} from '../connect.ts';
import type {Context} from '../context.ts';
import {together} from '../together.ts';
import type {Source} from './source.ts';

export type Site = {
  readonly server: Server;
  /** The staging schema. */
  readonly schema: string;
  /** A private folder for named pipes and files that are read once. */
  readonly folder: string;
  readonly source: Source;
  readonly hasher: Hasher;
};

/**
 * Load a table, and give the SHA-256 of the lines that went into it. One transaction: killed at any
 * moment, the table is empty or full. Errors: toolFailed.
 */
export const loadHashed = async (
  context: Context,
  site: Site,
  table: IncomingTable,
): Promise<string> => {
  const fifo = join(site.folder, fifoName(site.source, table));
  await removeFile(fifo);
  await context.shell.run(makeFifo(fifo));
  const [, sum] = await together<[unknown, {stdout: string}]>(context, [
    (inner) => load(inner, site, {table, on: [copyInto(fifo)]}),
    (inner) => inner.shell.run(sha256Of(fifo, site.hasher)),
  ]);
  await removeFile(fifo);
  return hashIn(sum.stdout);
};

/** The same without a hash. Errors: toolFailed. */
export const loadTable = async (
  context: Context,
  site: Site,
  table: IncomingTable,
): Promise<void> => {
  await load(context, site, {table, on: []});
};

type Loading = {readonly table: IncomingTable; readonly on: readonly Command[]};

const load = (
  context: Context,
  {server: {connection, client}, schema, source}: Site,
  {table, on}: Loading,
) => {
  const copy = psqlTransaction(connection, client.binaries, loadStatements(schema, table));
  return source.withLines(context, {table, purpose: 'load'}, ({stages, input}) =>
    context.shell.pipe([...stages, ...on, copy], {
      output: 'text',
      ...(input === undefined ? {} : {input}),
    }),
  );
};

/** Of partitions the server gives the rows in an order of its own: then both sides are put into one. */
const hashed = (
  {partitioning}: IncomingTable,
  {folder, hasher}: Site,
): readonly [Command, ...Command[]] =>
  partitioning ? [sorted(folder), sha256Of('input', hasher)] : [sha256Of('input', hasher)];

/** The SHA-256 of the lines that the source gives for comparison. Errors: toolFailed. */
export const hashSource = async (
  context: Context,
  site: Site,
  table: IncomingTable,
): Promise<string> => {
  const {stdout} = await site.source.withLines(
    context,
    {table, purpose: 'compare'},
    ({stages, input}) =>
      context.shell.pipe([...stages, ...hashed(table, site)], {
        output: 'text',
        ...(input === undefined ? {} : {input}),
      }),
  );
  return hashIn(stdout);
};

/** The SHA-256 of what the server holds, written as the source writes it. Errors: toolFailed. */
export const hashTarget = async (
  context: Context,
  site: Site,
  table: IncomingTable,
): Promise<string> => {
  const {connection, client} = site.server;
  const print = psqlTransaction(connection, client.binaries, printStatements(site.schema, table));
  const {stdout} = await context.shell.pipe([print, ...hashed(table, site)], {output: 'text'});
  return hashIn(stdout);
};

const hashIn = (printed: string): string => /^\\?([0-9a-f]{64})/.exec(printed)?.[1] ?? '';

/** Names of tables are anything: the pipe is called by the table's place. */
const fifoName = ({tables}: Source, table: IncomingTable) =>
  `lines-${tables.findIndex(({name}) => name === table.name)}`;
