/** Whether a map speaks of what is there. */
import {OpsError} from '../errors.ts';
import {assertNone} from './map-meant.ts';
import {atLine, type MigrateMap, type TableWish} from './migrate-map.ts';
import {matches, type Wishes} from './name-tables.ts';

export type Known = {
  readonly table: string;
  readonly columns: readonly string[];
  /** Part of the primary key. */
  readonly key: readonly string[];
};

const has = (names: readonly string[], name: string): boolean =>
  names.some((other) => other.toLowerCase() === name.toLowerCase());

/** Errors: settings for what the source does not have, and for a key that would lose a column. */
export const assertKnown = ({tables, lineOf}: MigrateMap, known: readonly Known[]): void => {
  const line = (...path: readonly string[]) => atLine(lineOf?.(['tables', ...path]));
  assertNone(
    Object.entries(tables ?? {}).flatMap(([table, wish]) => {
      const found = known.find((each) => has([each.table], table));
      if (!found) return [`${line(table)}there is no table '${table}' in the source`];
      const {partition} = wish;
      return [
        ...columnFaults({table, wish, found}, line),
        ...(partition === undefined || has(found.columns, partition.by)
          ? []
          : [`${line(table, 'partition', 'by')}'${table}' has no column '${partition.by}'`]),
      ];
    }),
  );
};

type Wished = {readonly table: string; readonly wish: TableWish; readonly found: Known};

const columnFaults = (
  {table, wish, found}: Wished,
  line: (...path: readonly string[]) => string,
): readonly string[] =>
  Object.entries(wish.columns ?? {}).flatMap(([column, {drop}]) => {
    const at = line(table, 'columns', column);
    if (!has(found.columns, column)) return [`${at}'${table}' has no column '${column}'`];
    return drop && has(found.key, column)
      ? [`${at}'${column}' is part of the key of '${table}' and can't be left out`]
      : [];
  });

/** Errors: usage for a pattern that names no table. */
export const assertFound = (
  known: readonly Pick<Known, 'table'>[],
  {include, exclude}: Pick<Wishes, 'include' | 'exclude'>,
): void => {
  for (const pattern of [...include, ...exclude])
    if (!known.some(({table}) => matches(table, pattern)))
      throw new OpsError('usage', `there is no table '${pattern}' in the source`, {
        hint: `there are: ${known.map(({table}) => table).join(', ')}`,
      });
};
