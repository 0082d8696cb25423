/**
 * What can go wrong, as an operator reads it and as a program reads it.
 *
 * Every fault of pgkeep is an `OpsError`: a kind with its exit code, one sentence that says what
 * happened (lower case, no full stop), a hint that says what to try, and the cause.
 */
import {systemHint} from './system-fault.ts';

/** The exit codes, printed by every `--help`. Scripts rely on them: a number never changes its meaning. */
export const exitCodes = {
  ok: {exit: 0, meaning: 'done'},
  unexpected: {exit: 1, meaning: 'unexpected error: a bug'},
  usage: {exit: 2, meaning: 'usage, unknown set, or refused; nothing was touched'},
  settings: {exit: 3, meaning: 'settings at fault; nothing was touched'},
  notIntact: {exit: 4, meaning: 'not intact: a verification or comparison failed'},
  unhealthy: {exit: 5, meaning: 'unhealthy or stale'},
  unavailable: {
    exit: 6,
    meaning: 'unavailable: server, login, right, tool, extension or version; nothing was touched',
  },
  toolFailed: {
    exit: 7,
    meaning: 'a tool failed; nothing was published, production is unchanged',
  },
  putBack: {exit: 8, meaning: 'failed, and put back to what it was'},
  undecided: {exit: 9, meaning: 'failed, an operator must decide; the choices are printed'},
  locked: {exit: 75, meaning: 'locked: another run is at work'},
  timedOut: {exit: 124, meaning: 'timed out'},
  hangup: {exit: 129, meaning: 'SIGHUP'},
  interrupted: {exit: 130, meaning: 'SIGINT'},
  terminated: {exit: 143, meaning: 'SIGTERM'},
} as const;

export type ErrorKind = Exclude<keyof typeof exitCodes, 'ok'>;

export type Explanation = {
  /** What to try: an instruction. */
  readonly hint?: string;
  /** Why it happened: the error of the program or system call underneath. */
  readonly cause?: unknown;
};

export class OpsError extends Error {
  override readonly name = 'OpsError';
  readonly kind: ErrorKind;
  readonly hint: string | undefined;

  constructor(kind: ErrorKind, message: string, {hint, cause}: Explanation = {}) {
    super(message, cause === undefined ? undefined : {cause});
    this.kind = kind;
    this.hint = hint;
  }

  get exit(): number {
    return exitCodes[this.kind].exit;
  }
}

/**
 * From the mildest to the gravest: how soon somebody has to look. What ended the whole run from
 * outside comes last, since nobody knows then what else would have failed.
 */
const gravity: readonly (keyof typeof exitCodes)[] = [
  ...(['ok', 'locked', 'usage', 'settings', 'unavailable', 'unhealthy', 'putBack'] as const),
  ...(['toolFailed', 'notIntact', 'undecided', 'unexpected'] as const),
  ...(['timedOut', 'hangup', 'interrupted', 'terminated'] as const),
];

/** The exit code of a run that did several things: that of the gravest. 0 for none. */
export const worstExit = (exits: readonly number[]): number => {
  const ordered = gravity.map((kind): number => exitCodes[kind].exit);
  return exits.reduce(
    (worst, exit) => (ordered.indexOf(exit) > ordered.indexOf(worst) ? exit : worst),
    0,
  );
};

/**
 * Whatever was thrown, as an OpsError with itself as the cause: what the system refused is a tool that
 * failed (exit 7), any other stranger a bug (exit 1).
 */
export const asOpsError = (error: unknown): OpsError => {
  if (error instanceof OpsError) return error;
  const message = error instanceof Error ? error.message : String(error);
  const hint = systemHint(error);
  return hint === undefined
    ? new OpsError('unexpected', message, {
        hint: 'this is a bug in pgkeep: run again with --verbose and report what it prints',
        cause: error,
      })
    : new OpsError('toolFailed', message, {hint, cause: error});
};

/** The causes below an error, outermost first, as sentences without repetition. */
export const causesOf = (error: Error): readonly string[] => {
  const sentences: string[] = [];
  for (let cause = error.cause; cause !== undefined; ) {
    const sentence = cause instanceof Error ? cause.message : String(cause);
    if (sentence !== error.message && !sentences.includes(sentence)) sentences.push(sentence);
    cause = cause instanceof Error ? cause.cause : undefined;
  }
  return sentences;
};
