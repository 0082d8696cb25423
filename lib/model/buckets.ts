/** Sets by the calendar: the newest of each hour, day, week, month and year, in UTC. */
import dayjs from 'dayjs';
import isoWeek from 'dayjs/plugin/isoWeek.js';
import utc from 'dayjs/plugin/utc.js';
import type {Period} from './retention-policy.ts';
import {momentOf} from './set-id.ts';

dayjs.extend(utc);
dayjs.extend(isoWeek);

/** `2026-11-20 03h`, `2026-11-20`, `2026-W47`, `2026-11`, `2026`: the bucket that a set is in. */
export const bucketOf = (id: string, period: Period): string => {
  const [year, month, day] = [id.slice(0, 4), id.slice(4, 6), id.slice(6, 8)];
  if (period === 'hourly') return `${year}-${month}-${day} ${id.slice(9, 11)}h`;
  if (period === 'daily') return `${year}-${month}-${day}`;
  if (period === 'weekly') return weekOf(id);
  return period === 'monthly' ? `${year}-${month}` : year;
};

// The week that has a New Year in it belongs to one year alone.
const weekOf = (id: string): string => {
  const moment = dayjs.utc(momentOf(id));
  return `${moment.isoWeekYear()}-W${String(moment.isoWeek()).padStart(2, '0')}`;
};

/**
 * The newest of each of the last `count` buckets that have one, by id, with its bucket's name.
 * Buckets without a set are none: a gap keeps nothing from being kept.
 */
export const newestOfEach = (
  ids: readonly string[],
  {period, count}: {period: Period; count: number},
): ReadonlyMap<string, string> => {
  const kept = new Map<string, string>();
  let last = '';
  for (const id of ids.toSorted().reverse()) {
    const bucket = bucketOf(id, period);
    if (bucket === last) continue;
    if (kept.size === count) break;
    kept.set(id, bucket);
    last = bucket;
  }
  return kept;
};
