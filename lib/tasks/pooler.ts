import type {Session} from '../io/session.ts';
import {OpsError} from '../model/errors.ts';
import {type Server, withServerSession} from './connect.ts';
import type {Context} from './context.ts';

/**
 * Refuse a pooler that gives a backend away between transactions: settings, locks and the snapshot
 * of a session would be somebody else's. Two open sessions that share a backend show it.
 * https://www.pgbouncer.org/features.html. Errors: unavailable.
 */
export const assertDirect = async (
  context: Context,
  server: Server,
  session: Session,
): Promise<void> => {
  const [ours] = await session.query<number>(backend);
  const [theirs] = await withServerSession(context, server, (other) =>
    other.query<number>(backend),
  );
  if (ours !== theirs) return;
  throw new OpsError('unavailable', 'a pooler in transaction mode stands before the server', {
    hint: 'connect to the server itself, or to a pool in session mode: a backup needs a session of its own from beginning to end',
  });
};

const backend = 'SELECT to_json(pg_backend_pid())';
