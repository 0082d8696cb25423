/**
 * The id of a set: its start in UTC, so that names sort as time and no daylight saving folds them.
 * When the second is taken, the next free one is used: an id is never used twice.
 */
export const idFor = (now: Date, taken: readonly string[] = []): string => {
  let time = now.getTime();
  while (taken.includes(textOf(time))) time += 1_000;
  return textOf(time);
};

/** The moment that an id names; undefined for what is no id (`20260231T000000Z` is none). */
export const momentOf = (id: string): Date | undefined => {
  const [, ...parts] = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)Z$/.exec(id) ?? [];
  if (parts.length === 0) return undefined;
  const [year, month, day, hour, minute, second] = parts;
  const moment = new Date(`${year}-${month}-${day}T${hour}:${minute}:${second}Z`);
  // Date takes the 31st of February for the third of March, and 24:00 for the next day.
  const isReal = !Number.isNaN(moment.getTime()) && textOf(moment.getTime()) === id;
  return isReal ? moment : undefined;
};

/** The same in milliseconds since 1970; 0 for what is no id. */
export const timeOf = (id: string): number => momentOf(id)?.getTime() ?? 0;

const textOf = (time: number): string => {
  const text = new Date(time).toISOString();
  const part = (from: number, to: number) => text.slice(from, to);
  return `${part(0, 4)}${part(5, 7)}${part(8, 13)}${part(14, 16)}${part(17, 19)}Z`;
};
