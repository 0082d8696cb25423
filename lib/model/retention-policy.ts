/** What an operator asks retention to keep: a union of rules, and a limit that comes last. */
import type {Settings} from './settings.ts';

export const periods = ['hourly', 'daily', 'weekly', 'monthly', 'yearly'] as const;
export type Period = (typeof periods)[number];

export type RetentionPolicy = {
  /** Counted back from the newest good set. */
  readonly days?: number | undefined;
  readonly last?: number | undefined;
  /** How many of the last hours, days, … that have a good set keep their newest. */
  readonly buckets: Readonly<Partial<Record<Period, number | undefined>>>;
  readonly maxTotalBytes?: number | undefined;
};

/** The policy of these settings: any `--keep-*` replaces the default days, not days that were asked for. */
export const policyOf = (settings: Settings): RetentionPolicy => {
  const {keepLast: last, keepHourly, keepDaily, keepWeekly, keepMonthly, keepYearly} = settings;
  const buckets = {
    ...{hourly: keepHourly, daily: keepDaily, weekly: keepWeekly},
    ...{monthly: keepMonthly, yearly: keepYearly},
  };
  const keepsMore = [last, ...Object.values(buckets)].some((count) => count !== undefined);
  const given = settings.provenance.find(({name}) => name === 'retentionDays');
  const isDefault = given?.source === 'default';
  const days = keepsMore && isDefault ? undefined : settings.retentionDays;
  return {days, last, buckets, maxTotalBytes: settings.maxTotalBytes};
};
