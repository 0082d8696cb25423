/** Single rows of lines that are kept. */
import {linesAt} from '../../commands/stream.ts';
import {withInput} from '../../io/descriptor.ts';
import type {Command} from '../../model/command.ts';
import {cellsOfLine} from '../../model/migrate/copy-text.ts';
import type {IncomingColumn} from '../../model/migrate/incoming.ts';
import {cellCharacters, type SampleCell, type SampledRow} from '../../model/migrate/sample.ts';
import type {Context} from '../context.ts';

/** What of a line is read: keys come first, and larger ones are in no index. */
const lineBytes = 20_000;

type Asked = {
  readonly columns: readonly IncomingColumn[];
  readonly places: readonly number[];
  /** The columns that find the same row on the other side. */
  readonly keys: readonly string[];
  /** What takes the lines of one table out of those of all. */
  readonly from: readonly Command[];
};

/** Rows by their places. */
export const sampleLines = async (
  {shell}: Context,
  path: string,
  {columns, places, keys, from}: Asked,
): Promise<readonly SampledRow[]> => {
  if (places.length === 0) return [];
  const cut = linesAt(
    places.map((place) => place + 1),
    {bytes: lineBytes},
  );
  const {stdout} = await withInput(path, (input) =>
    shell.pipe([...from, ...cut], {input, output: 'text'}),
  );
  return stdout
    .split('\n')
    .slice(0, -1)
    .map((line): SampledRow => {
      const whole = cellsOfLine(line);
      // The last cell of a line that was cut is not whole: it finds nothing.
      const texts = Buffer.byteLength(line) < lineBytes ? whole : whole.slice(0, -1);
      const known = columns.flatMap(({name, type}, at) => {
        const text = texts[at];
        return keys.includes(name) && text !== undefined ? [{column: name, type, text}] : [];
      });
      const cells = columns.map(({type}, at) => shown(whole[at] ?? null, type));
      return {identity: known, cells};
    });
};

/** A boolean as it is shown when it is asked for as text. */
const shown = (cell: SampleCell, type: string): SampleCell =>
  type === 'boolean' && cell !== null
    ? String(cell === 't')
    : (cell?.slice(0, cellCharacters + 1) ?? null);
