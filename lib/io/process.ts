/** Starts one process. Only `shell.ts` uses this file, and only this file uses execa. */
import {accessSync, constants} from 'node:fs';
import type {Readable, Writable} from 'node:stream';
import {execa} from 'execa';
import {type Command, render} from '../model/command.ts';
import type {Redact} from '../model/redact.ts';

export type Child = {
  readonly pid: number | undefined;
  readonly stdin: Writable | null;
  readonly stdout: Readable | null;
  /** Resolves, never rejects, when the process is gone and its messages are read. */
  readonly ended: Promise<Ended>;
  kill(signal: NodeJS.Signals): void;
};

export type Ended = {
  readonly exitCode: number | undefined;
  readonly signal: string | undefined;
  /** Why it could not even start. */
  readonly failure: string | undefined;
  /** The end of what it said, secrets masked. */
  readonly stderr: string;
};

export type LaunchOptions = {
  readonly stdin: 'pipe' | 'ignore' | number;
  /** A stream is the input of another child: its descriptor goes to the new process as it is. */
  readonly stdout?: 'pipe' | number | Writable;
  readonly cwd?: string | undefined;
  /** Ends it before its time: TERM, then KILL after five seconds. */
  readonly signal: AbortSignal | undefined;
};

export type LaunchContext = {
  readonly environment: Readonly<Record<string, string>>;
  readonly redact: Redact;
  readonly trace: (line: string) => void;
};

const killDelayMilliseconds = 5_000;
const evidenceBytes = 64_000;

/** Start a command without a terminal and without buffering; it dies with pgkeep. */
export const launch = (
  command: Command,
  {stdin, stdout = 'pipe', signal, cwd}: LaunchOptions,
  {environment, redact, trace}: LaunchContext,
): Child => {
  trace(redact(render(command)));
  const [file, ...args] = boundToParent([command.file, ...command.args]);
  const child = execa(file, args, {
    env: {...environment, ...command.env},
    extendEnv: false,
    // execa's types know literals only, not descriptors.
    stdin: stdin as 'pipe',
    stdout: stdout as 'pipe',
    stderr: 'pipe',
    reject: false,
    buffer: false,
    detached: true,
    forceKillAfterDelay: killDelayMilliseconds,
    ...(cwd === undefined ? {} : {cwd}),
    ...(signal === undefined ? {} : {cancelSignal: signal}),
  });
  const stderr = tailOf(child.stderr as Readable | null);
  if (signal) endGroupOn(signal, child);
  return {
    pid: child.pid,
    stdin: child.stdin as Writable | null,
    stdout: child.stdout as Readable | null,
    ended: child.then(({exitCode, signal: name, originalMessage}) => ({
      exitCode,
      signal: name,
      failure:
        exitCode === undefined && name === undefined
          ? (originalMessage ?? 'could not be started')
          : undefined,
      stderr: redact(stderr()),
    })),
    kill: (name) => void child.kill(name),
  };
};

/**
 * What a program has started itself (a wrapper in a shell, say) ends with it: it would hold the pipes,
 * and so pgkeep, open. Each child leads a group of its own.
 */
const endGroupOn = (signal: AbortSignal, child: {pid?: number | undefined} & Promise<unknown>) => {
  const tell = (name: NodeJS.Signals) => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, name);
    } catch {
      // Gone already.
    }
  };
  let timer: NodeJS.Timeout | undefined;
  const end = () => {
    tell('SIGTERM');
    timer = setTimeout(tell, killDelayMilliseconds, 'SIGKILL');
  };
  signal.addEventListener('abort', end, {once: true});
  void child.then(() => {
    clearTimeout(timer);
    signal.removeEventListener('abort', end);
  });
};

/** A kill -9 of pgkeep leaves no pg_dump at work. https://man7.org/linux/man-pages/man2/PR_SET_PDEATHSIG.2const.html */
const boundToParent = (words: readonly [string, ...string[]]): [string, ...string[]] => {
  const setpriv = '/usr/bin/setpriv';
  try {
    accessSync(setpriv, constants.X_OK);
    return [setpriv, '--pdeathsig', 'KILL', '--', ...words];
  } catch {
    return [...words];
  }
};

/** Reads a stream to its end without stopping it, and keeps the end of it: where a tool says why it failed. */
const tailOf = (stream: Readable | null): (() => string) => {
  let kept = Buffer.alloc(0);
  stream?.on('data', (chunk: Buffer) => {
    kept = Buffer.concat([kept, chunk]).subarray(-evidenceBytes);
  });
  return () => kept.toString('utf8');
};
