/** Whether a SQLite file is whole, and what its foreign keys miss. */
import type {Orphans} from '../../commands/migrate-spanning.ts';
import * as sentences from '../../commands/sqlite.ts';
import {askSqlite} from '../../io/sources/sqlite.ts';
import {OpsError} from '../../model/errors.ts';
import {printable} from '../../model/redact.ts';
import type {Context} from '../context.ts';
import type {Reading} from './profile-tables.ts';

/** Every page and index of the copy; then the rows that refer to nothing. Errors: notIntact. */
export const checkIntegrity = async (
  {shell}: Context,
  reading: Reading,
  file: string,
): Promise<Orphans> => {
  const found = await askSqlite(shell, reading, sentences.integrityCheck).catch((error) =>
    isOwnCollation(error) ? askSqlite(shell, reading, sentences.quickCheck) : Promise.reject(error),
  );
  if (found.length !== 1 || found[0] !== 'ok')
    throw new OpsError(
      'notIntact',
      `'${file}' is damaged: ${printable(found.slice(0, 5).join('; '))}`,
      {
        hint: '`sqlite3 FILE .recover` saves what can be read into a new file; `REINDEX` mends what is wrong in an index alone',
      },
    );
  const orphans = new Map<string, Map<number, number>>();
  const lines = await askSqlite(shell, reading, sentences.foreignKeyCheck).catch(unlessMismatch);
  for (const line of lines) {
    const {table, id, rows} = JSON.parse(line) as {table: string; id: number; rows: number};
    orphans.set(table, (orphans.get(table) ?? new Map<number, number>()).set(id, rows));
  }
  return orphans;
};

/** An index in an order that the application alone knows: its order can't be checked here. */
const isOwnCollation = (error: unknown): boolean =>
  error instanceof OpsError && /no such collation/.test(String((error.cause as Error).message));

/** A foreign key to what is no key: SQLite can't check any then; the server says which it refuses. */
const unlessMismatch = (error: unknown): readonly string[] => {
  const cause = error instanceof OpsError ? String((error.cause as Error).message) : '';
  if (/foreign key mismatch/.test(cause)) return [];
  throw error;
};
