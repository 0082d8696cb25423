/**
 * From which set on retention compares sizes and rows, by group. Sets before it were compared when
 * they were new; thinned out since, they would be no neighbours.
 */
import * as v from 'valibot';
import {momentOf} from './set-id.ts';

export type Baseline = ReadonlyMap<string, string>;

const schema = v.record(
  v.string(),
  v.pipe(
    v.string(),
    v.check((id) => momentOf(id) !== undefined),
  ),
);

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
