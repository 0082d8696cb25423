/** Times as applications write them into documents. */

const iso =
  /^(\d{4})-(\d\d)-(\d\d)(?:[T ](\d\d):(\d\d)(?::(\d\d)(?:[.,](\d{1,9}))?)?\s?(Z|[+-]\d\d(?::?\d\d)?)?)?$/i;

/**
 * Milliseconds since 1970 of an ISO text, with or without time and offset (UTC then); undefined for
 * what is no time, the 30th of February included.
 */
export const validMoment = (text: string): number | undefined => {
  const [, year, month, day, hours = '0', minutes = '0', seconds = '0', fraction = '', zone = 'Z'] =
    iso.exec(text) ?? [];
  if (year === undefined) return undefined;
  const parts = [Number(year), Number(month) - 1, Number(day)] as const;
  const clock = [Number(hours), Number(minutes), Number(seconds)] as const;
  const milliseconds = Number(fraction.padEnd(3, '0').slice(0, 3));
  const asUtc = Date.UTC(...parts, ...clock, milliseconds);
  const read = new Date(asUtc);
  const isDay = read.getUTCMonth() === parts[1] && read.getUTCDate() === parts[2];
  const isClock = clock[0] < 24 && clock[1] < 60 && clock[2] < 60;
  const offset = offsetOf(zone);
  return isDay && isClock && offset !== undefined ? asUtc - offset * 60_000 : undefined;
};

/** In minutes. */
const offsetOf = (zone: string): number | undefined => {
  if (/^z$/i.test(zone)) return 0;
  const hours = Number(zone.slice(1, 3));
  const minutes = Number(zone.slice(3).replace(':', '') || '0');
  if (hours > 15 || minutes > 59) return undefined;
  return (zone.startsWith('-') ? -1 : 1) * (hours * 60 + minutes);
};
