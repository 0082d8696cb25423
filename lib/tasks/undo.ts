/** The last restore of a database taken back: the one that served before it gets its name again. */
import {join} from 'node:path';
import {record} from '../io/journal.ts';
import {withLock} from '../io/lock.ts';
import {prepareShelf, shelfFolder} from '../io/store.ts';
import type {Stoppable} from '../model/stop-services.ts';
import {asideOf, entryOf, type Turn} from '../model/turn.ts';
import type {Context} from './context.ts';
import {withDatabaseLock} from './database-lock.ts';
import {clearInterrupted} from './interrupted.ts';
import type {PlannedUndo, UndoPlan} from './plan-undo.ts';
import {refuseChanged} from './refuse-changed.ts';
import {refuseFaults} from './restore.ts';
import {settle} from './settle.ts';
import {withStops} from './stop-services.ts';
import {swap} from './swap.ts';

export type Undone = {
  readonly plan: UndoPlan;
  readonly swapMilliseconds: number | undefined;
};

export type UndoWork = PlannedUndo & {
  /** Services to be stopped around the swap; undefined where none shall be. */
  readonly findStops: (() => Promise<readonly Stoppable[]>) | undefined;
};

/**
 * Carry out a plan: the same swap as a restore's, the other way round. Nothing is dropped.
 * Errors: unavailable for the plan's faults; locked; toolFailed; undecided.
 */
export const undo = async (
  context: Context,
  {plan, look, findStops}: UndoWork,
): Promise<Undone> => {
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
      const turn = turnOf(context, plan);
      const stopping = {find: findStops, entry: entryOf(turn, 'swapping'), shelf};
      return withStops(context, stopping, async (stop) => {
        await stop();
        return swapBack(context, {plan, look}, {turn, shelf});
      });
    }),
  );
};

const swapBack = async (
  context: Context,
  {plan, look}: PlannedUndo,
  {turn, shelf}: {readonly turn: Turn; readonly shelf: string},
): Promise<Undone> => {
  const {kept, database} = plan;
  const entry = entryOf(turn, 'swapping');
  await record(shelf, entry);
  try {
    const {comment} = kept.note;
    const names = {database, next: kept.name, comment, old: asideOf(turn)};
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

const turnOf = ({now}: Context, {run, database, kept, aside, target}: UndoPlan): Turn => ({
  ...{run, verb: 'undo', at: now.toISOString(), database},
  ...{next: {name: kept.name, oid: kept.oid}, before: aside, target, set: null},
});
