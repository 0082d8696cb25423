import {fitted, type ProgressState, progressLine} from '../model/progress-line.ts';
import type {Progress} from '../model/report.ts';
import type {ReporterOptions} from './reporter.ts';

/** Work that is over sooner is not worth a line. */
const quietMilliseconds = 2_000;
const redrawMilliseconds = 200;
const plainLineMilliseconds = 30_000;
const clearLine = '\r\u001b[2K';

type Options = Omit<ReporterOptions, 'clock'> & {readonly clock: () => number};

export type ProgressDisplay = {
  begin(phase: string): Progress;
  /** Prints something without tearing the progress line. */
  aside(print: () => void): void;
};

type Work = {phase: string; startedAt: number; amount: ProgressState['amount']; saidAt: number};

/**
 * On a terminal one line, rewritten, for the oldest work under way; elsewhere a plain line per work
 * every 30 seconds. The timer runs only while work does, and never keeps the process alive.
 */
export const createProgress = ({sink, level, isTerminal, clock}: Options): ProgressDisplay => {
  const works = new Set<Work>();
  const line = rewrittenLine(sink);
  let timer: NodeJS.Timeout | undefined;
  const draw = () => line.draw([...works].flatMap((work) => lineOf(work, clock()) ?? [])[0]);
  const sayPlainly = () => {
    for (const work of works) {
      if (clock() - work.saidAt < plainLineMilliseconds) continue;
      work.saidAt = clock();
      sink.write(`${lineOf(work, clock())}\n`);
    }
  };
  const end = (work: Work) => {
    works.delete(work);
    line.clear();
    if (works.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
  return {
    begin: (phase) => {
      if (level === 'warn') return silent;
      const work: Work = {phase, startedAt: clock(), amount: undefined, saidAt: clock()};
      works.add(work);
      timer ??= setInterval(isTerminal ? draw : sayPlainly, redrawMilliseconds).unref();
      const update: Progress['update'] = (amount) => {
        work.amount = amount;
      };
      return {update, end: () => end(work)};
    },
    aside: (print) => {
      const wasDrawn = line.clear();
      print();
      if (wasDrawn) draw();
    },
  };
};

const rewrittenLine = (sink: Options['sink']) => {
  let isDrawn = false;
  return {
    draw: (text: string | undefined) => {
      if (text === undefined) return;
      sink.write(clearLine + fitted(text, sink.columns ?? 80));
      isDrawn = true;
    },
    /** Whether there was a line to clear. */
    clear: (): boolean => {
      const wasDrawn = isDrawn;
      if (wasDrawn) sink.write(clearLine);
      isDrawn = false;
      return wasDrawn;
    },
  };
};

const silent: Progress = {update: () => {}, end: () => {}};

const lineOf = ({phase, startedAt, amount}: Work, now: number): string | undefined => {
  const elapsed = now - startedAt;
  return elapsed < quietMilliseconds
    ? undefined
    : progressLine({phase, elapsedSeconds: elapsed / 1_000, amount});
};
