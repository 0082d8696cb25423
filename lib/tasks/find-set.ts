/** Finds sets by what an operator calls them: an id, `latest`, or a folder. */
import {isAbsolute, resolve} from 'node:path';
import {
  openSet,
  readShelf,
  type Shelf,
  type StoredSet,
  shelfFolder,
  shelvesIn,
} from '../io/store.ts';
import {OpsError} from '../model/errors.ts';
import {momentOf} from '../model/set-id.ts';
import type {Context} from './context.ts';

export type Shelved = Shelf & {readonly folder: string; readonly database: string};

/** Every database's sets, or one database's. */
export const readShelves = async (
  {settings}: Pick<Context, 'settings'>,
  database?: string,
): Promise<readonly Shelved[]> => {
  const {backups} = settings;
  const folders =
    database === undefined ? await shelvesIn(backups) : [shelfFolder(backups, database)];
  const shelves = await Promise.all(
    folders.map(async (folder) => {
      const shelf = await readShelf(folder);
      const name =
        database ?? shelf.sets.at(-1)?.manifest.database ?? folder.split('/').at(-1) ?? '';
      return {...shelf, folder, database: name};
    }),
  );
  return shelves.filter(({sets, unreadable}) => sets.length + unreadable.length > 0);
};

/** The newest complete set that is not dated in the future. */
export const newestOf = ({sets}: Pick<Shelf, 'sets'>, now: Date): StoredSet | undefined =>
  sets.findLast(({manifest}) => (momentOf(manifest.id)?.getTime() ?? 0) <= now.getTime());

/**
 * One set. `latest` is the newest of the database meant: the one named, else the configured one,
 * else the only one. Errors: usage (exit 2) for one that is not there or could be several;
 * notIntact for a folder that is no complete set.
 */
export const findSet = async (
  context: Context,
  name: string,
  database?: string,
): Promise<StoredSet> => {
  if (name.includes('/')) return openSet(isAbsolute(name) ? name : resolve(name));
  const shelves = await readShelves(context, database);
  if (name === 'latest') return latest(context, shelves, database);
  const found = shelves.flatMap(({sets}) => sets.filter(({manifest}) => manifest.id === name));
  if (found.length > 1)
    throw new OpsError(
      'usage',
      `the id '${name}' is one of several databases: ${found.map(({manifest}) => manifest.database).join(', ')}`,
      {
        hint: 'name one with --database',
      },
    );
  if (found[0]) return found[0];
  const broken = shelves
    .flatMap(({unreadable}) => unreadable)
    .find(({folder}) => folder.endsWith(`/${name}`));
  if (broken) return openSet(broken.folder);
  throw new OpsError('usage', `there is no set '${name}'`, {
    hint: '`pgkeep list` shows the sets that are there',
  });
};

const latest = (
  {settings, now}: Context,
  shelves: readonly Shelved[],
  database: string | undefined,
): StoredSet => {
  const wanted = database ?? settings.connection?.libpq['PGDATABASE'];
  const named = shelves.filter((shelf) => shelf.database === wanted);
  const candidates = named.length > 0 || database !== undefined ? named : shelves;
  if (candidates.length > 1)
    throw new OpsError(
      'usage',
      `there are sets of several databases: ${candidates.map((shelf) => shelf.database).join(', ')}`,
      {
        hint: 'name one with --database',
      },
    );
  const newest = candidates[0] && newestOf(candidates[0], now);
  if (newest) return newest;
  throw new OpsError('usage', `there is no set${wanted === undefined ? '' : ` of '${wanted}'`}`, {
    hint: '`pgkeep backup` makes one; `pgkeep list` shows those that are there',
  });
};
