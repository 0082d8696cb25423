/** The settings that retention goes by: part of the table of `settings-table.ts`. */
import {size, wholeNumber} from './setting-kinds.ts';

const keep = (period: string, what: string, example: string) => ({
  key: `PGKEEP_KEEP_${period.toUpperCase()}`,
  flag: `keep-${period}`,
  value: 'N',
  kind: wholeNumber({from: 1, to: 36_500}),
  default: undefined,
  summary: what,
  example,
});

const ofEach = (period: string) => `keep the newest good set of each of the last N ${period}`;

export const retentionSettings = {
  keepLast: keep('last', 'keep the last N good sets; any --keep-* replaces the 7 days', '3'),
  keepHourly: keep('hourly', `${ofEach('hours')} that have one, in UTC`, '24'),
  keepDaily: keep('daily', `${ofEach('days')} that have one`, '7'),
  keepWeekly: keep('weekly', `${ofEach('weeks')} that have one, from Monday`, '5'),
  keepMonthly: keep('monthly', `${ofEach('months')} that have one`, '12'),
  keepYearly: keep('yearly', `${ofEach('years')} that have one`, '3'),
  maxTotalBytes: {
    key: 'PGKEEP_MAX_TOTAL_SIZE',
    flag: 'max-total-size',
    value: 'SIZE',
    kind: size({from: 1e6, to: 1e15}),
    default: undefined,
    summary: "what a database's sets may take together: the oldest go first",
    example: '50GB',
  },
  keepOldDays: {
    key: 'PGKEEP_KEEP_OLD_DAYS',
    flag: 'keep-old-days',
    value: 'DAYS',
    kind: wholeNumber({from: 1, to: 36_500}),
    default: '7',
    summary: 'days that a database which a restore or undo put aside is kept',
    example: '14',
  },
} as const;
