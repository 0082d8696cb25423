/** The story of a run, on stderr: for a person at a terminal, for cron's mail, or hardly at all. */
import {styleText} from 'node:util';
import {printable, type Redact} from '../model/redact.ts';
import type {Reporter} from '../model/report.ts';
import type {LogLevel} from '../model/setting-kinds.ts';
import {createProgress} from './progress.ts';

export type Sink = {write(text: string): unknown; readonly columns?: number | undefined};

export type ReporterOptions = {
  /** stderr. */
  readonly sink: Sink;
  /** debug: everything; info: the story; warn: warnings alone, no progress. */
  readonly level: LogLevel;
  /** Whether lines can be rewritten; `--json`, pipes and TERM=dumb say no. */
  readonly isTerminal: boolean;
  readonly hasColour: boolean;
  readonly redact: Redact;
  /** Milliseconds of a clock that never jumps. */
  readonly clock?: () => number;
};

/** Nothing that it prints holds a secret or a control character, wherever the text came from. */
export const createReporter = (options: ReporterOptions): Reporter => {
  const {sink, level, hasColour, redact, clock = () => performance.now()} = options;
  const progress = createProgress({...options, clock});
  const paint = (style: 'yellow' | 'dim', text: string) =>
    hasColour ? styleText(style, text, {validateStream: false}) : text;
  const say = (text: string) => progress.aside(() => sink.write(`${text}\n`));
  const safe = (text: string) => printable(redact(text), {keepLines: true});
  return {
    step: (text) => {
      if (level !== 'warn') say(safe(text));
    },
    warn: (text) => say(`${paint('yellow', 'warning:')} ${safe(text)}`),
    debug: (text) => {
      if (level === 'debug') say(paint('dim', safe(text)));
    },
    progress: (phase) => progress.begin(safe(phase)),
  };
};

/**
 * What this process's stderr can show. https://no-color.org, and TERM=dumb can neither colour nor
 * rewrite a line.
 */
export const abilitiesOf = (
  isTTY: boolean,
  environment: Readonly<Record<string, string | undefined>>,
): {readonly isTerminal: boolean; readonly hasColour: boolean} => {
  const isTerminal = isTTY && environment['TERM'] !== 'dumb';
  return {isTerminal, hasColour: isTerminal && !environment['NO_COLOR']};
};
