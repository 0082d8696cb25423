/** A few rows of each table from both sides. */
import * as asks from '../../commands/migrate-sample.ts';
import {sqliteName} from '../../commands/sqlite.ts';
import {askSqlite, type FileReading} from '../../io/sources/sqlite.ts';
import type {IncomingTable} from '../../model/migrate/incoming.ts';
import {
  placesAmong,
  type SampledRow,
  type SampleRow,
  type TableSample,
} from '../../model/migrate/sample.ts';
import {keyOf, type NamedTable} from '../../model/migrate/sqlite-table.ts';
import {type Server, withServerSession} from '../connect.ts';
import type {Context} from '../context.ts';
import type {Source} from './source.ts';

export type Sampling = {
  readonly server: Server;
  readonly source: Source;
  /** Where the tables are in the target. */
  readonly schema: string;
  /** Of each table. */
  readonly count: number;
};

/** Nothing of a source that can't be asked for single rows. Errors: toolFailed. */
export const takeSample = async (
  context: Context,
  {server, source, schema, count}: Sampling,
  tables: readonly IncomingTable[],
): Promise<readonly TableSample[]> => {
  const {sample: ask} = source;
  if (ask === undefined || count === 0) return [];
  return withServerSession(context, server, async (session) => {
    for (const statement of asks.plainSettings) await session.query(statement);
    const samples: TableSample[] = [];
    for (const table of tables) {
      const {name, rows, later} = table;
      const columns = table.columns.map((column) => column.name);
      const sample: SampleRow[] = [];
      for (const {identity, cells} of await ask(context, table, placesAmong(rows, {count}))) {
        const [target] = await session.query<SampleRow['source']>(
          asks.targetRow({schema, name, ...(later ? {later} : {})}, {columns, identity}),
        );
        sample.push({source: cells, target: target ?? null});
      }
      samples.push({source: table.source, name, rows, columns, sample});
    }
    return samples;
  });
};

type Asked = {readonly named: NamedTable | undefined; readonly table: IncomingTable};

/** Rows of a SQLite table by their places in the order of its key; as they lie where it has none. */
export const sqliteSample = async (
  {shell}: Context,
  reading: FileReading,
  {named, table, places}: Asked & {readonly places: readonly number[]},
): Promise<readonly SampledRow[]> => {
  if (!named) return [];
  const names = new Set(table.columns.map(({name}) => name));
  const columns = named.columns.filter(({name}) => names.has(name));
  const key = keyOf(named).filter(({wished}) => wished === undefined);
  const isKeyed = key.length > 0 && key.length === keyOf(named).length;
  const known = isKeyed ? key : columns.filter(({wished}) => wished === undefined);
  const asked = {
    ...{table: named.fact.name, rows: table.rows},
    columns: columns.map(({fact}) => fact.name),
    identity: known.map(({fact, choice, profile}) => ({column: fact.name, choice, profile})),
    order: key.map(
      ({fact, collation}) => `${sqliteName(fact.name)}${collation ? ' COLLATE BINARY' : ''}`,
    ),
  };
  const statements = places.map((place) => asks.sourceRow(asked, place));
  const lines = statements.length === 0 ? [] : await askSqlite(shell, reading, statements);
  const parts = asks.partsOf(known.length);
  const ofRow = parts + asks.partsOf(columns.length);
  return Array.from({length: Math.floor(lines.length / ofRow)}, (_, row) => {
    const own = lines.slice(row * ofRow, (row + 1) * ofRow);
    const texts = asks.cellsIn(own.slice(0, parts));
    const identity = known.map(({name, choice}, at) => ({
      ...{column: name, type: choice.type},
      text: texts[at] ?? null,
    }));
    return {identity, cells: asks.cellsIn(own.slice(parts))};
  });
};
