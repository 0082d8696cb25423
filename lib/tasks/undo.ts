/** The last restore of a database taken back: the one that served before it gets its name again. */
import {join} from 'node:path';
import * as databases from '../commands/databases.ts';
import {record} from '../io/journal.ts';
import {withLock} from '../io/lock.ts';
import type {Session} from '../io/session.ts';
import {prepareShelf, shelfFolder} from '../io/store.ts';
import {OpsError} from '../model/errors.ts';
import type {Entry} from '../model/restore-journal.ts';
import type {Context} from './context.ts';
import {withDatabaseLock} from './database-lock.ts';
import {clearInterrupted} from './interrupted.ts';
import type {PlannedUndo, UndoPlan} from './plan-undo.ts';
import {refuseFaults} from './restore.ts';
import {settle} from './settle.ts';
import {swap} from './swap.ts';

export type Undone = {
  readonly plan: UndoPlan;
  readonly swapMilliseconds: number | undefined;
};

/**
 * Carry out a plan: the same swap as a restore's, the other way round. Nothing is dropped.
 * Errors: unavailable for the plan's faults; locked; toolFailed; undecided.
 */
export const undo = async (context: Context, {plan, look}: PlannedUndo): Promise<Undone> => {
  refuseFaults(plan);
  const {backups} = context.settings;
  const {database} = plan;
  const shelf = shelfFolder(backups, database);
  await prepareShelf(backups, shelf);
  const {maintenance} = look;
  const lock = {file: join(shelf, '.lock'), verb: 'undo', since: context.now.toISOString()};
  return withLock(context.shell, lock, () =>
    withDatabaseLock(context, {maintenance, database}, async (session) => {
      await clearInterrupted(context, session, {shelf, database});
      await refuseChanged(session, plan);
      return swapBack(context, {plan, look}, shelf);
    }),
  );
};

const swapBack = async (
  context: Context,
  {plan, look}: PlannedUndo,
  shelf: string,
): Promise<Undone> => {
  const {kept, database} = plan;
  const entry = entryOf(context, plan);
  await record(shelf, entry);
  try {
    const {comment} = kept.note;
    const names = {database, next: kept.name, comment, old: oldOf(context, plan)};
    const swapMilliseconds = await swap(context, look.maintenance, names);
    await record(shelf, {...entry, step: 'swapped'});
    await record(shelf, {...entry, run: kept.note.run, verb: 'restore', step: 'undone'});
    return {plan, swapMilliseconds};
  } catch (error) {
    const isSwapped = await settle(context, look.maintenance, {entry, shelf});
    if (!isSwapped) throw error;
    return {plan, swapMilliseconds: undefined};
  }
};

const entryOf = ({now}: Context, {run, database, kept, aside, target}: UndoPlan): Entry => ({
  run,
  at: now.toISOString(),
  verb: 'undo',
  step: 'swapping',
  database,
  next: kept.name,
  before: aside,
  oldOid: target?.oid ?? null,
  newOid: kept.oid,
  set: null,
});

const oldOf = ({now}: Context, {run, database, aside, target}: UndoPlan) =>
  target && {
    name: aside,
    note: {
      pgkeep: 1,
      role: 'before',
      of: database,
      run,
      verb: 'undo',
      at: now.toISOString(),
      set: null,
      comment: target.comment,
    } as const,
  };

const refuseChanged = async (session: Session, {database, target, kept}: UndoPlan) => {
  const [found] = await session.query<{oid: number}>(databases.databaseTraits(database));
  const [name] = await session.query<string>(databases.nameOf(kept.oid));
  if (found?.oid === target?.oid && name === kept.name) return;
  throw new OpsError(
    'unavailable',
    `'${database}' or '${kept.name}' changed since the plan was made`,
    {
      hint: 'run again and read the new plan',
    },
  );
};
