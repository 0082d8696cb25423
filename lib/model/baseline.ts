/**
 * From which set on retention compares sizes and rows, by group, and what there was then: the measure
 * outlives the set. Sets before it were compared when they were new; thinned out since, they would be
 * no neighbours.
 */
import * as v from 'valibot';
import {momentOf} from './set-id.ts';

const id = v.pipe(
  v.string(),
  v.check((text) => momentOf(text) !== undefined),
);
const markSchema = v.object({
  /** `rows`, or how the dump was packed: sizes of another packing can't be compared. */
  what: v.string(),
  /** The set that it was measured of. */
  id,
  /** Rows, or bytes of the dump. */
  amount: v.number(),
});
const measureSchema = v.object({
  /** The last set that was compared. */
  id,
  /** The last of each kind. */
  marks: v.array(markSchema),
});

export type Mark = Readonly<v.InferOutput<typeof markSchema>>;
export type Measure = {readonly id: string; readonly marks: readonly Mark[]};
export type Baseline = ReadonlyMap<string, Measure>;

const schema = v.record(v.string(), measureSchema);

/** What was recorded; nothing where it can't be read: then the alarm rings rather once too often. */
export const parseBaseline = (content: string): Baseline => {
  try {
    return new Map(Object.entries(v.parse(schema, JSON.parse(content))));
  } catch {
    return new Map();
  }
};

/** A baseline as its file holds it. */
export const serialiseBaseline = (baseline: Baseline): string =>
  `${JSON.stringify(Object.fromEntries(baseline), null, 2)}\n`;
