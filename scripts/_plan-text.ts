/** How the plans of restore and undo are shown: words, tables, notes, faults. */
import {printable} from '../lib/model/redact.ts';
import type {Fault} from '../lib/model/restore-faults.ts';
import type {TablePlan} from '../lib/model/restore-plan.ts';
import {type DrawTable, tableText} from './_table-text.ts';

export type Shown = {
  /** A word and what it says. */
  readonly lines: readonly (readonly [string, string])[];
  /** Nothing where rows are not at stake. */
  readonly tables?: {
    readonly rows: readonly TablePlan[];
    readonly of: string;
    readonly table: DrawTable;
  };
  readonly cautions: readonly string[];
  readonly faults: readonly Fault[];
};

export const planText = ({lines, tables, cautions, faults}: Shown): string =>
  [
    ...lines.map(([word, said]) => `${word.padEnd(10)} ${printable(said)}`),
    ...(tables ? tableText(tables.rows, tables) : []),
    ...cautions.map((text) => `note: ${printable(text)}`),
    ...faults.map(({what, hint}) => `fault: ${printable(what)}; ${printable(hint)}`),
  ].join('\n');
