/**
 * What restores and undos that died have left. The journal says what they were about to do, the server
 * says by the oids how far they came: the swap is one transaction, so it is done or it is not.
 */
import * as databases from '../commands/databases.ts';
import {readJournal, record} from '../io/journal.ts';
import type {Session} from '../io/session.ts';
import {shelfFolder} from '../io/store.ts';
import {type Commented, keptAmong} from '../model/kept.ts';
import {type Entry, isBuiltBy, openRuns, stillStopped} from '../model/restore-journal.ts';
import {type Server, withServerSession} from './connect.ts';
import type {Context} from './context.ts';
import {dropIncoming} from './drop-incoming.ts';
import {dropLoader} from './settle.ts';
import {resumeStopped} from './stop-services.ts';

type Interrupted = {
  readonly entry: Entry;
  readonly isSwapped: boolean;
  /** What happened and how things stand, for people. */
  readonly told: string;
};

type Subject = {readonly shelf: string; readonly database: string};

/**
 * The same for a plan: nothing is touched, and the next run that does work clears up. A sentence each; the lock
 * is not asked for, so that one of them may be at work.
 */
export const leftBehind = async (
  context: Context,
  maintenance: Server,
  database: string,
): Promise<readonly string[]> => {
  const shelf = shelfFolder(context.settings.backups, database);
  const journal = await readJournal(shelf);
  const stopped = stillStopped(journal).map(
    ({verb, run, services = []}) =>
      `the ${verb} that began as ${run} had stopped ${services.map(({service}) => `'${service}'`).join(', ')}: the next restore or undo starts again what does not run`,
  );
  if (openRuns(journal).length === 0) return stopped;
  return withServerSession(context, maintenance, async (session) => {
    const present = await session.query<Commented>(databases.databases);
    const runs = await interrupted(present, {shelf, database});
    const left = leftOf(runs, present, database).map(
      ({name}) => `'${name}' is left of it: the next restore or undo drops it`,
    );
    return [...runs.map(({told}) => `${told}, unless it is at work yet`), ...left, ...stopped];
  });
};

/**
 * Say what runs that died have done, drop what they were building, and start the services that they had stopped. Needs the lock of the database,
 * so that nobody is at work on what is dropped.
 */
export const clearInterrupted = async (
  context: Context,
  session: Session,
  {shelf, database}: Subject,
): Promise<void> => {
  const present = await session.query<Commented>(databases.databases);
  const runs = await interrupted(present, {shelf, database});
  for (const {told} of runs) context.reporter.warn(told);
  const left = new Set<string>();
  for (const {name} of leftOf(runs, present, database)) {
    const why = await dropIncoming(session, name);
    if (why !== undefined) left.add(name);
    context.reporter.warn(
      why === undefined
        ? `'${name}', which was being built then, is dropped`
        : `'${name}' could not be dropped: ${why}`,
    );
  }
  // What could not be dropped is told again by the next run.
  const ended = runs.filter(({entry}) => !left.has(entry.next));
  for (const {entry} of ended.filter(({isSwapped}) => !isSwapped)) await dropLoader(session, entry);
  for (const {entry, isSwapped} of ended)
    await record(shelf, {...entry, step: endOf(entry, isSwapped)});
  await resumeStopped(context, shelf);
};

/** Runs of this database's journal that never ended. A line of another database is none of its own. */
const interrupted = async (
  present: readonly Commented[],
  {shelf, database}: Subject,
): Promise<readonly Interrupted[]> =>
  openRuns(await readJournal(shelf))
    .filter((entry) => entry.database === database)
    .map((entry) => {
      const isSwapped = present.some(({oid, name}) => oid === entry.newOid && name === database);
      return {entry, isSwapped, told: tell(entry, isSwapped)};
    });

/** Databases that were being built. One that died before its comment was written is known by the journal alone. */
const leftOf = (
  runs: readonly Interrupted[],
  present: readonly Commented[],
  database: string,
): readonly Commented[] => {
  const ours = keptAmong(present, 'incoming').filter(({note}) => note.of === database);
  return present.filter(
    ({oid, name, comment}) =>
      ours.some((one) => one.oid === oid) ||
      (comment === null &&
        runs.some(({entry, isSwapped}) => !isSwapped && isBuiltBy(entry, database, name))),
  );
};

const endOf = ({verb}: Entry, isSwapped: boolean): Entry['step'] => {
  if (!isSwapped) return 'cleared';
  return verb === 'restore' ? 'swapped' : 'undone';
};

const tell = (
  {verb, run, at, database, set, before, oldOid}: Entry,
  isSwapped: boolean,
): string => {
  const what = `the ${verb}${set === null ? '' : ` of ${set}`} that began as ${run} broke off, last heard of at ${at}`;
  const kept = oldOid === null ? '' : `; what was there is kept as '${before}'`;
  return isSwapped
    ? `${what}, after its swap: '${database}' is wholly the ${verb === 'restore' ? 'restored' : 'earlier'} one${kept}`
    : `${what}, before its swap: '${database}' is wholly what it was`;
};
