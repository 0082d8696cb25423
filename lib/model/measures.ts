/** What good sets of one group measure, and how far the baseline moves by them. */
import type {Mark, Measure} from './baseline.ts';
import type {Candidate} from './retention.ts';

export type Judged = {
  /** Good sets of one group, oldest first. */
  readonly good: readonly Candidate[];
  readonly baseline: Measure | undefined;
};

/** The good sets that were not compared yet. Ids sort as time. */
export const sinceBaseline = ({good, baseline}: Judged): readonly Candidate[] =>
  good.filter(({id}) => baseline === undefined || id > baseline.id);

/** What was measured, oldest first, beginning with what the baseline remembers. */
export const marksSince = (judged: Judged): readonly Mark[] => [
  ...(judged.baseline?.marks ?? []),
  ...sinceBaseline(judged).flatMap(marksOf),
];

/** A baseline that has come to just before the first set that stands for an alarm. */
export const reachedBy = (
  {good, baseline}: Judged,
  alarms: readonly string[],
): Measure | undefined => {
  const quiet = good.filter(({id}) => alarms.every((alarm) => id < alarm));
  const id = sinceBaseline({good: quiet, baseline}).at(-1)?.id ?? baseline?.id;
  return id === undefined
    ? undefined
    : {id, marks: lastOfEach(marksSince({good: quiet, baseline}))};
};

/** The newest good set as the measure, whatever was before it. */
export const acceptedAs = (judged: Judged): Measure | undefined => {
  const newest = judged.good.at(-1);
  if (!newest) return judged.baseline;
  // Rows that it has not counted are still measured by those that were counted last.
  const marks = [...marksSince(judged), ...marksOf(newest)].filter(
    ({what}) => what === rows || what === newest.packing,
  );
  return {id: newest.id, marks: lastOfEach(marks)};
};

/** The kind of mark that is no packing. */
export const rows = 'rows';

const marksOf = (set: Candidate): readonly Mark[] => [
  ...(set.rows === null ? [] : [{what: rows, id: set.id, amount: set.rows}]),
  {what: set.packing, id: set.id, amount: set.dumpBytes},
];

const lastOfEach = (marks: readonly Mark[]): readonly Mark[] => [
  ...new Map(marks.map((mark) => [mark.what, mark])).values(),
];
