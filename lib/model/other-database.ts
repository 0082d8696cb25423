/** Notices an application that is still on another database than PostgreSQL. */
import type {Given, Givens} from './givens.ts';

export const urlKeys = ['DATABASE_URL', 'POSTGRES_URL', 'DATABASE__URL'] as const;

export const isSqliteUrl = (value: string): boolean => /^(sqlite3?(\+\w+)?|file):/i.test(value);

/** What DB_TYPE or DATABASE_TYPE say, with the key that says it. */
export const databaseType = (givens: Givens): (Given & {key: string}) | undefined => {
  const key = ['DB_TYPE', 'DATABASE_TYPE'].find((name) => givens.has(name));
  const given = key === undefined ? undefined : givens.get(key);
  return key !== undefined && given ? {key, ...given} : undefined;
};

/** The key that says SQLite, with its source; undefined where none does. */
export const sqliteIn = (givens: Givens): string | undefined => {
  const url = urlKeys.find((key) => isSqliteUrl(givens.get(key)?.value ?? ''));
  const type = databaseType(givens);
  const key = url ?? (/^sqlite/i.test(type?.value ?? '') ? type?.key : undefined);
  const found = key ?? (givens.has('DB_PATH') ? 'DB_PATH' : undefined);
  return found === undefined ? undefined : `${found} (${givens.get(found)?.source})`;
};

/** Why there is no connection, and what to do about it. */
export const noConnection = (givens: Givens, project: string) => {
  const sqlite = sqliteIn(givens);
  return sqlite === undefined
    ? {
        message: 'no database is configured',
        hint: `set DATABASE_URL=postgres://user:password@host:5432/database in ${project}/.env or in the environment`,
      }
    : {
        message: `the configured database is SQLite: ${sqlite}; this needs PostgreSQL`,
        hint: 'move the data to PostgreSQL with `pgkeep migrate`, then set DATABASE_URL',
      };
};
