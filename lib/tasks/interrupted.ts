/**
 * What restores and undos that died have left. The journal says what they were about to do, the server
 * says by the oids how far they came: the swap is one transaction, so it is done or it is not.
 */
import * as databases from '../commands/databases.ts';
import {readJournal, record} from '../io/journal.ts';
import type {Session} from '../io/session.ts';
import {type Commented, keptAmong} from '../model/kept.ts';
import {type Entry, openRuns} from '../model/restore-journal.ts';
import type {Context} from './context.ts';
import {dropIncoming} from './drop-incoming.ts';
import {dropLoader} from './settle.ts';
import {resumeStopped} from './stop-services.ts';

export type Interrupted = {
  readonly entry: Entry;
  readonly isSwapped: boolean;
  /** What happened and how things stand, for people. */
  readonly told: string;
};

/** Runs of this database's journal that never ended. */
export const interrupted = async (
  session: Session,
  shelf: string,
): Promise<readonly Interrupted[]> => {
  const runs = openRuns(await readJournal(shelf));
  if (runs.length === 0) return [];
  const present = await session.query<Commented>(databases.databases);
  return runs.map((entry) => {
    const isSwapped = present.some(
      ({oid, name}) => oid === entry.newOid && name === entry.database,
    );
    return {entry, isSwapped, told: tell(entry, isSwapped)};
  });
};

/**
 * Say what runs that died have done, drop what they were building, and start the services that they had stopped. Needs the lock of the database,
 * so that nobody is at work on what is dropped.
 */
export const clearInterrupted = async (
  context: Context,
  session: Session,
  {shelf, database}: {readonly shelf: string; readonly database: string},
): Promise<readonly string[]> => {
  const runs = await interrupted(session, shelf);
  const names = new Set(
    runs
      .filter(({isSwapped, entry}) => !isSwapped && entry.verb === 'restore')
      .map(({entry}) => entry.next),
  );
  for (const {told} of runs) context.reporter.warn(told);
  const dropped: string[] = [];
  const left = new Set<string>();
  const present = await session.query<Commented>(databases.databases);
  const ours = keptAmong(present, 'incoming').filter(({note}) => note.of === database);
  for (const {name, oid, comment} of present) {
    // One that died before its comment was written is known by the journal alone.
    const isOurs = ours.some((one) => one.oid === oid) || (names.has(name) && comment === null);
    if (!isOurs) continue;
    const why = await dropIncoming(session, name);
    if (why === undefined) dropped.push(name);
    else left.add(name);
    if (why !== undefined) context.reporter.warn(`'${name}' could not be dropped: ${why}`);
  }
  // What could not be dropped is told again by the next run.
  const ended = runs.filter(({entry}) => !left.has(entry.next));
  for (const {entry} of ended.filter(({isSwapped}) => !isSwapped)) await dropLoader(session, entry);
  for (const {entry, isSwapped} of ended)
    await record(shelf, {...entry, at: context.now.toISOString(), step: endOf(entry, isSwapped)});
  await resumeStopped(context, shelf);
  return dropped;
};

const endOf = ({verb}: Entry, isSwapped: boolean): Entry['step'] => {
  if (!isSwapped) return 'cleared';
  return verb === 'restore' ? 'swapped' : 'undone';
};

const tell = (
  {verb, run, at, database, set, before, oldOid}: Entry,
  isSwapped: boolean,
): string => {
  const what = `the ${verb}${set === null ? '' : ` of ${set}`} that began as ${run} was ended at ${at}`;
  const kept = oldOid === null ? '' : `; what was there is kept as '${before}'`;
  return isSwapped
    ? `${what}, after its swap: '${database}' is wholly the ${verb === 'restore' ? 'restored' : 'earlier'} one${kept}`
    : `${what}, before its swap: '${database}' is wholly what it was`;
};
