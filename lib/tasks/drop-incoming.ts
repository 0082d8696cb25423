/** The end of a database that was being built and is not to serve. */
import * as databases from '../commands/databases.ts';
import {QueryError, type Session} from '../io/session.ts';

const attempts = 3;

/**
 * Why it is left, if it is: what failed before is the news, and this a warning. Without FORCE, which asks
 * for a right over autovacuum's workers too, while a plain DROP ends those by itself.
 * https://www.postgresql.org/docs/current/sql-dropdatabase.html
 */
export const dropIncoming = async (session: Session, name: string): Promise<string | undefined> => {
  for (let attempt = 1; ; attempt += 1) {
    try {
      await session.query(databases.endClients(name));
      await session.query(databases.dropUnused(name));
      return undefined;
    } catch (error) {
      if (!(error instanceof QueryError)) throw error;
      if (error.state !== '55006' || attempt === attempts) return error.message;
    }
  }
};
