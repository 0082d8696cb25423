/** The processes of a throw-away server: made, awaited, ended, and their last words. */
import {constants} from 'node:fs';
import {open, readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {availableMemory} from 'node:process';
import {setTimeout} from 'node:timers/promises';
import {scratchSettings} from '../commands/scratch-settings.ts';
import {
  initdb,
  isPlainRoleName,
  postgres,
  type RunAs,
  runAs,
  singleUser,
} from '../commands/server.ts';
import type {Command} from '../model/command.ts';
import {causesOf, OpsError} from '../model/errors.ts';
import type {ScratchFolder} from './scratch-folder.ts';
import type {ScratchOptions} from './scratch-server.ts';
import type {Child, Ended, Shell} from './shell.ts';

const readySeconds = 60;

/** A cluster whose first role has the wanted name, whatever is in it. Errors: unavailable. */
export const makeCluster = async (
  shell: Shell,
  options: ScratchOptions,
  {who, data}: {who: RunAs; data: string},
): Promise<void> => {
  const {binaries, superuser, signal} = options;
  if (isPlainRoleName(superuser)) return runInitdb(shell, options, {who, data});
  await runInitdb(shell, {...options, superuser: 'postgres'}, {who, data});
  const name = superuser.replaceAll("'", "''");
  await shell.run(runAs(who, singleUser(binaries, {data}), {whenParentDies: 'KILL'}), {
    input: `SET standard_conforming_strings = on; UPDATE pg_authid SET rolname = '${name}' WHERE oid = 10;\n\n`,
    signal,
    kind: 'unavailable',
    cwd: '/',
  });
};

/** initdb, and again with the locale that every host has where ours is missing. */
const runInitdb = async (
  shell: Shell,
  {binaries, superuser, encoding = 'UTF8', locale, signal}: ScratchOptions,
  {who, data}: {who: RunAs; data: string},
): Promise<void> => {
  const make = (locale: string) =>
    shell.run(
      runAs(who, initdb(binaries, {data, superuser, encoding, locale}), {whenParentDies: 'KILL'}),
      {signal, kind: 'unavailable', cwd: '/'},
    );
  try {
    await make(locale ?? 'C.UTF-8');
  } catch (error) {
    signal.throwIfAborted();
    const said = error instanceof Error ? causesOf(error).join('\n') : '';
    if (locale === undefined && /locale/.test(said)) return void (await make('C'));
    throw new OpsError('unavailable', 'a throw-away PostgreSQL could not be made', {
      hint: /Permission denied/.test(said)
        ? 'the account that runs it cannot pass its folder: name another with PGKEEP_SCRATCH'
        : `see the message of ${binaries}/initdb`,
      cause: error,
    });
  }
};

export const serverCommand = (
  options: ScratchOptions,
  {who, folder}: {who: RunAs; folder: ScratchFolder},
): Command => {
  const settings = {
    ...scratchSettings({socket: folder.socket, memoryBytes: availableMemory()}),
    ...options.settings,
  };
  // QUIT, not KILL: the postmaster takes its children along.
  return runAs(who, postgres(options.binaries, {data: folder.data, settings}), {
    whenParentDies: 'QUIT',
    output: folder.log,
  });
};

/**
 * The postmaster itself writes "ready" to the eighth line of its PID file: what pg_ctl waits for.
 * https://github.com/postgres/postgres/blob/REL_15_STABLE/src/include/utils/pidfile.h
 */
export const untilReady = async (
  child: Child,
  folder: ScratchFolder,
  signal: AbortSignal,
): Promise<number> => {
  let ended: Ended | undefined;
  void child.ended.then((end) => {
    ended = end;
  });
  const deadline = performance.now() + readySeconds * 1_000;
  while (!ended && performance.now() < deadline) {
    signal.throwIfAborted();
    const lines = (
      await readFile(join(folder.data, 'postmaster.pid'), 'utf8').catch(() => '')
    ).split('\n');
    if (lines[7]?.trim() === 'ready') return Number(lines[0]);
    await setTimeout(15);
  }
  throw new OpsError(
    'unavailable',
    ended
      ? `a throw-away PostgreSQL ${howItEnded(ended)} while starting`
      : `a throw-away PostgreSQL was not ready after ${readySeconds} seconds`,
    {hint: 'see its log below', cause: new Error((await logTail(folder.log)) || ended?.stderr)},
  );
};

export const howItEnded = ({signal, exitCode, failure}: Ended): string =>
  failure ?? (signal ? `was ended by ${signal}` : `ended with exit code ${exitCode}`);

/** One signal after the other until it is gone: each gets what a server on a busy host needs. */
export const stopChild = async (child: Child, mode: 'fast' | 'immediate'): Promise<void> => {
  const ladder = [
    ...(mode === 'fast' ? [{signal: 'SIGINT', milliseconds: 20_000} as const] : []),
    {signal: 'SIGQUIT', milliseconds: 10_000} as const,
    {signal: 'SIGKILL', milliseconds: 10_000} as const,
  ];
  for (const {signal, milliseconds} of ladder) {
    child.kill(signal);
    const timer = new AbortController();
    const isGone = await Promise.race([
      child.ended.then(() => true),
      setTimeout(milliseconds, false, {signal: timer.signal}).catch(() => false),
    ]);
    timer.abort();
    if (isGone) return;
  }
};

/** The log belongs to the server's account: no link in its place may lead us elsewhere. */
export const logTail = async (file: string): Promise<string> => {
  const handle = await open(file, constants.O_RDONLY | constants.O_NOFOLLOW);
  try {
    const {size} = await handle.stat();
    const length = Math.min(size, 8_000);
    const {buffer} = await handle.read(Buffer.alloc(length), 0, length, size - length);
    return buffer.toString('utf8').trim();
  } finally {
    await handle.close();
  }
};
