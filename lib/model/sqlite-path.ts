/** Where an application that is still on SQLite says that its file is. */
import {resolve} from 'node:path';
import {parseEnvFile} from './env-file.ts';
import type {Givens, Surroundings} from './givens.ts';
import {isSqliteUrl, urlKeys} from './other-database.ts';

/**
 * The path in a URL as applications write it: SQLAlchemy's `sqlite:///app.db` is a relative path and
 * `sqlite:////srv/app.db` an absolute one, Prisma's is `file:./dev.db`. Undefined for a database in memory.
 */
export const sqlitePathOf = (url: string): string | undefined => {
  const [, rest = ''] = /^(?:sqlite3?(?:\+\w+)?|file):(.*)$/is.exec(url) ?? [];
  const [path = ''] = rest.split('?');
  const local = path.startsWith('//') ? path.replace(/^\/\/(?:localhost)?\/?/, '') : path;
  return local === '' || local === ':memory:' ? undefined : decodeURI(local);
};

/** The file that the settings name, from the project's folder. */
export const configuredSqlite = (givens: Givens, project: string): string | undefined => {
  const url = urlKeys.map((key) => givens.get(key)?.value ?? '').find(isSqliteUrl);
  const path = (url && sqlitePathOf(url)) ?? givens.get('DB_PATH')?.value;
  return path === undefined ? undefined : resolve(project, path);
};

/**
 * As if PostgreSQL were configured by this URL: it wins over every other one, and what names the SQLite file
 * stays.
 */
export const aimedAt = (surroundings: Surroundings, url: string): Surroundings => {
  const {environment, file} = surroundings;
  const written = parseEnvFile(file.text ?? '').values;
  const replaced = urlKeys.filter(
    (key) => !isSqliteUrl(environment[key] ?? written.get(key)?.value ?? ''),
  );
  const aimed = Object.fromEntries(replaced.map((key) => [key, url]));
  return {...surroundings, environment: {...environment, ...aimed}};
};
