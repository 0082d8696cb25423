/**
 * The alarm: a good set that is less than half of the good one before it. It may be the first of a
 * broken database, so nothing older goes until somebody has looked.
 */
import {inBytes, inCount} from './amounts.ts';
import type {Candidate} from './retention.ts';

/** What is less than this share of what it was has fallen. */
const share = 0.5;

export type Fall = {
  /** The last good set from before it: kept for as long as the alarm stands. */
  readonly before: string;
  /** The first set after it. */
  readonly since: string;
  /** The newest good set, which has not grown back. */
  readonly newest: string;
  /** `rows fell from 20,000 to 12`, one or two. */
  readonly figures: readonly string[];
};

/**
 * The falls among good sets of one group, oldest first, that are not over: the newest set is still
 * below half of what was there before. Sets before `baseline` are no measure any more.
 */
export const fallsAmong = (
  good: readonly Candidate[],
  baseline: string | undefined,
): readonly Fall[] => {
  const judged = good.filter(({id}) => baseline === undefined || id >= baseline);
  const newest = judged.at(-1);
  if (!newest) return [];
  return judged.slice(1).flatMap((since, index) => {
    const before = judged[index];
    if (!before || fallen(before, since).length === 0) return [];
    const figures = fallen(before, newest);
    return figures.length > 0
      ? [{before: before.id, since: since.id, newest: newest.id, figures}]
      : [];
  });
};

// Sizes say nothing where another format or compression made them.
const fallen = (before: Candidate, after: Candidate): readonly string[] => [
  ...(before.rows !== null && after.rows !== null && after.rows < before.rows * share
    ? [`rows fell from ${inCount(before.rows)} to ${inCount(after.rows)}`]
    : []),
  ...(before.packing === after.packing && after.dumpBytes < before.dumpBytes * share
    ? [`the dump's size fell from ${inBytes(before.dumpBytes)} to ${inBytes(after.dumpBytes)}`]
    : []),
];

type Counted = {readonly name: string; readonly rows: number | null};

/** Tables that are gone, empty, or lost more than half of their rows, a sentence each. */
export const shrunkenTables = (
  before: readonly Counted[],
  after: readonly Counted[],
): readonly string[] => {
  const now = new Map(after.map(({name, rows}) => [name, rows]));
  return before.flatMap(({name, rows}) => {
    if (rows === null || rows === 0) return [];
    const had = `${name} had ${inCount(rows)} ${rows === 1 ? 'row' : 'rows'}`;
    const left = now.get(name);
    if (left === undefined) return [`${had} and is gone`];
    if (left === 0) return [`${had} and is empty`];
    return left !== null && left < rows * share ? [`${had} and has ${inCount(left)}`] : [];
  });
};
