/** Wishes of a map that the columns' types have to bear. */
import {atLine, columnWish, type MigrateMap, tableWish} from './migrate-map.ts';
import {isOfMonths} from './months.ts';
import {columnOf, type NamedColumn, type NamedTable} from './sqlite-table.ts';

export type WishedParts = {
  /** Whose empty cells get a UUID. */
  readonly generating: readonly NamedColumn[];
  /** What the table is taken apart by. */
  readonly parting: NamedColumn | undefined;
};

/** What a map wants of a table. */
export const wishedParts = (table: NamedTable, map: MigrateMap): WishedParts => {
  const by = tableWish(map, table.fact.name)?.partition?.by;
  return {
    generating: table.columns.filter(
      ({fact}) => columnWish(map, table.fact.name, fact.name)?.generate !== undefined,
    ),
    parting: by === undefined ? undefined : columnOf(table, by),
  };
};

/** Why it can't be, a sentence each. */
export const misfits = (table: NamedTable, map: MigrateMap): readonly string[] => {
  const {generating, parting} = wishedParts(table, map);
  const own = table.fact.name;
  const line = (...path: readonly string[]) => atLine(map.lineOf?.(['tables', own, ...path]));
  const by = tableWish(map, own)?.partition?.by;
  const isParted = by !== undefined;
  return [
    ...generating.flatMap((column) => {
      const why = whyNoUuid(column);
      const at = line('columns', column.fact.name);
      return why === undefined ? [] : [`${at}'${column.fact.name}' of '${own}' ${why}`];
    }),
    ...(isParted && (parting === undefined || !bearsMonths(parting))
      ? [`${line('partition')}'${own}' can't be taken apart by '${by}': ${whyNoMonths(parting)}`]
      : []),
  ];
};

const whyNoUuid = ({choice, generated, fact}: NamedColumn): string | undefined => {
  if (generated) return 'is computed by the server: it has no empty cells to fill';
  return /^(uuid|text|character varying)/.test(choice.type)
    ? undefined
    : `is ${choice.type} (declared '${fact.type}'): a UUID goes into texts and UUIDs alone`;
};

const bearsMonths = ({choice, generated, wished}: NamedColumn): boolean =>
  isOfMonths(choice.type) && generated === undefined && wished === undefined;

const whyNoMonths = (column: NamedColumn | undefined): string => {
  if (column === undefined) return 'it is left out';
  if (column.generated !== undefined) return 'it is computed by the server';
  return isOfMonths(column.choice.type)
    ? 'its type is changed after the load'
    : `it is ${column.choice.type}, since ${column.choice.why}`;
};

/**
 * A column whose empty cells get UUIDs: loaded and compared as it is, and filled then. Texts stay texts, unless a
 * type is asked for.
 */
export const filling = (column: NamedColumn, generates: number): NamedColumn => {
  const {choice, wished, using} = column;
  const isShort = /^character varying\((\d+)\)$/.exec(choice.type);
  const own = isShort && Number(isShort[1]) < 36 ? 'text' : choice.type;
  return {...column, generates, wished: wished ?? own, using};
};
