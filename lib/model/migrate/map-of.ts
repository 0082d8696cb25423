/** The plan as a file of `--map`: nothing in it changes anything until somebody does. */
import {columnWish, type MigrateMap, type TableWish, tableWish} from './migrate-map.ts';

export type MapGround = {
  readonly columns: readonly {
    readonly table: string;
    readonly tableName: string;
    readonly column: string;
    readonly name: string;
    readonly type: string;
  }[];
  /** Of the source, and not in the plan. */
  readonly leftOut: readonly string[];
  /** What the plan was made with already. */
  readonly map: MigrateMap;
};

/** Names that no map can have: every object of JavaScript has them. */
const unsayable = /^(__proto__|prototype|constructor)$/;

export const mapOf = ({columns, leftOut, map}: MapGround): MigrateMap => {
  const tables: Record<string, TableWish> = {};
  for (const {table, tableName, column, name, type} of columns) {
    if (unsayable.test(table)) continue;
    tables[table] ??= {
      ...tableWish(map, table),
      ...{name: tableName, columns: droppedIn(map, table)},
    };
    if (unsayable.test(column)) continue;
    (tables[table].columns ?? {})[column] = {...columnWish(map, table, column), name, type};
  }
  for (const table of leftOut) if (!unsayable.test(table)) tables[table] = {skip: true};
  const {lineOf, ...rest} = map;
  return {...rest, tables};
};

const droppedIn = (map: MigrateMap, table: string): NonNullable<TableWish['columns']> =>
  Object.fromEntries(
    Object.entries(tableWish(map, table)?.columns ?? {}).filter(([, {drop}]) => drop),
  );
