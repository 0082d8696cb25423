/** A large table in parts that are read side by side, each by rows that lie together. */

/** From a rowid on, to one before another; without an end where it is the table's own. */
export type RowRange = {readonly from?: bigint; readonly before?: bigint};

/** The least and the greatest rowid of a table. */
export type Edges = {readonly least: bigint; readonly greatest: bigint};

/** Fewer than these are read faster than another program starts. */
const fewest = 50_000n;

/** Ranges that hold every row once, however the rowids are spread; a single one for a small table. */
export const rowRanges = (
  edges: Edges | undefined,
  {most}: {readonly most: number},
): readonly [RowRange, ...RowRange[]] => {
  const span = edges ? edges.greatest - edges.least + 1n : 0n;
  const wanted = Number(span / fewest);
  const count = BigInt(Math.max(1, Math.min(most, wanted)));
  const cuts = Array.from(
    {length: Number(count) - 1},
    (_, at) => (edges?.least ?? 0n) + (span * BigInt(at + 1)) / count,
  );
  const ranges = [...cuts, undefined].map((before, at) => rangeOf(cuts[at - 1], before));
  return ranges as [RowRange, ...RowRange[]];
};

const rangeOf = (from: bigint | undefined, before: bigint | undefined): RowRange => ({
  ...(from === undefined ? {} : {from}),
  ...(before === undefined ? {} : {before}),
});
