/** The flags of retention, where a door prunes. */
import {settingFlag} from './_door.ts';

export const retentionFlags = {
  retentionDays: settingFlag('retentionDays'),
  keepLast: settingFlag('keepLast'),
  keepHourly: settingFlag('keepHourly'),
  keepDaily: settingFlag('keepDaily'),
  keepWeekly: settingFlag('keepWeekly'),
  keepMonthly: settingFlag('keepMonthly'),
  keepYearly: settingFlag('keepYearly'),
  maxTotalSize: settingFlag('maxTotalBytes'),
} as const;

export const allowLargePruneFlag = {
  summary:
    'remove also where that is refused: more than half of the sets at once, after a fall in rows or size, after a leap of the clock; what is there now is then the measure',
} as const;
