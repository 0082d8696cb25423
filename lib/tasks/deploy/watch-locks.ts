/**
 * Beside a migration: who keeps it waiting is shown as long as it waits, and a wait that lasts is cancelled. Drivers
 * that do not know PGOPTIONS have no lock_timeout, and whoever comes later would queue up behind their wait.
 */
import * as catalog from '../../commands/deploy-catalog.ts';
import type {Session} from '../../io/session.ts';
import {printable} from '../../model/redact.ts';
import type {Context} from '../context.ts';

/** A driver that knows its lock_timeout gives up by itself; this is for the others. */
const graceSeconds = 1;

export type LockWatch = {
  /** Looks once. */
  look(sessions: catalog.Sessions): Promise<void>;
  /** Whether a wait was cancelled. */
  hasCancelled(): boolean;
};

export const watchLocks = ({reporter, settings}: Context, session: Session): LockWatch => {
  const told = new Set<string>();
  let hasCancelled = false;
  return {
    async look(sessions) {
      for (const {pid, seconds, table, blockers} of await session.query<catalog.Waiting>(
        catalog.waiting(sessions),
      )) {
        for (const blocker of blockers) {
          const {application, state, seconds: age} = blocker;
          const who = `session ${blocker.pid}${application === '' ? '' : ` (${application})`}`;
          const open = age === null ? '' : `, transaction open for ${age.toFixed(0)} s`;
          const key = `${pid} ${blocker.pid}`;
          if (told.has(key)) continue;
          told.add(key);
          reporter.warn(
            printable(
              `the migration waits for ${table ?? 'a lock'} held by ${who}: ${state}${open}`,
            ),
          );
        }
        if (seconds < settings.deployLockTimeoutSeconds + graceSeconds) continue;
        hasCancelled = true;
        await session.query(catalog.cancel(pid));
      }
    },
    hasCancelled: () => hasCancelled,
  };
};
