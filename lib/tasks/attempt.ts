import {QueryError, type Session} from '../io/session.ts';

/**
 * Ask in a savepoint that is rolled back: a refused statement comes back as a value and does not
 * end the transaction, and the locks that it took (each index of a table) are given back, so ten
 * thousand tables need room for one. The transaction must be open.
 */
export const attempt = async <Row>(
  session: Session,
  sql: string,
): Promise<readonly Row[] | QueryError> => {
  await session.query('SAVEPOINT attempt');
  try {
    return await session.query<Row>(sql);
  } catch (error) {
    if (error instanceof QueryError) return error;
    throw error;
  } finally {
    if (session.isOpen()) {
      await session.query('ROLLBACK TO SAVEPOINT attempt');
      await session.query('RELEASE SAVEPOINT attempt');
    }
  }
};
