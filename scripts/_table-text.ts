/** How plans show the rows that are at stake. */
import {inPlural} from '../lib/model/amounts.ts';
import type {TablePlan} from '../lib/model/restore-plan.ts';
import {tableLines} from '../lib/model/restore-plan-text.ts';

export type DrawTable = typeof import('../lib/io/table.ts').table;

/** The tables whose rows differ as lines, and how many do not; nothing where there are none. */
export const tableText = (
  tables: readonly TablePlan[],
  {of, table}: {readonly of: string; readonly table: DrawTable},
): readonly string[] => {
  if (tables.length === 0) return [];
  const {head, rows, same} = tableLines(tables, of);
  return [
    '',
    ...(rows.length > 0 ? [table({head, rows, right: [1, 2]})] : []),
    ...(same > 0
      ? [
          `${inPlural(same, rows.length > 0 ? 'other table' : 'table')} ${same === 1 ? 'has' : 'have'} the same number of rows`,
        ]
      : []),
    '',
  ];
};
