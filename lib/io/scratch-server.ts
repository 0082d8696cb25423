/** A throw-away PostgreSQL: for drills, for the story of `npm start`, for tests. */
import {setTimeout} from 'node:timers/promises';
import {scratchPort} from '../commands/scratch-settings.ts';
import {OpsError} from '../model/errors.ts';
import {makeScratchFolder, type ScratchFolder} from './scratch-folder.ts';
import {
  howItEnded,
  logTail,
  makeCluster,
  serverCommand,
  stopChild,
  untilReady,
} from './scratch-process.ts';
import {serverAccount} from './server-account.ts';
import type {Child, Ended, Shell} from './shell.ts';

export type ScratchOptions = {
  /** The folder with initdb and postgres. */
  readonly binaries: string;
  /** An existing folder with space for the data, that unprivileged accounts can pass: `/var/tmp`. */
  readonly folder: string;
  /** The name of the cluster's first role. */
  readonly superuser: string;
  /** Default `UTF8`. */
  readonly encoding?: string;
  /** Default `C.UTF-8`, or `C` where the host has no such locale; a named one must be there. */
  readonly locale?: string;
  /** On top of `scratchSettings`; these win. */
  readonly settings?: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
};

export type ScratchServer = {
  /** How to reach it: `PGHOST` (a folder), `PGPORT`, `PGUSER`, `PGDATABASE=postgres`. */
  readonly libpq: Readonly<Record<string, string>>;
  readonly folder: string;
  /** Of the postmaster. */
  readonly pid: number;
  /** `fast` writes everything out, `immediate` does not; both end every process. The first call counts. */
  stop(mode: 'fast' | 'immediate'): Promise<void>;
};

/** A server without a bracket, for whoever brings his own `finally`. */
export type StartedServer = ScratchServer & {
  /** Stops it and removes its folder. Errors: toolFailed where something stays behind. */
  end(): Promise<void>;
  /** The server's last words where it ended by itself; undefined while it runs or was stopped. */
  accident(): Promise<OpsError | undefined>;
};

/**
 * A PostgreSQL of its own for as long as `use` runs: on a Unix socket in a folder of mode 0700,
 * no TCP port, no fsync, as an unprivileged account under root. Gone afterwards with all its
 * processes and files: when `use` throws, when `signal` aborts (the server stops at once, so that
 * whatever `use` waits for ends), and when pgkeep is killed (the kernel ends the server, the next
 * run sweeps the folder).
 * Errors: unavailable where it can't be made or started, toolFailed where it ended while in use,
 * with the end of its log as the cause; the reason of `signal`; whatever `use` throws.
 */
export const withScratchServer = async <T>(
  shell: Shell,
  options: ScratchOptions,
  use: (server: ScratchServer) => Promise<T>,
): Promise<T> => {
  const server = await startScratchServer(shell, options);
  const stopNow = () => void server.stop('immediate');
  options.signal.addEventListener('abort', stopNow, {once: true});
  let result: T;
  try {
    options.signal.throwIfAborted();
    result = await use(server);
    options.signal.throwIfAborted();
  } catch (error) {
    const accident = options.signal.aborted ? undefined : await server.accident();
    // The first error is the one to tell; a folder that stays is swept by the next run.
    await server.end().catch(() => {});
    options.signal.throwIfAborted();
    if (accident)
      throw new OpsError(accident.kind, accident.message, {cause: withCause(accident, error)});
    throw error;
  } finally {
    options.signal.removeEventListener('abort', stopNow);
  }
  await server.end();
  return result;
};

/** The same without the bracket: the caller must call `end()`. Errors: as above. */
export const startScratchServer = async (
  shell: Shell,
  options: ScratchOptions,
): Promise<StartedServer> => {
  const who = await serverAccount(shell, options.binaries, options.signal);
  const folder = await makeScratchFolder(shell, options.folder, who);
  let child: Child | undefined;
  try {
    await makeCluster(shell, options, {who, data: folder.data});
    child = shell.start(serverCommand(options, {who, folder}), {stdin: 'ignore'});
    const pid = await untilReady(child, folder, options.signal);
    return serverOf({child, pid, folder, superuser: options.superuser});
  } catch (error) {
    if (child) await stopChild(child, 'immediate');
    await folder.remove().catch(() => {});
    options.signal.throwIfAborted();
    throw error;
  }
};

const withCause = (accident: OpsError, error: unknown): Error =>
  new Error(accident.cause instanceof Error ? accident.cause.message : 'it left no message', {
    cause: error,
  });

type Parts = {child: Child; pid: number; folder: ScratchFolder; superuser: string};

const serverOf = ({child, pid, folder, superuser}: Parts): StartedServer => {
  let stopped: Promise<void> | undefined;
  let ended: Ended | undefined;
  void child.ended.then((end) => {
    ended = end;
  });
  const stop = (mode: 'fast' | 'immediate') => (stopped ??= stopChild(child, mode));
  return {
    libpq: {PGHOST: folder.socket, PGPORT: scratchPort, PGUSER: superuser, PGDATABASE: 'postgres'},
    folder: folder.path,
    pid,
    stop,
    async end() {
      // Immediate: what a checkpoint would write is thrown away.
      await stop('immediate');
      await folder.remove();
    },
    async accident() {
      // A client hears of a crash before the postmaster has gone.
      await Promise.race([child.ended, setTimeout(250)]);
      if (!ended || stopped) return undefined;
      const message = `the throw-away PostgreSQL ${howItEnded(ended)} while in use`;
      const cause = new Error((await logTail(folder.log)) || ended.stderr);
      return new OpsError('toolFailed', message, {cause});
    },
  };
};
