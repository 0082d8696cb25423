/** Single rows of lines that are kept. */
import {linesAt} from '../../commands/stream.ts';
import {withInput} from '../../io/descriptor.ts';
import {cellsOfLine} from '../../model/migrate/copy-text.ts';
import type {IncomingColumn} from '../../model/migrate/incoming.ts';
import {cellCharacters, type SampledRow} from '../../model/migrate/sample.ts';
import type {Context} from '../context.ts';

/** What of a line is read: keys come first, and larger ones are in no index. */
const lineBytes = 20_000;

type Asked = {readonly columns: readonly IncomingColumn[]; readonly places: readonly number[]};

/** Rows by their places; what finds them is the first column, and the database where there is one. */
export const sampleLines = async (
  {shell}: Context,
  path: string,
  {columns, places}: Asked,
): Promise<readonly SampledRow[]> => {
  if (places.length === 0) return [];
  const cut = linesAt(
    places.map((place) => place + 1),
    {bytes: lineBytes},
  );
  const {stdout} = await withInput(path, (input) => shell.pipe([...cut], {input, output: 'text'}));
  return stdout
    .split('\n')
    .filter((line) => line !== '')
    .map((line): SampledRow => {
      const texts = cellsOfLine(line);
      const known = columns.flatMap(({name, type}, at) => {
        const text = texts[at];
        const isKey = at === 0 || name === 'db';
        return isKey && text !== undefined ? [{column: name, type, text}] : [];
      });
      const cells = columns.map((_, at) => texts[at]?.slice(0, cellCharacters + 1) ?? null);
      return {identity: known, cells};
    });
};
