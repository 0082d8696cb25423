import dayjs from 'dayjs';
import customParseFormat from 'dayjs/plugin/customParseFormat.js';
import utc from 'dayjs/plugin/utc.js';

dayjs.extend(utc);
dayjs.extend(customParseFormat);

const layout = 'YYYYMMDD[T]HHmmss[Z]';

/**
 * The id of a set: its start in UTC, so that names sort as time and no daylight saving folds them.
 * When the second is taken, the next free one is used: an id is never used twice.
 */
export const idFor = (now: Date, taken: readonly string[] = []): string => {
  let start = dayjs.utc(now);
  while (taken.includes(start.format(layout))) start = start.add(1, 'second');
  return start.format(layout);
};

/** The moment that an id names; undefined for what is no id (`20260231T000000Z` is none). */
export const momentOf = (id: string): Date | undefined => {
  const moment = dayjs.utc(id, layout, true);
  return moment.isValid() ? moment.toDate() : undefined;
};
