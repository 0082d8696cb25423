/** Drops what restores and undos have kept, when it has expired. */
import * as databases from '../commands/databases.ts';
import {record} from '../io/journal.ts';
import {QueryError, type Session} from '../io/session.ts';
import {prepareShelf, shelfFolder} from '../io/store.ts';
import type {DatabaseTraits} from '../model/database-facts.ts';
import {type Kept, ownerFaults} from '../model/kept.ts';
import type {Context} from './context.ts';
import {withDatabaseLock} from './database-lock.ts';
import {keptDatabases} from './kept.ts';
import type {DropPlan} from './plan-drop.ts';

export type Dropped = {readonly dropped: readonly string[]; readonly left: readonly Left[]};

/** One that stays though it has expired, and why. */
export type Left = {readonly name: string; readonly why: string};

/** Drop what has expired, each under the lock of the database that it was. Errors: locked; toolFailed. */
export const dropExpired = async (
  context: Context,
  {maintenance, kept}: DropPlan,
): Promise<Dropped> => {
  const dropped: string[] = [];
  const left: Left[] = [];
  for (const one of kept.filter(({isExpired}) => isExpired)) {
    context.signal.throwIfAborted();
    const {of: database} = one.note;
    const why = await withDatabaseLock(context, {maintenance, database}, (session) =>
      dropOne(session, one),
    );
    if (why === undefined) await note(context, one);
    if (why === undefined) dropped.push(one.name);
    else left.push({name: one.name, why});
  }
  return {dropped, left};
};

/** Why it was left, if it was. It must still be what the plan saw: names are given again. */
const dropOne = async (session: Session, {oid, name, note}: Kept): Promise<string | undefined> => {
  const present = await keptDatabases(session);
  const same = present.find((other) => other.oid === oid && other.name === name);
  if (!same) return 'it is another one now';
  const [serving] = await session.query<DatabaseTraits>(databases.databaseTraits(note.of));
  if (!serving || serving.oid === oid)
    return `there is no other '${note.of}' any more: it may be the only one left`;
  const [fault] = ownerFaults(same, serving.owner);
  if (fault) return fault.what;
  try {
    await session.query(databases.dropDatabase(name));
    return undefined;
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    return error.message;
  }
};

/** The journal of this host, where the restore was made here. */
const note = async (context: Context, {note, oid, name}: Kept) => {
  const {backups} = context.settings;
  const shelf = shelfFolder(backups, note.of);
  await prepareShelf(backups, shelf);
  const at = context.now.toISOString();
  const names = {database: note.of, next: name, before: name, oldOid: oid, set: note.set};
  await record(shelf, {run: note.run, at, verb: note.verb, step: 'dropped', ...names});
};
