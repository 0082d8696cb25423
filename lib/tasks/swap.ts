/**
 * Two databases change names in one transaction, so that a crash leaves both or neither changed.
 * The first rename takes the lock on the database and waits up to five seconds for its clients to go;
 * meanwhile a second session ends them, again and again, since they come back.
 */
import {setTimeout as pause} from 'node:timers/promises';
import * as databases from '../commands/databases.ts';
import {QueryError, type Session} from '../io/session.ts';
import {commentOf, type Note} from '../model/beside.ts';
import {OpsError} from '../model/errors.ts';
import {type Server, withServerSession} from './connect.ts';
import type {Context} from './context.ts';

export type Swap = {
  /** The name that both are about. */
  readonly database: string;
  /** The database that takes the name, and the comment that it is to have. */
  readonly next: string;
  readonly comment: string | null;
  /** The name and the note of the one that gives it up; undefined where nothing has it. */
  readonly old: {readonly name: string; readonly note: Note} | undefined;
};

const attempts = 3;
const betweenRounds = 5;

/**
 * Swap, and give the milliseconds for which nobody could connect. Errors: toolFailed where it could not
 * be done; then nothing has changed.
 */
export const swap = (context: Context, maintenance: Server, plan: Swap): Promise<number> =>
  withServerSession(context, maintenance, (session) =>
    withServerSession(context, maintenance, async (ender) => {
      for (let attempt = 1; ; attempt += 1) {
        const startedAt = performance.now();
        try {
          await exchange(session, ender, plan);
          return performance.now() - startedAt;
        } catch (error) {
          if (!(error instanceof QueryError)) throw error;
          await session.query('ROLLBACK');
          if (error.state !== '55006' || attempt === attempts) throw notSwapped(error);
          context.reporter.step('clients came back faster than they were ended: trying again');
        }
      }
    }),
  );

const exchange = async (
  session: Session,
  ender: Session,
  {database, next, comment, old}: Swap,
): Promise<void> => {
  // Ended before the lock is asked for: the server looks again only every tenth of a second.
  if (old) await ender.query(databases.endClients(database));
  await ender.query(databases.endClients(next));
  await session.query('BEGIN');
  // Whatever server or role say: what is told as swapped must outlive a crash right after it.
  await session.query('SET LOCAL synchronous_commit = on');
  if (old) {
    await whileEnding(ender, database, session.query(databases.renameDatabase(database, old.name)));
    await session.query(databases.commentOnDatabase(old.name, commentOf(old.note)));
  }
  await session.query(databases.renameDatabase(next, database));
  await session.query(databases.commentOnDatabase(database, comment));
  await session.query('COMMIT');
};

/** Ends the clients of a database again and again for as long as the work takes. */
const whileEnding = async (ender: Session, database: string, work: Promise<unknown>) => {
  let isDone = false;
  const done = work.finally(() => {
    isDone = true;
  });
  const end = async () => {
    while (!isDone) {
      await ender.query(databases.endClients(database));
      await pause(betweenRounds);
    }
  };
  const [outcome] = await Promise.allSettled([done, end()]);
  if (outcome.status === 'rejected') throw outcome.reason;
};

const notSwapped = (cause: QueryError) =>
  new OpsError('toolFailed', 'the databases could not change names: nothing has changed', {
    hint: 'stop the clients of the database, then run again',
    cause,
  });
