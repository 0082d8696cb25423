/** The rows of a schema as one file of JSON, `{table: [rows]}`: all of one moment, and compared with the server. */
import * as sentences from '../commands/export-json.ts';
import {psqlTransaction} from '../commands/postgres.ts';
import {checksumOf} from '../io/checksum.ts';
import {intoFile} from '../io/descriptor.ts';
import {lineDigest} from '../io/line-digest.ts';
import {lineWriter} from '../io/line-file.ts';
import {makeNew} from '../io/new-file.ts';
import type {Connection} from '../model/connection.ts';
import {OpsError} from '../model/errors.ts';
import type {NotCarried} from '../model/migrate/incoming.ts';
import {printable} from '../model/redact.ts';
import {reach, withServerSession} from './connect.ts';
import type {Context} from './context.ts';
import {lostInJson} from './export/lost-values.ts';
import {openSnapshot, type ExportSite as Site} from './export/snapshot.ts';
import {inPhase} from './in-phase.ts';

export type ExportedJson = {
  readonly path: string;
  readonly database: string;
  readonly schema: string;
  readonly tables: readonly {readonly name: string; readonly rows: number}[];
  readonly sha256: string;
  readonly seconds: number;
  /** What JSON has no words for. */
  readonly notCarried: readonly NotCarried[];
};

export type ExportRequest = {
  readonly connection: Connection;
  /** Absolute; nothing may be there. */
  readonly path: string;
  readonly schema: string;
};

/** Errors: usage where the file is there, or the schema is not; unavailable; notIntact where the file differs; toolFailed. */
export const exportJson = async (
  context: Context,
  request: ExportRequest,
): Promise<ExportedJson> => {
  const {connection, path, schema} = request;
  const startedAt = performance.now();
  return makeNew(path, async (aside) => {
    const server = await reach(context, connection);
    return withServerSession(context, server, async (session) => {
      const site = await openSnapshot(session, server, {schema});
      await inPhase(context, 'writing', () =>
        intoFile(aside, (descriptor) => write(context, {...site, descriptor})),
      );
      const {rows, sha256} = await inPhase(context, 'comparing', () => readAgain(context, site));
      if ((await checksumOf(aside)).sha256 !== sha256) throw differs(path);
      const notCarried = await inPhase(context, 'looking for what JSON can’t say', () =>
        lostInAll(site),
      );
      const seconds = Math.round(performance.now() - startedAt) / 1_000;
      const tables = site.tables.map(({name}, at) => ({name, rows: rows[at] ?? 0}));
      return {path, database: server.facts.database, schema, tables, sha256, seconds, notCarried};
    });
  });
};

const lostInAll = async (site: Site): Promise<readonly NotCarried[]> => {
  const lost: NotCarried[] = [];
  for (const table of site.tables) lost.push(...(await lostInJson(site, table)));
  return lost;
};

/** What stands around the rows of the table at this place. */
const frame = ({tables}: Site, at: number) => ({
  before: `${at === 0 ? '{\n' : ''}${JSON.stringify(tables[at]?.name)}: [\n`,
  after: at + 1 < tables.length ? '],\n' : ']\n}\n',
});

const rowsOf = ({server, schema, snapshot}: Site, table: sentences.ExportedTable) =>
  psqlTransaction(
    server.connection,
    server.client.binaries,
    sentences.printRows(schema, table, snapshot),
  );

const write = async (context: Context, site: Site & {readonly descriptor: number}) => {
  const say = (text: string) => {
    const writer = lineWriter(site.descriptor);
    writer.write(text);
    writer.end();
  };
  if (site.tables.length === 0) say('{}\n');
  for (const [at, table] of site.tables.entries()) {
    const {before, after} = frame(site, at);
    say(before);
    await context.shell.pipe([rowsOf(site, table)], {output: site.descriptor});
    say(after);
  }
};

/** The same moment a second time: what the file must be, and how many rows each table has by the server's own count. */
const readAgain = async (context: Context, site: Site) => {
  const {session, schema, tables} = site;
  const digest = lineDigest();
  const rows: number[] = [];
  if (tables.length === 0) digest.hear(Buffer.from('{}\n'));
  for (const [at, table] of tables.entries()) {
    const {before, after} = frame(site, at);
    digest.hear(Buffer.from(before));
    const heard = digest.lines();
    await context.shell.pipe([rowsOf(site, table)], {output: digest.hear});
    const lines = digest.lines() - heard;
    const [counted = -1] = await session.query<number>(sentences.countOf(schema, table));
    if (lines !== counted) throw differs(table.name);
    rows.push(counted);
    digest.hear(Buffer.from(after));
  }
  return {rows, sha256: digest.end()};
};

const differs = (what: string) =>
  new OpsError('notIntact', `'${printable(what)}' is not in the file what the server holds`, {
    hint: 'nothing was written: look at the disk (dmesg), then run again',
  });
