/** Some rows as both sides have them: for people's own eyes, beside the comparison of all. */

export type SampleCell = string | null;

/** What finds the same row on the other side: a value of each column as text. */
export type Identity = readonly {
  readonly column: string;
  readonly type: string;
  readonly text: SampleCell;
}[];

export type SampledRow = {readonly identity: Identity; readonly cells: readonly SampleCell[]};

export type SampleRow = {
  readonly source: readonly SampleCell[];
  /** Null where there is no such row. */
  readonly target: readonly SampleCell[] | null;
};

export type TableSample = {
  readonly source: string;
  readonly name: string;
  readonly rows: number;
  readonly columns: readonly string[];
  readonly sample: readonly SampleRow[];
};

/** So many characters of a cell are taken; one more tells that there are more. */
export const cellCharacters = 60;

/** Places among `rows`, the first and the last among them, evenly apart. */
export const placesAmong = (rows: number, {count}: {readonly count: number}): readonly number[] => {
  const some = Math.min(rows, count);
  return Array.from({length: some}, (_, at) =>
    some === 1 ? 0 : Math.floor((at * (rows - 1)) / (some - 1)),
  );
};

const shownColumns = 8;
const shownCharacters = 24;

const shown = (cell: SampleCell): string => {
  if (cell === null) return '(null)';
  const letters = [...cell];
  return letters.length > shownCharacters ? `${letters.slice(0, shownCharacters).join('')}…` : cell;
};

/** A head and rows for each table: two rows for each of the sample, as the source and as the target has it. */
export const sampleTables = (samples: readonly TableSample[]) =>
  samples
    .filter(({sample}) => sample.length > 0)
    .map(({source, name, rows, columns, sample}) => {
      const more = columns.length - shownColumns;
      const row = (side: string, cells: readonly SampleCell[] | null) =>
        cells === null
          ? [side, '(no such row)', ...columns.slice(1, shownColumns).map(() => '')]
          : [side, ...cells.slice(0, shownColumns).map(shown)];
      return {
        title: `${source === name ? name : `${source} → ${name}`}, ${sample.length} of ${rows} rows${more > 0 ? ` (${more} more columns with --json)` : ''}`,
        head: ['', ...columns.slice(0, shownColumns)],
        rows: sample.flatMap((each) => [row('source', each.source), row('target', each.target)]),
      };
    });
