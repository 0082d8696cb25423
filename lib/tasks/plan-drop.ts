/** Decides which of the databases that restores and undos kept have expired. */
import type {Connection} from '../model/connection.ts';
import {reachMaintenance, type Server, withServerSession} from './connect.ts';
import type {Context} from './context.ts';
import {type Expiry, expiryOf, keptDatabases} from './kept.ts';

export type DropPlan = {readonly maintenance: Server; readonly kept: readonly Expiry[]};

/** What is kept on a server, or of one database of it, newest first. Errors: unavailable. */
export const planDrop = async (
  context: Context,
  connection: Connection,
  database: string | undefined,
): Promise<DropPlan> => {
  const maintenance = await reachMaintenance(context, connection);
  const kept = await withServerSession(context, maintenance, keptDatabases);
  return {
    maintenance,
    kept: kept
      .filter(({note}) => database === undefined || note.of === database)
      .map((one) => expiryOf(context, one)),
  };
};
