import {inBytes, inCount, inTime} from './amounts.ts';

/** How far a piece of work is. */
export type ProgressState = {
  readonly phase: string;
  readonly elapsedSeconds: number;
  /** Undefined until the work has said how far it is. */
  readonly amount:
    | {readonly done: number; readonly total?: number; readonly unit: 'bytes' | 'rows' | 'tables'}
    | undefined;
};

/**
 * One line: phase, how much, how fast, how long still. Rate and time left need a second of work
 * behind them, and the time left a total that is not reached yet.
 * `dump  1.2 GB of 3.4 GB  35%  120 MB/s  18 s left`
 */
export const progressLine = ({phase, elapsedSeconds, amount}: ProgressState): string => {
  if (!amount) return `${phase}  ${inTime(elapsedSeconds)}`;
  const {done, total, unit} = amount;
  const hasTotal = total !== undefined && total > 0;
  const rate = elapsedSeconds >= 1 ? done / elapsedSeconds : 0;
  const parts = [
    phase,
    hasTotal ? `${said(done, unit)} of ${said(total, unit)}` : said(done, unit),
    hasTotal ? `${Math.min(100, Math.floor((done / total) * 100))}%` : '',
    rate > 0 ? `${perSecond(rate, unit)}/s` : '',
    rate > 0 && hasTotal && total > done ? `${inTime((total - done) / rate)} left` : '',
    rate > 0 && hasTotal && total > done ? '' : inTime(elapsedSeconds),
  ];
  return parts.filter((part) => part !== '').join('  ');
};

/** Cut to the width of the terminal: a line that wraps can't be rewritten. */
export const fitted = (line: string, columns: number): string =>
  line.length < columns ? line : `${line.slice(0, Math.max(0, columns - 2))}…`;

const said = (amount: number, unit: string): string =>
  unit === 'bytes' ? inBytes(amount) : `${inCount(amount)} ${unit}`;

const perSecond = (rate: number, unit: string): string =>
  said(unit === 'bytes' || rate >= 10 ? Math.round(rate) : Number(rate.toFixed(1)), unit);
