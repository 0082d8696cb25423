/** Which revision the application's schema is of: its migration tool writes it down, and a query of the operator reads it. */
import * as catalog from '../commands/deploy-catalog.ts';
import {QueryError, type Session} from '../io/session.ts';
import {OpsError} from '../model/errors.ts';

const undefinedTable = '42P01';
const undefinedSchema = '3F000';

/** Null where nothing was migrated yet: its table is not there, or empty. */
export const revisionIn = async (
  session: Session,
  sql: string | undefined,
): Promise<string | null> => {
  if (sql === undefined) return null;
  try {
    // It names its table as the application does.
    await session.query('RESET search_path');
    const [row] = await session.query<{revision: string | null}>(catalog.revision(sql));
    return row?.revision ?? null;
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    if ([undefinedTable, undefinedSchema].includes(error.state)) return null;
    throw new OpsError('settings', 'the server refuses the query of DEPLOY_REVISION_SQL', {
      hint: 'it has to be one SELECT of one value, such as select version_num from alembic_version',
      cause: error,
    });
  } finally {
    if (session.isOpen()) await session.query('SET search_path = pg_catalog');
  }
};
