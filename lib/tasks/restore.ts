/**
 * A set into a database without losing what is there: verified, what is there saved, built beside,
 * compared, and only then swapped by name. Nothing before the swap touches what serves; after it the
 * old database stays until it has expired.
 */
import {join} from 'node:path';
import {record} from '../io/journal.ts';
import {withLock} from '../io/lock.ts';
import {withStaging} from '../io/staging.ts';
import {prepareShelf, type StoredSet, shelfFolder} from '../io/store.ts';
import {assertMaySee} from '../io/toolbox.ts';
import {displayIdentifier} from '../model/catalog.ts';
import {flagWord} from '../model/command.ts';
import {type Connection, toDatabase} from '../model/connection.ts';
import {OpsError} from '../model/errors.ts';
import type {RestorePlan} from '../model/restore-plan.ts';
import {entryOf} from '../model/turn.ts';
import {takeSet} from './backup.ts';
import {type Building, buildAndSwap, type Hands, type Swapped, turnOf} from './build-and-swap.ts';
import {reach} from './connect.ts';
import type {Context} from './context.ts';
import {withDatabaseLock} from './database-lock.ts';
import {forgetSnapshot} from './forget-snapshot.ts';
import {clearInterrupted} from './interrupted.ts';
import type {Planned} from './plan-restore.ts';
import {refuseChanged} from './refuse-changed.ts';
import type {Source} from './source.ts';

export type Restored = Swapped & {
  readonly plan: RestorePlan;
  /** The set of what was there; undefined where nothing was. */
  readonly snapshot: StoredSet | undefined;
  readonly seconds: number;
};

export type RestoreWork = Planned & {
  readonly source: Source;
  readonly connection: Connection;
  readonly hands: Hands;
  readonly findStops: Building['findStops'];
};

/**
 * Carry out a plan. Errors: unavailable for the plan's faults; notIntact for a damaged set or a copy that is
 * not what the set recorded; locked; toolFailed; then the database is what it was. undecided where the
 * server went away at the very moment of the swap.
 */
export const restore = async (context: Context, work: RestoreWork): Promise<Restored> => {
  const {plan, look, source} = work;
  const startedAt = performance.now();
  refuseFaults(plan);
  if (source.readsFolder) assertMaySee(look.maintenance.client);
  const {backups} = context.settings;
  const shelf = shelfFolder(backups, plan.database);
  await prepareShelf(backups, shelf);
  const {maintenance} = look;
  const {database, run} = plan;
  return withShelves(context, [...new Set([shelf, ...source.shelves])], () =>
    withDatabaseLock(context, {maintenance, database}, async (session) => {
      await clearInterrupted(context, session, {shelf, database});
      await refuseChanged(session, plan);
      await source.assertWhole(context);
      if (source.rehearse) await rehearsed(context, work, shelf);
      const snapshot = plan.target && (await save(context, work, shelf));
      const swapped = await withStaging(shelf, run, ({folder}) =>
        buildAndSwap(context, {...work, folder, shelf, snapshot}),
      ).catch(async (error: unknown) => {
        if (snapshot) await forgetSnapshot(context, {snapshot, shelf, error});
        throw error;
      });
      const seconds = Math.round(performance.now() - startedAt) / 1_000;
      return {...swapped, plan, snapshot, seconds};
    }),
  );
};

/** All faults of a plan as one error; nothing happens where there is none. Errors: unavailable. */
export const refuseFaults = ({faults}: Pick<RestorePlan, 'faults'>): void => {
  if (faults.length === 0) return;
  throw new OpsError('unavailable', faults.map(({what}) => what).join('; '), {
    hint: faults.map(({hint}) => hint).join('; '),
  });
};

/** Holds the shelves of what is read and of what is written: no prune takes the set away meanwhile. */
const withShelves = <Value>(
  context: Context,
  [shelf, ...others]: readonly string[],
  work: () => Promise<Value>,
): Promise<Value> => {
  if (shelf === undefined) return work();
  const lock = {file: join(shelf, '.lock'), verb: 'restore', since: context.now.toISOString()};
  return withLock(context.shell, lock, () => withShelves(context, others, work));
};

/** In the journal, so that the next run clears up after one that was killed meanwhile. */
const rehearsed = async (context: Context, work: RestoreWork, shelf: string) => {
  const entry = entryOf(turnOf(context, work), 'started');
  await record(shelf, entry);
  try {
    await work.source.rehearse?.(context, work);
    await record(shelf, {...entry, step: 'cleared'});
  } catch (error) {
    if (error instanceof OpsError && error.kind === 'unavailable')
      await record(shelf, {...entry, step: 'failed'});
    throw error;
  }
};

/** What is there now as a set of its own, checked, before anything is made. */
const save = async (context: Context, {connection, plan}: RestoreWork, shelf: string) => {
  const server = await reach(context, toDatabase(connection, plan.database));
  const {settings} = context;
  context.reporter.step(`saving what is there as a set of its own`);
  const saving = takeSet(context, server, {
    shelf,
    request: {
      reason: 'before-restore',
      format: 'custom',
      compression: settings.compress,
      jobs: 1,
      fingerprint: 'content',
      verify: 'archive',
      rolePasswords: false,
      filters: {schemas: [], tables: [], excludeTables: [], excludeTableData: []},
    },
  });
  return saving.catch((cause: unknown) => {
    context.signal.throwIfAborted();
    throw notSaved(plan, cause);
  });
};

/** Without a snapshot nothing is replaced; what can't be read may still be put aside by hand. */
const notSaved = ({database, before}: RestorePlan, cause: unknown): OpsError => {
  const [present, aside, restored] = [database, before, `${database}_restored`].map(
    displayIdentifier,
  );
  return new OpsError(
    cause instanceof OpsError ? cause.kind : 'toolFailed',
    `the snapshot of the present '${database}' failed, so nothing was touched`,
    {
      hint: `restore beside it with ${flagWord('--into', `${database}_restored`)}, then rename by hand: ALTER DATABASE ${present} RENAME TO ${aside}; ALTER DATABASE ${restored} RENAME TO ${present};`,
      cause,
    },
  );
};
