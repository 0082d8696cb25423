import {folderBytes} from '../io/folder-size.ts';
import {OpsError} from '../model/errors.ts';
import type {Context} from './context.ts';

/**
 * Watch a folder grow while `work` fills it: shows progress, and ends the work when not a byte
 * came for `stallSeconds`. A link that is black-holed sends no error; silence is the only sign.
 * Errors: timedOut (exit 124), or whatever `work` throws.
 */
export const watchGrowth = async <Value>(
  context: Context,
  {
    folder,
    phase,
    expectedBytes,
  }: {folder: string; phase: string; expectedBytes?: number | undefined},
  work: (context: Context) => Promise<Value>,
): Promise<Value> => {
  const {stallSeconds} = context.settings;
  const stall = new AbortController();
  const shell = context.shell.under(stall.signal);
  const progress = context.reporter.progress(phase);
  let bytes = 0;
  let grewAt = performance.now();
  const look = async () => {
    const now = await folderBytes(folder);
    if (now !== bytes) grewAt = performance.now();
    bytes = now;
    progress.update({done: bytes, unit: 'bytes', ...(expectedBytes ? {total: expectedBytes} : {})});
    if (performance.now() - grewAt > stallSeconds * 1_000)
      stall.abort(stalled(phase, stallSeconds));
  };
  const timer = setInterval(() => void look(), 1_000);
  try {
    return await work({...context, shell, signal: shell.signal});
  } finally {
    clearInterval(timer);
    progress.end();
  }
};

/**
 * Work that says when something has moved, ended when it says nothing for `stallSeconds`: a program may turn in
 * circles over a damaged file. Errors: timedOut (exit 124), or whatever `work` throws.
 */
export const watchSilence = async <Value>(
  context: Context,
  phase: string,
  work: (context: Context, moved: () => void) => Promise<Value>,
): Promise<Value> => {
  const {stallSeconds} = context.settings;
  const stall = new AbortController();
  const shell = context.shell.under(stall.signal);
  let movedAt = performance.now();
  const moved = () => {
    movedAt = performance.now();
  };
  const timer = setInterval(() => {
    if (performance.now() - movedAt > stallSeconds * 1_000)
      stall.abort(stalled(phase, stallSeconds));
  }, 1_000);
  try {
    return await work({...context, shell, signal: shell.signal}, moved);
  } finally {
    clearInterval(timer);
  }
};

const stalled = (phase: string, seconds: number) =>
  new OpsError('timedOut', `${phase}: nothing moved for ${seconds} s`, {
    hint: 'check the network, the server and the disk; PGKEEP_STALL_SECONDS sets the patience',
  });
