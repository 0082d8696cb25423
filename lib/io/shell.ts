/**
 * The only room that starts processes.
 *
 * Every child gets an environment built up from nothing, no terminal (its own session, so that no
 * tool can prompt and Ctrl-C reaches pgkeep alone), and dies with pgkeep even under SIGKILL where
 * the host has `setpriv --pdeathsig`. Success is exit code 0 and no signal, of every stage.
 */
import {accessSync, constants} from 'node:fs';
import type {Readable, Writable} from 'node:stream';
import {execa} from 'execa';
import {type Command, render} from '../model/command.ts';
import {type ErrorKind, OpsError} from '../model/errors.ts';
import {printable, type Redact} from '../model/redact.ts';

export type Shell = {
  /** What every child gets before its own `env`. */
  readonly environment: Readonly<Record<string, string>>;
  /** Ends every process of this shell. */
  readonly signal: AbortSignal;
  /** Run to the end and give what it printed; for small answers. Errors: toolFailed. */
  run(command: Command, options?: RunOptions): Promise<Output>;
  /**
   * Run side by side, the output of each the input of the next, bytes going from process to process.
   * The last one writes to `output`: a file descriptor, or text for small answers.
   * Errors: toolFailed, naming the stage that broke first.
   */
  pipe(stages: readonly Command[], options: PipeOptions): Promise<Output>;
  /** Start and keep: a psql session, a throw-away server. The caller ends it. */
  start(command: Command, options?: StartOptions): Child;
};

export type RunOptions = {
  readonly input?: string;
  readonly kind?: ErrorKind;
  /** Ends the processes before their time: TERM, then KILL after five seconds. */
  readonly signal?: AbortSignal;
  readonly cwd?: string;
};
export type PipeOptions = {
  readonly input?: number | string;
  readonly output: number | 'text';
  readonly signal?: AbortSignal;
  readonly kind?: ErrorKind;
  readonly onStart?: (pids: readonly number[]) => void;
};
export type StartOptions = {readonly stdin?: 'pipe' | 'ignore'; readonly cwd?: string};
export type Output = {readonly stdout: string; readonly stderr: string};

export type Child = {
  readonly pid: number | undefined;
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  /** Resolves, never rejects, when the process is gone and its messages are read. */
  readonly ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
};
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

export type Ended = {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  /** Why it could not even start. */
  readonly failure: string | undefined;
  readonly stderr: string;
};

export type ShellOptions = {
  /** What every child gets before its own `env`: see `baseEnvironment`. */
  readonly environment: Readonly<Record<string, string>>;
  /** Ends every process of this shell: Ctrl-C, SIGTERM, the total time-out. Its reason is thrown. */
  readonly signal: AbortSignal;
  readonly redact: Redact;
  readonly trace: (line: string) => void;
};

const killDelayMilliseconds = 5_000;
const evidenceBytes = 64_000;

export const createShell = (options: ShellOptions): Shell => {
  const launch = launcher(options);
  const settle = async (stages: readonly Command[], children: readonly Child[], kind: ErrorKind) => {
    const ends = await Promise.all(children.map((child) => child.ended));
    options.signal.throwIfAborted();
    const broken = firstBroken(ends);
    const stage = stages[broken];
    const end = ends[broken];
    if (stage && end) throw failureOf(stage, end, {kind, redact: options.redact});
    return ends.map((end) => end.stderr).join('');
  };
  return {
    environment: options.environment,
    signal: options.signal,
    async run(command, {input, kind = 'toolFailed', signal, cwd} = {}) {
      options.signal.throwIfAborted();
      const child = launch(command, {stdin: input === undefined ? 'ignore' : 'pipe', signal, cwd});
      const stdout = textOf(child.stdout);
      child.stdin?.on('error', () => {});
      child.stdin?.end(input);
      const stderr = await settle([command], [child], kind);
      return {stdout: await stdout, stderr};
    },
    async pipe(stages, {input, output, signal, kind = 'toolFailed', onStart}) {
      options.signal.throwIfAborted();
      const children: Child[] = [];
      // Consumers first: a producer needs the descriptor it writes to.
      for (const [index, command] of [...stages.entries()].reverse()) {
        const next = children[0];
        const isFirst = index === 0;
        const stdin = isFirst && typeof input === 'number' ? input : isFirst && input === undefined ? 'ignore' : 'pipe';
        const stdout = next?.stdin ?? (output === 'text' ? 'pipe' : output);
        const child = launch(command, {stdin, stdout, signal});
        // Our copy of the descriptor keeps the consumer waiting for more: close it with the producer's end.
        if (next) child.ended.then(() => next.stdin?.end());
        next?.stdin?.on('error', () => {});
        children.unshift(child);
      }
      onStart?.(children.flatMap(({pid}) => pid ?? []));
      const first = children[0]?.stdin;
      first?.on('error', () => {});
      if (typeof input === 'string') first?.end(input);
      const stdout = textOf(output === 'text' ? (children.at(-1)?.stdout ?? null) : null);
      const stderr = await settle(stages, children, kind);
      return {stdout: await stdout, stderr};
    },
    start: (command, {stdin = 'pipe', cwd} = {}) => launch(command, {stdin, cwd, keep: true}),
  };
};

/** The stage to blame: whoever broke for a reason of its own, not by writing to a consumer that had died. */
const firstBroken = (ends: readonly Ended[]): number => {
  const isBroken = (end: Ended) => end.exitCode !== 0 || end.signal !== undefined;
  const own = ends.findIndex((end) => isBroken(end) && end.signal !== 'SIGPIPE' && !/Broken pipe/.test(end.stderr));
  return own >= 0 ? own : ends.findIndex(isBroken);
};

type LaunchOptions = {
  readonly stdin: 'pipe' | 'ignore' | number;
  readonly stdout?: 'pipe' | number | Writable;
  readonly signal?: AbortSignal | undefined;
  readonly cwd?: string | undefined;
  /** Not ended by the shell's own signal: its caller ends it in its own way. */
  readonly keep?: boolean;
};

const launcher =
  ({environment, signal: every, redact, trace}: ShellOptions) =>
  (command: Command, {stdin, stdout = 'pipe', signal, cwd, keep = false}: LaunchOptions): Child => {
    trace(redact(render(command)));
    const [file, ...args] = boundToParent([command.file, ...command.args]);
    const child = execa(file, args, {
      env: {...environment, ...command.env},
      extendEnv: false,
      // A descriptor or another child's stream goes to the new process as it is; execa's types know literals only.
      stdin: stdin as 'pipe',
      stdout: stdout as 'pipe',
      stderr: 'pipe',
      reject: false,
      buffer: false,
      detached: true,
      forceKillAfterDelay: killDelayMilliseconds,
      ...(cwd === undefined ? {} : {cwd}),
      ...(keep ? {} : {cancelSignal: signal ? AbortSignal.any([every, signal]) : every}),
    });
    const stderr = tailOf(child.stderr as Readable | null);
    const ended = child.then(async (result): Promise<Ended> => {
      const isStarted = result.exitCode !== undefined || result.signal !== undefined;
      return {
        exitCode: result.exitCode,
        signal: result.signal,
        failure: isStarted ? undefined : (result.originalMessage ?? 'it could not be started'),
        stderr: redact(stderr()),
      };
    });
    return {
      pid: child.pid,
      stdin: child.stdin as Writable | null,
      stdout: child.stdout as Readable | null,
      ended,
      kill: (name) => void child.kill(name),
    };
  };

/** https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html: a kill -9 of pgkeep leaves no pg_dump at work. */
const boundToParent = (words: readonly string[]): [string, ...string[]] => {
  const setpriv = '/usr/bin/setpriv';
  try {
    accessSync(setpriv, constants.X_OK);
    return [setpriv, '--pdeathsig', 'KILL', '--', ...words];
  } catch {
    return words as [string, ...string[]];
  }
};

const failureOf = (
  command: Command,
  end: Ended,
  {kind, redact}: {kind: ErrorKind; redact: Redact},
): OpsError => {
  const tool = command.file.split('/').at(-1);
  const how = end.failure ?? (end.signal ? `was ended by ${end.signal}` : `failed with exit code ${end.exitCode}`);
  const said = printable(redact(end.stderr).trim(), {keepLines: true});
  return new OpsError(kind, `${tool} ${how}`, {cause: new ToolError(said || 'it left no message', end)});
};

/** Reads a stream to its end without stopping it, and keeps the last 64 KB: where a tool says why it failed. */
const tailOf = (stream: Readable | null): (() => string) => {
  let kept = Buffer.alloc(0);
  stream?.on('data', (chunk: Buffer) => {
    kept = Buffer.concat([kept, chunk]).subarray(-evidenceBytes);
  });
  return () => kept.toString('utf8');
};

const textOf = async (stream: Readable | null): Promise<string> => {
  if (!stream) return '';
  const chunks: Buffer[] = [];
  stream.on('data', (chunk: Buffer) => chunks.push(chunk));
  await new Promise((resolve) => stream.once('close', resolve));
  return Buffer.concat(chunks).toString('utf8');
};
