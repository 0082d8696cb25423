import * as databases from '../commands/databases.ts';
import type {Session} from '../io/session.ts';
import {OpsError} from '../model/errors.ts';
import {type Server, withServerSession} from './connect.ts';
import type {Context} from './context.ts';

/**
 * One restore or undo of a database at a time, whatever host it runs on: the lock is the server's and
 * ends with the session, which the work may use. Errors: locked.
 */
export const withDatabaseLock = <Value>(
  context: Context,
  {maintenance, database}: {readonly maintenance: Server; readonly database: string},
  work: (session: Session) => Promise<Value>,
): Promise<Value> =>
  withServerSession(context, maintenance, async (session) => {
    const [isTaken] = await session.query<boolean>(databases.takeDatabaseLock(database));
    if (isTaken) return work(session);
    throw new OpsError('locked', `another pgkeep is restoring '${database}'`, {
      hint: 'wait for it to end, then run again',
    });
  });
