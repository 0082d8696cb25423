/**
 * The alarm: a good set that is less than half of the good one before it. It may be the first of a
 * broken database, so nothing older goes until somebody has looked.
 */
import {inBytes, inCount} from './amounts.ts';
import type {Mark} from './baseline.ts';
import {type Judged, marksSince, rows, sinceBaseline} from './measures.ts';

/** What is less than this share of what it was has fallen. */
const share = 0.5;

export type Fall = {
  /** The last good set from before it: kept for as long as the alarm stands. */
  readonly before: string;
  /** The first set after it. */
  readonly since: string;
  /** The newest good set, which has not grown back as far as it could be compared. */
  readonly newest: string;
  /** `rows fell from 20,000 to 12`, one or two. */
  readonly figures: readonly string[];
};

/**
 * The falls since the baseline that are not over: the newest measure is still below half of what was
 * there before. Each is compared with the last one of its kind: rows with the last that were counted,
 * the dump's size with the last of that packing.
 */
export const fallsAmong = (judged: Judged): readonly Fall[] => {
  const newest = sinceBaseline(judged).at(-1);
  if (!newest) return [];
  const marks = marksSince(judged);
  const steps = [...new Set(marks.map(({what}) => what))].flatMap((kind) =>
    stepsDown(marks.filter(({what}) => what === kind)),
  );
  const keys = [...new Set(steps.map(keyOf))].sort();
  return keys.map((key) => {
    const [since = '', before = ''] = key.split(' ');
    return {
      // The set that the measure was taken of may be damaged or gone.
      before: judged.good.findLast(({id}) => id <= before)?.id ?? before,
      since,
      newest: newest.id,
      figures: steps.filter((step) => keyOf(step) === key).map(figure),
    };
  });
};

const keyOf = ({since, before}: Step): string => `${since.id} ${before.id}`;

type Step = {readonly before: Mark; readonly since: Mark; readonly latest: Mark};

const stepsDown = (series: readonly Mark[]): readonly Step[] => {
  const latest = series.at(-1);
  return series.slice(1).flatMap((since, index) => {
    const before = series[index];
    if (!before || !latest) return [];
    const limit = before.amount * share;
    return since.amount < limit && latest.amount < limit ? [{before, since, latest}] : [];
  });
};

const figure = ({before, latest}: Step): string =>
  before.what === rows
    ? `rows fell from ${inCount(before.amount)} to ${inCount(latest.amount)}`
    : `the dump's size fell from ${inBytes(before.amount)} to ${inBytes(latest.amount)}`;

/** What the newest set could not be measured by, a sentence; none where its rows could be compared. */
export const blindSpots = (judged: Judged): readonly string[] => {
  const newest = sinceBaseline(judged).at(-1);
  const earlier = marksSince(judged).filter(({id}) => id !== newest?.id);
  if (!newest || earlier.length === 0) return [];
  const had = (kind: string) => earlier.some(({what}) => what === kind);
  if (newest.rows !== null && had(rows)) return [];
  if (!had(newest.packing))
    return [`neither rows nor size of ${newest.id} could be compared with the sets before it`];
  return had(rows)
    ? [`rows of ${newest.id} could not be compared: not every table was counted`]
    : [];
};

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
