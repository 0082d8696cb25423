/** Some of a SQLite table's rows, so that several programs read one large table. */
import type {RowRange} from '../model/migrate/row-ranges.ts';
import {sqliteName} from './sqlite.ts';

/** A table, or some of its rows. */
export type Part = {
  readonly table: string;
  /** A name that the rowid has here; undefined where all rows are asked for. */
  readonly rowid?: string | undefined;
  readonly rows?: RowRange | undefined;
};

/** What a reading of it is from: not by an index, so in the order of the table itself. */
export const rowsOf = ({table, rowid, rows = {}}: Part): string => {
  const ends = [
    ...(rows.from === undefined ? [] : [`${rowid} >= ${rows.from}`]),
    ...(rows.before === undefined ? [] : [`${rowid} < ${rows.before}`]),
  ];
  const where = rowid === undefined || ends.length === 0 ? '' : ` WHERE ${ends.join(' AND ')}`;
  return `FROM ${sqliteName(table)} NOT INDEXED${where}`;
};

/** The least and the greatest rowid, each at once; two empty lines for a table without rows. */
export const rowidEdges = (table: string, rowid: string): string =>
  `SELECT (SELECT min(${rowid}) FROM ${sqliteName(table)}), (SELECT max(${rowid}) FROM ${sqliteName(table)})`;
