/** Watches over the tools that run in a container of the operator's, and ends what is left of them. */
import {setTimeout as pause} from 'node:timers/promises';
import {type Container, guardian, guardianSays} from '../commands/container.ts';
import {OpsError} from '../model/errors.ts';
import type {Child, Shell} from './shell.ts';

export type Guard = {
  /** Ends every tool of the run in that container; for what a failure may have left. */
  clear(): Promise<void>;
  /** The same for good. */
  close(): Promise<void>;
};

/** Watch over the tools of this run in a container of the operator's. Errors: unavailable. */
export const openGuard = async (shell: Shell, container: Container): Promise<Guard> => {
  const child = shell.start(guardian(container));
  child.stdin?.on('error', () => {});
  await untilSaid(child, guardianSays.ready, shell.signal).catch((cause: unknown) => {
    child.kill('SIGKILL');
    shell.signal.throwIfAborted();
    throw new OpsError('unavailable', 'no shell could be run in the container', {
      hint: 'pgkeep needs sh, grep and sleep in it, as every image of PostgreSQL has them',
      cause,
    });
  });
  return {
    clear: async () => {
      const cleared = untilSaid(child, guardianSays.cleared, undefined).catch(() => {});
      child.stdin?.write('\n');
      await cleared;
    },
    close: async () => {
      child.stdin?.end();
      const isGone = await Promise.race([
        child.ended.then(() => true),
        pause(15_000, false, {ref: false}),
      ]);
      if (!isGone) child.kill('SIGKILL');
      await child.ended;
    },
  };
};

/** Waits for words on standard output. Errors: what it said where it ended instead; the reason of the signal. */
export const untilSaid = (
  child: Child,
  words: string,
  signal: AbortSignal | undefined,
): Promise<undefined> =>
  new Promise((resolve, reject) => {
    let said = '';
    child.stdout?.on('data', (chunk: Buffer) => {
      said += chunk;
      if (said.includes(words)) resolve(undefined);
    });
    void child.ended.then(({stderr, failure}) => reject(new Error(stderr.trim() || failure)));
    signal?.addEventListener('abort', () => reject(signal.reason), {once: true});
  });
