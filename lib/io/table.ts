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

/** So many rows are drawn at a time: the drawing takes four times as long for twice the rows. */
const drawnTogether = 200;

/** Plain columns: no borders and no colours, so that a line can be copied, cut and grepped. */
export const table = ({head, rows, right = []}: TableOptions): string => {
  const body = rows.map((row) => row.map(safe));
  const options = {head: head.map(safe), right};
  if (body.length <= drawnTogether) return draw({...options, rows: body}).join('\n');
  // Drawn below each part to make all columns as wide as the widest, and then cut off.
  const ruler = [widest(body, (text) => [...text].length), widest(body, Buffer.byteLength)];
  const lines: string[] = [];
  for (let from = 0; from < body.length; from += drawnTogether) {
    const part = [...body.slice(from, from + drawnTogether), ...ruler];
    const drawn = draw({...options, rows: part}).slice(0, -ruler.length);
    lines.push(...(from === 0 ? drawn : drawn.slice(1)));
  }
  return lines.join('\n');
};

const draw = ({head, rows, right = []}: TableOptions): readonly string[] => {
  const colAligns = head.map((_, column) => (right.includes(column) ? 'right' : 'left'));
  const style = {head: [], border: [], compact: true, 'padding-left': 0, 'padding-right': 0};
  const drawn = new Table({head: [...head], chars: noBorders, style, colAligns});
  drawn.push(...rows.map((row) => [...row]));
  return drawn.toString().replace(/ +$/gm, '').split('\n');
};

/** A row of the widest cell of each column. */
const widest = (
  rows: readonly (readonly string[])[],
  widthOf: (text: string) => number,
): readonly string[] =>
  (rows[0] ?? []).map((_, column) =>
    rows.reduce((most, row) => {
      const text = row[column] ?? '';
      return widthOf(text) > widthOf(most) ? text : most;
    }, ''),
  );

const safe = (text: string): string => printable(text);
