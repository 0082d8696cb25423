/** From the staging schema into place: one transaction, so that a crash leaves all of it or none. */
import {setTimeout as pause} from 'node:timers/promises';
import * as staging from '../../commands/migrate-staging.ts';
import {QueryError, type Session} from '../../io/session.ts';
import {OpsError} from '../../model/errors.ts';
import {beforeSchema, incomingSchema, type RunNote} from '../../model/migrate/run-note.ts';
import type {SourceRecord} from '../../model/migrate/source-record.ts';
import {type Server, withServerSession} from '../connect.ts';
import type {Context} from '../context.ts';

export type Move = {
  readonly run: string;
  /** The schema that the tables are for. */
  readonly target: string;
  readonly note: Omit<RunNote, 'role' | 'brought'>;
  /** One for each source of SQLite. */
  readonly records: readonly SourceRecord[];
  /** What has the name of something that comes: put aside, each by its kind. */
  readonly replaced: readonly {readonly kind: 'table' | 'view'; readonly name: string}[];
};

/**
 * Put aside what is replaced, bring in what was built, and drop the staging schema, which is empty then.
 * Gives what was brought. Errors: toolFailed where it could not be done; then nothing has changed.
 */
export const moveIntoPlace = async (
  context: Context,
  session: Session,
  {run, target, note, records, replaced}: Move,
): Promise<readonly RunNote['brought'][number][]> => {
  const [incoming, before] = [incomingSchema(run), beforeSchema(run)];
  const brought = await session.query<RunNote['brought'][number]>(staging.builtIn(incoming));
  const noted = await session.query<string>(staging.notedLoaded(incoming));
  const kept: RunNote = {...note, role: 'before', brought: [...brought]};
  const statements = [
    staging.begin,
    // Whatever server or role say: what is told as moved must outlive a crash right after it.
    'SET LOCAL synchronous_commit = on',
    `SET LOCAL lock_timeout = '${context.settings.lockWaitSeconds}s'`,
    ...staging.createSchema(before, kept),
    ...replaced.map((object) => staging.moveObject(target, before, object)),
    ...brought.map((object) => staging.moveObject(incoming, target, object)),
    ...noted.map((name) => staging.forgetLoaded(target, name)),
    ...records.flatMap(staging.createRecord),
    staging.dropEmptySchema(incoming),
    'COMMIT',
  ];
  try {
    for (const statement of statements) await session.query(statement);
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    await session.query('ROLLBACK');
    throw new OpsError('toolFailed', 'the tables could not be moved into place', {
      hint: 'nothing has changed in the target: the cause names what is in the way (55P03: a client holds a lock; stop it), then run again',
      cause: error,
    });
  }
  return brought;
};

/** As long as the server may take to start again after a crash. */
const patienceSeconds = 30;

/**
 * After a move that broke off: whether it took place. The staging schema goes with the same commit.
 * Errors: undecided where the server does not answer.
 */
export const isMoved = async (context: Context, server: Server, run: string): Promise<boolean> => {
  const signal = AbortSignal.timeout(patienceSeconds * 1_000);
  const calm: Context = {...context, signal, shell: context.shell.apart(signal)};
  while (!signal.aborted) {
    try {
      const [isThere] = await withServerSession(calm, server, (session) =>
        session.query<boolean>(staging.hasSchema(incomingSchema(run))),
      );
      return isThere === false;
    } catch {
      await pause(500);
    }
  }
  throw new OpsError(
    'undecided',
    'the server went away during the move, so what the target holds could not be asked',
    {
      hint: `it is wholly what it was, or wholly the new one: when the server answers, the schema '${incomingSchema(run)}' is there (not moved) or '${beforeSchema(run)}' is (moved)`,
    },
  );
};
