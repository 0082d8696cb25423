/** Which server is which: the identifier that initdb gave it. */
import * as catalog from '../commands/catalog.ts';
import {QueryError, type Session} from '../io/session.ts';
import type {Connection} from '../model/connection.ts';
import {reachMaintenance, withServerSession} from './connect.ts';
import type {Context} from './context.ts';

/** Which server a connection leads to; undefined where the role may not know it. Errors: unavailable. */
export const identify = async (
  context: Context,
  connection: Connection,
): Promise<{readonly system: string | undefined}> => {
  const maintenance = await reachMaintenance(context, connection);
  return withServerSession(context, maintenance, async (session) => ({
    system: (await systemOf(session)) ?? undefined,
  }));
};

/** Null where the role may not know it. */
export const systemOf = async (session: Session): Promise<string | null> => {
  try {
    return (await session.query<string>(catalog.systemIdentifier))[0] ?? null;
  } catch (error) {
    if (error instanceof QueryError) return null;
    throw error;
  }
};
