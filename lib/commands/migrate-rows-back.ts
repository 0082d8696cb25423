/** What is said to a target when rows that were brought into its tables are taken out again. */
import type {RowPlan} from '../model/migrate/row-plan.ts';
import type {TakenAlong} from '../model/migrate/target-table.ts';
import {joined, keysChecked, list, type Places} from './migrate-rows.ts';
import {identifier, literal, qualified} from './sql.ts';

/** Of a table that was kept. */
export const columnNames = (schema: string, name: string): string =>
  `SELECT to_json(attname) FROM pg_attribute WHERE attrelid = ${literal(qualified({schema, name}))}::regclass AND attnum > 0 AND NOT attisdropped`;

export type Unfilling = {
  readonly table: RowPlan['target'];
  readonly how: 'fill' | 'truncate' | 'append';
  /** By which rows that came are known. */
  readonly key: readonly string[];
};

/** What goes at an undo: everything, or of a table that was appended to what had come. */
const going = (
  {target, before}: Omit<Places, 'incoming'>,
  {table: {name}, how, key}: Unfilling,
) => {
  const [place, kept] = [qualified({schema: target, name}), qualified({schema: before, name})];
  return how === 'append'
    ? `${place} t WHERE EXISTS (SELECT FROM ${kept} s WHERE ${joined(key)})`
    : `${place} t`;
};

/**
 * How many rows of another table, which stay, hang on rows that go: a cascade would take them along, or empty their
 * columns, in silence.
 */
export const hangingRows = (
  places: Omit<Places, 'incoming'>,
  {
    parent,
    link,
    child,
  }: {readonly parent: Unfilling; readonly link: TakenAlong; readonly child: Unfilling | undefined},
): string => {
  const place = qualified({schema: link.schema, name: link.name});
  const goesItself =
    child === undefined
      ? 'false'
      : child.how === 'append'
        ? `EXISTS (SELECT FROM ${qualified({schema: places.before, name: child.table.name})} s WHERE ${child.key.map((column) => `c.${identifier(column)} = s.${identifier(column)}`).join(' AND ')})`
        : 'true';
  const refers = link.columns
    .map((column, at) => `c.${identifier(column)} = t.${identifier(link.refersTo[at] ?? '')}`)
    .join(' AND ');
  const gone = `SELECT t.* FROM ${going(places, parent)}`;
  return `SELECT to_json(count(*)) FROM ${place} c WHERE NOT ${goesItself} AND EXISTS (SELECT FROM (${gone}) t WHERE ${refers})`;
};

/**
 * The statements that take rows out again, which are kept aside, and bring back those that were there. All in one
 * DELETE and one INSERT: foreign keys are looked at when each ends.
 */
export const unfill = (
  places: Omit<Places, 'incoming'> & {readonly aside: string},
  tables: readonly Unfilling[],
): readonly string[] => {
  const keeps = tables.map(
    (table) =>
      `CREATE TABLE ${qualified({schema: places.aside, name: table.table.name})} AS SELECT t.* FROM ${going(places, table)}`,
  );
  const deletes = tables.map(
    (table, at) => `d${at} AS (DELETE FROM ${going(places, table)} RETURNING 1)`,
  );
  const inserts = tables.flatMap(({table: {name, columns}, how}, at) => {
    const own = list(columns.filter(({isGenerated}) => !isGenerated).map((column) => column.name));
    return how === 'truncate'
      ? [
          `i${at} AS (INSERT INTO ${qualified({schema: places.target, name})} (${own}) OVERRIDING SYSTEM VALUE SELECT ${own} FROM ${qualified({schema: places.before, name})})`,
        ]
      : [];
  });
  return [
    ...keeps,
    `WITH ${deletes.join(', ')} SELECT to_json(1)`,
    ...(inserts.length === 0 ? [] : [`WITH ${inserts.join(', ')} SELECT to_json(1)`]),
    keysChecked,
  ];
};
