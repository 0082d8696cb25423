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
import {idFor} from '../model/set-id.ts';
import type {Context} from './context.ts';
import {identify} from './identify.ts';

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

/** The set that `latest` means on a shelf; none; or why there is no saying. */
export type Latest = {readonly set: StoredSet | undefined} | {readonly doubt: string};

/**
 * The newest complete set that is not dated in the future. Where sets of several servers lie side by
 * side, come by bundles or left by a server before, nobody but the operator knows which is meant; but
 * for one who stands before one of these servers, named by its system identifier.
 */
export const latestOn = (
  {sets, database}: Pick<Shelved, 'sets' | 'database'>,
  now: Date,
  system?: string,
): Latest => {
  const today = idFor(now);
  const dated = sets.filter(({manifest}) => manifest.id <= today);
  // What a restore put aside is what somebody wanted to be rid of: it is restored by its id.
  const wanted = dated.filter(({manifest}) => manifest.reason !== 'before-restore');
  const present = wanted.length > 0 ? wanted : dated;
  const own = present.findLast(({manifest}) => manifest.server.systemIdentifier === system);
  if (own) return {set: own};
  const newest = new Map(
    present.flatMap(({manifest: {server, id}}) =>
      server.systemIdentifier === null ? [] : [[server.systemIdentifier, id]],
    ),
  );
  if (newest.size < 2) return {set: present.at(-1)};
  const each = [...newest].map(([server, id]) => `system ${server} (newest ${id})`);
  return {doubt: `there are sets of '${database}' of several servers: ${each.join(', ')}`};
};

/**
 * One set. `latest` is the newest of the database meant: the one named, else the configured one,
 * else the only one; of one server. Errors: usage (exit 2) for one that is not there or could be several;
 * notIntact for a folder that is no complete set.
 */
export const findSet = async (
  context: Context,
  name: string,
  database?: string,
  system?: string,
): Promise<StoredSet> => {
  if (name.includes('/')) return openSet(isAbsolute(name) ? name : resolve(name));
  const shelves = await readShelves(context, database);
  if (name === 'latest') return latest(context, shelves, {database, system});
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

/** Only where sets of several servers lie side by side, the configured one is asked which it is. */
const latestHere = async (context: Context, shelf: Shelved, system?: string): Promise<Latest> => {
  const {now, settings} = context;
  const found = latestOn(shelf, now, system);
  if (!('doubt' in found) || system !== undefined || !settings.connection) return found;
  const patience = {...settings, connectAttempts: 1};
  return identify({...context, settings: patience}, settings.connection).then(
    (here) => latestOn(shelf, now, here.system),
    () => found,
  );
};

const latest = async (
  context: Context,
  shelves: readonly Shelved[],
  {database, system}: {database: string | undefined; system: string | undefined},
): Promise<StoredSet> => {
  const {settings} = context;
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
  const [shelf] = candidates;
  const found = shelf ? await latestHere(context, shelf, system) : {set: undefined};
  if ('doubt' in found)
    throw new OpsError('usage', `${found.doubt}: 'latest' could be any of them`, {
      hint: 'name the id; sets of a server that is gone can be moved to another folder, and are found there by their path',
    });
  const taken = found.set?.manifest.server.systemIdentifier ?? system;
  if (found.set && system !== undefined && taken !== system)
    throw new OpsError(
      'usage',
      `the newest set of '${found.set.manifest.database}', ${found.set.manifest.id}, is of another server (system ${taken}), and 'latest' is of this one (${system})`,
      {
        hint: `name the id where it is meant: ${found.set.manifest.id}`,
      },
    );
  if (found.set) return found.set;
  throw new OpsError('usage', `there is no set${wanted === undefined ? '' : ` of '${wanted}'`}`, {
    hint: '`pgkeep backup` makes one; `pgkeep list` shows those that are there',
  });
};
