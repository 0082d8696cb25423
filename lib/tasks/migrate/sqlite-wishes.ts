/** What a map asks for that the values have to be asked about: months, and cells that are empty. */
import {monthsIn} from '../../commands/migrate-partitions.ts';
import {emptyCells} from '../../commands/migrate-wishes.ts';
import {askSqlite} from '../../io/sources/sqlite.ts';
import {OpsError} from '../../model/errors.ts';
import type {Partitioning} from '../../model/migrate/incoming.ts';
import {assertNone} from '../../model/migrate/map-meant.ts';
import type {MigrateMap} from '../../model/migrate/migrate-map.ts';
import {mostPartitions, partitionsBy} from '../../model/migrate/months.ts';
import type {Namer} from '../../model/migrate/names.ts';
import type {NamedColumn, NamedTable} from '../../model/migrate/sqlite-table.ts';
import {filling, misfits, wishedParts} from '../../model/migrate/wishes-fit.ts';
import type {Context} from '../context.ts';
import type {Reading} from './profile-tables.ts';

type Wishing = {readonly map: MigrateMap; readonly namer: Namer};

/** The tables with what the map wants of them. Errors: settings where the values do not bear it. */
export const withWishes = async (
  context: Context,
  reading: Reading,
  {named, map, namer}: Wishing & {readonly named: readonly NamedTable[]},
): Promise<readonly NamedTable[]> => {
  assertNone(named.flatMap((table) => misfits(table, map)));
  const wished: NamedTable[] = [];
  for (const table of named) {
    const {generating, parting} = wishedParts(table, map);
    const counts = new Map<NamedColumn, number>();
    for (const column of generating) {
      const [count] = await askSqlite(context.shell, reading, [
        emptyCells(table.fact.name, column.fact.name),
      ]);
      counts.set(column, Number(count));
    }
    const partitioning =
      parting && (await partitioningOf(context, reading, {table, column: parting, namer}));
    wished.push(filled({...table, ...(partitioning ? {partitioning} : {})}, counts));
  }
  return wished;
};

const filled = (table: NamedTable, counts: ReadonlyMap<NamedColumn, number>): NamedTable => {
  const fill = (column: NamedColumn) => {
    const count = counts.get(column);
    return count === undefined ? column : filling(column, count);
  };
  const {columns, rowidAlias} = table;
  return {...table, columns: columns.map(fill), rowidAlias: rowidAlias && fill(rowidAlias)};
};

type Parting = {
  readonly table: NamedTable;
  readonly column: NamedColumn;
  readonly namer: Namer;
};

const partitioningOf = async (
  {shell}: Context,
  reading: Reading,
  {table: {fact, name}, column: {fact: own, name: column, choice, profile}, namer}: Parting,
): Promise<Partitioning> => {
  const months = await askSqlite(shell, reading, [
    monthsIn(fact.name, {column: own.name, choice, profile}),
  ]);
  if (months.length > mostPartitions)
    throw new OpsError(
      'settings',
      `'${fact.name}' has rows of ${months.length} months: ${mostPartitions} partitions are the most`,
      {hint: `take 'partition' of '${fact.name}' out of the map, or use a BRIN index instead`},
    );
  return partitionsBy({table: name, column, type: choice.type, months, namer});
};
