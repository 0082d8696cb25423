/** Amounts as people read them: sizes, times, counts. */
import prettyBytes from 'pretty-bytes';

/** `1.34 GB`, in powers of ten as disks are sold. */
export const inBytes = (bytes: number): string => prettyBytes(bytes);

/** `0.4 s`, `18 s`, `4 min 05 s`, `2 h 07 min`, `3 d 04 h`. */
export const inTime = (seconds: number): string => {
  if (seconds < 9.95) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  const two = (amount: number) => String(amount).padStart(2, '0');
  if (whole < 3_600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  const minutes = Math.floor(whole / 60);
  if (minutes < 1_440) return `${Math.floor(minutes / 60)} h ${two(minutes % 60)} min`;
  const hours = Math.floor(minutes / 60);
  return `${Math.floor(hours / 24)} d ${two(hours % 24)} h`;
};

/** `1 row`, `1,234 rows`. */
export const inPlural = (count: number, what: string): string =>
  `${inCount(count)} ${what}${count === 1 ? '' : 's'}`;

/** `1,234,567`. */
export const inCount = (count: number): string => count.toLocaleString('en-US');
