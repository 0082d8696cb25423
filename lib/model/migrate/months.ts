/** A table taken apart by months: which there are, and what each of them is called. */
import type {Partitioning} from './incoming.ts';
import type {Namer} from './names.ts';

export type Months = {
  /** The table's name in the target. */
  readonly table: string;
  /** The column's. */
  readonly column: string;
  readonly type: string;
  /** `2026-01`, in any order. */
  readonly months: readonly string[];
  readonly namer: Namer;
};

/** The server holds a lock on each of them while they are moved into place. */
export const mostPartitions = 1_000;

/** Months in UTC where the column's type has a zone. */
export const partitionsBy = ({table, column, type, months, namer}: Months): Partitioning => {
  const zone = type === 'timestamp with time zone' ? ' 00:00:00+00' : '';
  return {
    column,
    parts: months.toSorted().map((month) => ({
      name: namer.nameFor(`${table}_${month.replace('-', '_')}`),
      from: `${month}-01${zone}`,
      to: `${monthAfter(month)}-01${zone}`,
    })),
    rest: namer.nameFor(`${table}_default`),
  };
};

const monthAfter = (month: string): string => {
  const [year = 0, number = 0] = month.split('-').map(Number);
  const [nextYear, next] = number === 12 ? [year + 1, 1] : [year, number + 1];
  return `${String(nextYear).padStart(4, '0')}-${String(next).padStart(2, '0')}`;
};

/** Types whose values are of a month. */
export const isOfMonths = (type: string): boolean => /^(date|timestamp)\b/.test(type);
