/** The sessions of a migration: known by the address of its container, whatever driver it uses, or by their name. */
import {setTimeout as pause} from 'node:timers/promises';
import * as catalog from '../../commands/deploy-catalog.ts';
import type {Session} from '../../io/session.ts';
import type {ContainerState} from '../../model/deploy/container-state.ts';
import {OpsError} from '../../model/errors.ts';

export const sessionsOf = ({addresses}: ContainerState, application: string): catalog.Sessions => ({
  addresses: Object.values(addresses).filter(Boolean),
  application,
});

const patienceSeconds = 20;

/**
 * Ends sessions while `stop` ends their client. A server goes on with a statement whose client has gone; and an
 * address is somebody else's as soon as the container has none: so they are noted before. Errors: toolFailed where one
 * does not go.
 */
export const endSessions = async (
  session: Session,
  sessions: catalog.Sessions,
  stop: () => Promise<void>,
): Promise<void> => {
  const ids = await session.query<catalog.SessionId>(catalog.sessionIds(sessions));
  await stop();
  const deadline = performance.now() + patienceSeconds * 1_000;
  while (ids.length > 0) {
    const [count = 0] = await session.query<number>(catalog.endThese(ids));
    if (count === 0) return;
    if (performance.now() > deadline)
      throw new OpsError('toolFailed', `${count} sessions of the migration do not end`, {
        hint: "look at the server's pg_stat_activity",
      });
    await pause(100);
  }
};
