import Table from 'cli-table3';
import {printable} from '../model/redact.ts';

export type TableOptions = {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** The columns, counted from 0, that are numbers. */
  readonly right?: readonly number[];
};

const noBorders = {
  ...{top: '', 'top-mid': '', 'top-left': '', 'top-right': ''},
  ...{bottom: '', 'bottom-mid': '', 'bottom-left': '', 'bottom-right': ''},
  ...{left: '', 'left-mid': '', mid: '', 'mid-mid': '', right: '', 'right-mid': '', middle: '  '},
};

/** Plain columns: no borders and no colours, so that a line can be copied, cut and grepped. */
export const table = ({head, rows, right = []}: TableOptions): string => {
  const colAligns = head.map((_, column) => (right.includes(column) ? 'right' : 'left'));
  const style = {head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0};
  const drawn = new Table({head: head.map(safe), chars: noBorders, style, colAligns});
  drawn.push(...rows.map((row) => row.map(safe)));
  return drawn.toString().replace(/ +$/gm, '');
};

const safe = (text: string): string => printable(text);
