/**
 * The only room that starts processes.
 *
 * Every child gets an environment built up from nothing, no terminal (its own session, so that no
 * tool can prompt and Ctrl-C reaches pgkeep alone), and dies with pgkeep even under SIGKILL where
 * the host has `setpriv --pdeathsig`. Success is exit code 0 and no signal, of every stage.
 */
import {setMaxListeners} from 'node:events';
import type {Command} from '../model/command.ts';
import {type ErrorKind, OpsError} from '../model/errors.ts';
import {printable} from '../model/redact.ts';
import {type Child, type Ended, type LaunchContext, launch} from './process.ts';
import {type Reader, readBy, textOf} from './process-output.ts';

export type {Child, Ended} from './process.ts';

export type Shell = {
  /** What every child gets before its own `env`. */
  readonly environment: Readonly<Record<string, string>>;
  /** Ends every process of this shell; its reason is thrown. */
  readonly signal: AbortSignal;
  /** The same shell, ended by one more signal. */
  under(signal: AbortSignal): Shell;
  /** The same shell for clearing up after an end from outside: ended by that signal alone. */
  apart(signal: AbortSignal): Shell;
  /** Run to the end and give what it printed; for small answers. Errors: toolFailed. */
  run(command: Command, options?: RunOptions): Promise<Output>;
  /**
   * Run side by side, the output of each the input of the next, bytes going from process to
   * process. Errors: toolFailed, naming the stage that broke first.
   */
  pipe(stages: readonly Command[], options: PipeOptions): Promise<Output>;
  /** Start and keep: a psql session, a throw-away server. The caller ends it, no signal does. */
  start(command: Command, options?: StartOptions): Child;
};

export type RunOptions = {
  readonly input?: string;
  /** The kind of error that a failure is; toolFailed when absent. */
  readonly kind?: ErrorKind;
  readonly cwd?: string;
  /** Ends this run too, besides the shell's own signal. */
  readonly signal?: AbortSignal;
};

export type PipeOptions = {
  /** What the first stage reads: a file descriptor or a text; nothing when absent. */
  readonly input?: number | string;
  /**
   * What the last stage writes to: a file descriptor, text for small answers, or who reads it piece by
   * piece. What a reader throws ends the stages and is thrown.
   */
  readonly output: number | 'text' | Reader;
  readonly kind?: ErrorKind;
  /** The last stage may have read enough before the end: that the others broke then is no fault. */
  readonly mayStopEarly?: boolean;
};

export type StartOptions = {readonly stdin?: 'pipe' | 'ignore'; readonly cwd?: string};
export type Output = {readonly stdout: string; readonly stderr: string};

/** What a program left behind when it failed: the cause in an OpsError. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;

  constructor(message: string, {exitCode, signal}: Pick<Ended, 'exitCode' | 'signal'>) {
    super(message);
    this.exitCode = exitCode;
    this.signal = signal;
  }
}

export type ShellOptions = LaunchContext & {readonly signal: AbortSignal};

/** The hands of pgkeep: made once at the door. */
export const createShell = (options: ShellOptions): Shell => {
  const {environment, signal} = options;
  // Each process and session listens: more than the ten that Node takes for a leak.
  setMaxListeners(0, signal);
  return {
    environment,
    signal,
    under: (another) => createShell({...options, signal: AbortSignal.any([signal, another])}),
    apart: (another) => createShell({...options, signal: another}),
    async run(command, {input, kind = 'toolFailed', cwd, signal: another} = {}) {
      if (another)
        return this.under(another).run(command, {
          ...(input === undefined ? {} : {input}),
          kind,
          ...(cwd === undefined ? {} : {cwd}),
        });
      signal.throwIfAborted();
      const stdin = input === undefined ? 'ignore' : 'pipe';
      const child = launch(command, {stdin, cwd, signal}, options);
      feed(child, input);
      return outcomeOf([command], [child], {kind, signal});
    },
    async pipe(stages, {input, output, kind = 'toolFailed', mayStopEarly = false}) {
      signal.throwIfAborted();
      const children = chain(stages, {input, output}, options);
      if (typeof input === 'string') feed(children[0], input);
      const reader = typeof output === 'function' ? output : undefined;
      return outcomeOf(stages, children, {kind, signal, mayStopEarly, reader});
    },
    start: (command, {stdin = 'pipe', cwd} = {}) =>
      launch(command, {stdin, cwd, signal: undefined}, options),
  };
};

/** Consumers start first: a producer needs the descriptor that it writes to. */
const chain = (
  stages: readonly Command[],
  {input = 'ignore', output}: {input: number | string | undefined; output: PipeOptions['output']},
  options: ShellOptions,
): readonly Child[] => {
  const children: Child[] = [];
  for (const [index, command] of [...stages.entries()].reverse()) {
    const consumer = children[0]?.stdin;
    const first = input === 'ignore' || typeof input === 'number' ? input : 'pipe';
    const stdin = index === 0 ? first : 'pipe';
    const stdout = consumer ?? (typeof output === 'number' ? output : 'pipe');
    const child = launch(command, {stdin, stdout, signal: options.signal}, options);
    // Our copy of the descriptor keeps the consumer waiting for more: it is closed with the producer's end.
    consumer?.on('error', () => {});
    if (consumer) void child.ended.then(() => consumer.end());
    children.unshift(child);
  }
  return children;
};

const feed = (child: Child | undefined, input: string | undefined) => {
  child?.stdin?.on('error', () => {});
  child?.stdin?.end(input);
};

type Judgement = {
  kind: ErrorKind;
  signal: AbortSignal;
  mayStopEarly?: boolean;
  reader?: Reader | undefined;
};

const outcomeOf = async (
  stages: readonly Command[],
  children: readonly Child[],
  {kind, signal, mayStopEarly = false, reader}: Judgement,
): Promise<Output> => {
  const last = children.at(-1)?.stdout ?? null;
  const refusal = reader ? readBy(reader, last, children) : undefined;
  const [stdout, ...ends] = await Promise.all([
    reader ? '' : textOf(last),
    ...children.map((child) => child.ended),
  ]);
  signal.throwIfAborted();
  if (refusal?.error) throw refusal.error;
  const isEarly = mayStopEarly && ends.at(-1)?.exitCode === 0;
  const broken = firstBroken(
    isEarly
      ? ends.map((end) => (wasCutShort(end) ? {...end, exitCode: 0, signal: undefined} : end))
      : ends,
  );
  const [stage, end] = [stages[broken], ends[broken]];
  if (stage && end) throw failureOf(stage, end, kind);
  return {stdout, stderr: ends.map(({stderr}) => stderr).join('')};
};

const isBroken = (end: Ended) => end.exitCode !== 0 || end.signal !== undefined;
/**
 * Node joins processes by sockets: whoever writes to a dead one is told EPIPE or ECONNRESET; a shell
 * or `docker exec` around it says 141. A reset on the way to the server is another matter.
 */
const brokeOnPipe = ({signal, exitCode, stderr}: Ended) =>
  signal === 'SIGPIPE' ||
  exitCode === 141 ||
  /broken pipe|(write|output|stdout).*connection reset by peer/i.test(stderr);

/** igzip says of a reader that has gone what it says of a full disk: here it wrote to a reader. */
const wasCutShort = (end: Ended) =>
  brokeOnPipe(end) || /^igzip: Error encountered while writing to file/m.test(end.stderr);

/** The stage to blame: one that broke for a reason of its own, not by writing to a consumer that had died. */
const firstBroken = (ends: readonly Ended[]): number => {
  const own = ends.findIndex((end) => isBroken(end) && !brokeOnPipe(end));
  return own >= 0 ? own : ends.findIndex(isBroken);
};

const failureOf = (command: Command, end: Ended, kind: ErrorKind): OpsError => {
  const tool = command.file.split('/').at(-1);
  const how =
    end.failure ??
    (end.signal ? `was ended by ${end.signal}` : `failed with exit code ${end.exitCode}`);
  const said = printable(end.stderr.trim(), {keepLines: true});
  return new OpsError(kind, `${tool} ${how}`, {
    cause: new ToolError(said || 'it left no message', end),
  });
};
