/** What one program reads of several tables: all of the small ones, and its part of each large one. */
import {type Part, rowidEdges} from '../../commands/migrate-part.ts';
import {askSqlite} from '../../io/sources/sqlite.ts';
import {type Edges, rowRanges} from '../../model/migrate/row-ranges.ts';
import type {Context} from '../context.ts';
import type {Reading, ToProfile} from './profile-tables.ts';

export type Portion = readonly {readonly table: ToProfile; readonly part: Part}[];

/** One portion, or several to be read side by side, which hold every row once. Errors: notIntact. */
export const portionsOf = async (
  context: Context,
  reading: Reading,
  tables: readonly ToProfile[],
): Promise<readonly Portion[]> => {
  const edges = await edgesOf(context, reading, tables);
  const portions: {table: ToProfile; part: Part}[][] = [[]];
  for (const table of tables) {
    const {name, rowid} = table;
    const ranges = rowRanges(edges.get(name), {most: reading.jobs});
    for (const [at, rows] of ranges.entries()) {
      portions[at] ??= [];
      portions[at].push({table, part: {table: name, rowid, rows}});
    }
  }
  return portions;
};

/** A view has no rowids, and neither has a table that is kept by its key. */
const edgesOf = async (
  {shell}: Context,
  reading: Reading,
  tables: readonly ToProfile[],
): Promise<ReadonlyMap<string, Edges>> => {
  const isOfViews = (reading.views ?? []).length > 0;
  const known = isOfViews ? [] : tables.flatMap(({name, rowid}) => (rowid ? [{name, rowid}] : []));
  if (known.length === 0 || reading.jobs < 2) return new Map();
  const lines = await askSqlite(
    shell,
    reading,
    known.map(({name, rowid}) => rowidEdges(name, rowid)),
  );
  return new Map(
    known.flatMap(({name}, at) => {
      const [least, greatest] = lines.slice(at * 2, at * 2 + 2);
      return least && greatest
        ? [[name, {least: BigInt(least), greatest: BigInt(greatest)}] as const]
        : [];
    }),
  );
};
