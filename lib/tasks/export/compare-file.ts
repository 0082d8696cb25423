/** Whether a SQLite file holds what the server does: every cell with its class, one hash on either side. */
import {dirname} from 'node:path';
import {countOf} from '../../commands/export-json.ts';
import {comparedLines, fileCount, fileLines, inSnapshot} from '../../commands/export-sqlite.ts';
import {psqlScript} from '../../commands/postgres.ts';
import {sqliteRead, sqliteScript} from '../../commands/sqlite.ts';
import {firstLines, inOneAlone, sha256Of, sorted} from '../../commands/stream.ts';
import {intoPassingFile, removeFile} from '../../io/descriptor.ts';
import {askSqlite, type Sqlite} from '../../io/sources/sqlite.ts';
import type {Command} from '../../model/command.ts';
import {OpsError} from '../../model/errors.ts';
import {printable} from '../../model/redact.ts';
import type {Progress} from '../../model/report.ts';
import {plainStatement} from '../../model/sql-script.ts';
import type {Context} from '../context.ts';
import {together} from '../together.ts';
import type {ExportedTablePlan} from './plan-file.ts';
import type {ExportSite} from './snapshot.ts';

export type ComparedFile = {
  readonly name: string;
  readonly source: string;
  readonly rows: number;
  /** Of the lines that both sides gave. */
  readonly sha256: string;
};

type Comparing = {
  readonly sqlite: Sqlite;
  readonly aside: string;
  readonly tables: readonly ExportedTablePlan[];
  readonly update: Progress['update'];
};

/** Errors: notIntact naming the table and the rows. */
export const compareFile = async (
  context: Context,
  site: ExportSite,
  comparing: Comparing,
): Promise<readonly ComparedFile[]> => {
  const compared: ComparedFile[] = [];
  const {tables, aside, sqlite, update} = comparing;
  const counts = await askSqlite(
    context.shell,
    {path: aside, escapes: sqlite.escapes},
    tables.map(fileCount),
  );
  for (const [at, table] of tables.entries()) {
    const [rows = -1] = await site.session.query<number>(countOf(site.schema, table));
    const sides = sidesOf(site, table, comparing);
    const sha256 = await hashes(context, sides, table, aside);
    const isSame = sha256 !== undefined && Number(counts[at]) === rows;
    if (!isSame)
      throw await differs(context, sides, {table, aside, rows, counted: Number(counts[at])});
    compared.push({name: table.name, source: table.source, rows, sha256});
    update({done: compared.length, total: tables.length, unit: 'tables'});
  }
  return compared;
};

type Side = {readonly command: Command; readonly input: string};
type Sides = {readonly server: Side; readonly file: Side};

const sidesOf = (site: ExportSite, table: ExportedTablePlan, {aside, sqlite}: Comparing): Sides => {
  const {connection, client} = site.server;
  const statements = [...inSnapshot(site.snapshot), comparedLines(site.schema, table), 'COMMIT'];
  return {
    server: {
      command: psqlScript(connection, client.binaries),
      input: `${statements.map(plainStatement).join(';\n')};\n`,
    },
    file: {
      command: sqliteRead(aside, {printing: 'copy', escapes: sqlite.escapes}),
      input: sqliteScript([fileLines(table)]),
    },
  };
};

/** Undefined where they differ. */
const hashes = async (
  context: Context,
  {server, file}: Sides,
  {isOrdered}: ExportedTablePlan,
  aside: string,
): Promise<string | undefined> => {
  const order = isOrdered ? [sorted(dirname(aside))] : [];
  const hash =
    ({command, input}: Side) =>
    async ({shell}: Context) => {
      const {stdout} = await shell.pipe([command, ...order, sha256Of('input')], {
        input,
        output: 'text',
      });
      return stdout.slice(0, 64);
    };
  const [here, there] = await together<[string, string]>(context, [hash(server), hash(file)]);
  return here === there ? here : undefined;
};

type Different = {
  readonly table: ExportedTablePlan;
  readonly aside: string;
  readonly rows: number;
  readonly counted: number;
};

const shown = 6;

const differs = async (
  {shell}: Context,
  {server, file}: Sides,
  {table, aside, rows, counted}: Different,
): Promise<OpsError> => {
  const [here, there] = [`${aside}.server`, `${aside}.file`];
  const sort = sorted(dirname(aside));
  try {
    for (const [path, {command, input}] of [
      [here, server],
      [there, file],
    ] as const) {
      await removeFile(path);
      await intoPassingFile(path, (output) => shell.pipe([command, sort], {input, output}));
    }
    const {stdout} = await shell.pipe([inOneAlone(here, there), firstLines(shown)], {
      ...{output: 'text', mayStopEarly: true},
    });
    const lines = stdout.split('\n').filter(Boolean).map(told);
    const counts = rows === counted ? [] : [`${rows} rows on the server, ${counted} in the file`];
    return new OpsError(
      'notIntact',
      `the table '${printable(table.name)}' is not in the file what it is on the server: ${[...counts, ...lines].join('; ')}`,
      {
        hint: 'nothing was written; a value that SQLite takes for another one can be left out with --exclude TABLE',
      },
    );
  } finally {
    await Promise.all([here, there].map(removeFile));
  }
};

const told = (line: string): string => {
  const isFile = line.startsWith('\t');
  const text = printable(isFile ? line.slice(1) : line);
  return `${isFile ? 'file' : 'server'} alone: ${text.length > 200 ? `${text.slice(0, 200)}…` : text}`;
};
