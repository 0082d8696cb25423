/** Tables that are taken apart by months. https://www.postgresql.org/docs/current/ddl-partitioning.html */
import type {IncomingTable} from '../model/migrate/incoming.ts';
import {type Cell, cellLine} from './migrate-cells.ts';
import {identifier, literal, qualified} from './sql.ts';
import {sqliteName} from './sqlite.ts';

/** The months of a column's values, one a line. */
export const monthsIn = (table: string, cell: Cell): string => {
  const month = `substr(${cellLine(cell)}, 1, 7)`;
  return `SELECT DISTINCT ${month} FROM ${sqliteName(table)} NOT INDEXED WHERE ${sqliteName(cell.column)} IS NOT NULL`;
};

/** Behind CREATE TABLE's columns. */
export const partitionClause = ({partitioning}: IncomingTable): string =>
  partitioning ? ` PARTITION BY RANGE (${identifier(partitioning.column)})` : '';

export const createPartitions = (
  schema: string,
  {name: table, partitioning}: IncomingTable,
): readonly string[] => {
  if (!partitioning) return [];
  const parent = qualified({schema, name: table});
  const create = (name: string, bounds: string) =>
    `CREATE TABLE ${qualified({schema, name})} PARTITION OF ${parent} ${bounds}`;
  return [
    ...partitioning.parts.map(({name, from, to}) =>
      create(name, `FOR VALUES FROM (${literal(from)}) TO (${literal(to)})`),
    ),
    create(partitioning.rest, 'DEFAULT'),
  ];
};

/** What hangs below these tables and is not named itself: it goes where they go. */
export const treesBelow = (schema: string, names: readonly string[]): string => `
WITH RECURSIVE tree (oid) AS (
  SELECT c.oid FROM pg_class c WHERE c.relnamespace = to_regnamespace(${literal(identifier(schema))})
    AND c.relname = ANY (ARRAY[${names.map(literal).join(', ')}]::text[])
  UNION SELECT i.inhrelid FROM pg_inherits i JOIN tree t ON t.oid = i.inhparent)
SELECT to_json(c.relname) FROM tree JOIN pg_class c ON c.oid = tree.oid
WHERE c.relispartition AND c.relkind IN ('r', 'p') AND c.relnamespace = to_regnamespace(${literal(identifier(schema))})
  AND EXISTS (SELECT FROM pg_inherits i JOIN tree above ON above.oid = i.inhparent WHERE i.inhrelid = c.oid)
ORDER BY c.relname COLLATE "C"`;
