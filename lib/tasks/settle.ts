/** After a swap that broke off: which database has the name, and the end of what was begun. */
import {setTimeout as pause} from 'node:timers/promises';
import * as databases from '../commands/databases.ts';
import {dropRole, roleNamed, strangerFor} from '../commands/stranger.ts';
import {record} from '../io/journal.ts';
import {QueryError, type Session} from '../io/session.ts';
import {OpsError} from '../model/errors.ts';
import type {Entry} from '../model/restore-journal.ts';
import {type Server, withServerSession} from './connect.ts';
import type {Context} from './context.ts';
import {dropIncoming} from './drop-incoming.ts';

/** Where nothing was swapped yet, a database left behind is the next run's to drop. */
const patienceSeconds = {begun: 30, before: 5};

/**
 * Whether the new database has the name. Where it has not, what was built is dropped and the journal says
 * that it failed. Not ended by what ended the run. Errors: undecided where the server does not answer.
 */
export const settle = async (
  context: Context,
  maintenance: Server,
  {entry, shelf}: {readonly entry: Entry; readonly shelf: string},
): Promise<boolean> => {
  const isBegun = entry.step === 'swapping';
  const signal = AbortSignal.timeout(
    (isBegun ? patienceSeconds.begun : patienceSeconds.before) * 1_000,
  );
  const calm: Context = {...context, signal, shell: context.shell.apart(signal)};
  const {database, newOid, next, verb} = entry;
  const answer = await untilAnswered<Answer>(calm, () =>
    withServerSession(calm, maintenance, async (session) => {
      const [name] =
        newOid === undefined ? [] : await session.query<string>(databases.nameOf(newOid));
      if (name === database) return {isSwapped: true};
      return {isSwapped: false, left: verb === 'restore' ? await clear(session, entry) : undefined};
    }),
  );
  if (answer === undefined && isBegun) throw undecided(entry);
  const {isSwapped, left} = answer ?? {isSwapped: false, left: 'the server does not answer'};
  if (left !== undefined) {
    context.reporter.warn(`'${next}' could not be dropped (${left}): the next restore drops it`);
    return false;
  }
  const swapped = verb === 'restore' ? 'swapped' : 'undone';
  await record(shelf, {...entry, step: isSwapped ? swapped : 'failed'});
  return isSwapped;
};

type Answer = {
  readonly isSwapped: boolean;
  /** Why the database beside is still there. */
  readonly left?: string | undefined;
};

/** Why something is left, if it is: the first error stays the news. */
const clear = async (session: Session, entry: Entry): Promise<string | undefined> => {
  const left = await dropIncoming(session, entry.next);
  if (left !== undefined) return left;
  try {
    await dropLoader(session, entry);
    return undefined;
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    return error.message;
  }
};

/** The role that a stranger's dump was loaded by, where it is left; what it owned has gone before it. */
export const dropLoader = async (session: Session, {run}: Pick<Entry, 'run'>): Promise<void> => {
  const role = strangerFor(run);
  const [found] = await session.query<string>(roleNamed(role));
  if (found !== undefined) await session.query(dropRole(role));
};

/** A server that was restarted answers again after some seconds. */
const untilAnswered = async <Value>(
  {signal}: Context,
  ask: () => Promise<Value>,
): Promise<Value | undefined> => {
  while (!signal.aborted) {
    try {
      return await ask();
    } catch {
      await pause(500);
    }
  }
  return undefined;
};

const undecided = ({database, before, next, verb}: Entry) =>
  new OpsError(
    'undecided',
    `the server went away during the ${verb}, so what '${database}' is now could not be asked`,
    {
      hint: `it is wholly the old or wholly the new one: when the server answers, run \`pgkeep restore\` or \`pgkeep undo\` again, which says so first; by hand, \\l shows whether '${before}' is there (swapped) or '${next}' (not swapped)`,
    },
  );
