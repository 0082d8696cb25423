/**
 * One moment of a database, held still: every table locked against TRUNCATE and rewrites, then
 * the snapshot taken and exported, so that the dump and the digests see the same rows.
 * A snapshot taken before the locks would miss them: TRUNCATE is not transactional for readers.
 * https://www.postgresql.org/docs/current/mvcc-caveats.html
 */
import * as catalog from '../commands/catalog.ts';
import {qualified} from '../commands/sql.ts';
import {QueryError, type Session} from '../io/session.ts';
import {ToolError} from '../io/shell.ts';
import {displayName, type LargeObject, type Relation, type Sequence} from '../model/catalog.ts';
import {OpsError} from '../model/errors.ts';
import {rightsFault} from '../model/rights.ts';
import type {Server} from './connect.ts';
import {withServerSession} from './connect.ts';
import type {Context} from './context.ts';
import {assertDirect} from './pooler.ts';

export type Snapshot = {
  /** What `pg_export_snapshot()` gave. */
  readonly name: string;
  readonly session: Session;
  readonly relations: readonly Relation[];
  readonly sequences: readonly Sequence[];
  /** Whether every table is locked; else `assertUnchanged` has to look. */
  readonly isLocked: boolean;
  /** How long our own programs wait for a table within the moment. */
  readonly lockWaitSeconds: number;
  /** Errors: TableRewritten when a table that could not be locked was rewritten under the dump. */
  assertUnchanged(): Promise<void>;
};

/** A table got another file between the snapshot and the dump: the work is to be done again. */
export class TableRewritten extends OpsError {
  constructor(names: readonly string[]) {
    super('toolFailed', `${names.join(', ')} changed under the backup (TRUNCATE, ALTER or DROP)`, {
      hint: 'run again when no schema change is at work',
    });
  }
}

const attempts = 3;
/**
 * A TRUNCATE that queues up between two locks of ours on one table waits for the first, and our
 * second for it: nobody would move, and every reader of the table would stand in that queue.
 */
const ownLockWaitSeconds = 3;

/**
 * Hold a moment still while `work` reads it; the server's lock of pgkeep is held too. When a
 * table vanished or was rewritten before the moment stood still, another moment is tried.
 * Errors: locked; unavailable for missing rights (named, with the grants) and for locks of others.
 */
export const withSnapshot = <Value>(
  context: Context,
  {server, workers}: {server: Server; workers: number},
  work: (snapshot: Snapshot) => Promise<Value>,
): Promise<Value> =>
  withServerSession(context, server, async (session) => {
    await assertDirect(context, server, session);
    await takeServerLock(session);
    await session.query(`SET lock_timeout = '${context.settings.lockWaitSeconds}s'`);
    for (let attempt = 1; ; attempt += 1) {
      let snapshot: Snapshot | undefined;
      try {
        snapshot = await holdStill(context, session, {server, workers});
        return await work(snapshot);
      } catch (error) {
        const mayPass = isPassing(error) || (snapshot?.isLocked && isQueuedBehindOthers(error));
        if (!mayPass || attempt === attempts) throw error;
        context.reporter.step('a table changed meanwhile: taking another moment');
        await session.query('ROLLBACK');
      }
    }
  });

const takeServerLock = async (session: Session) => {
  const [isTaken] = await session.query<boolean>(catalog.takeServerLock);
  if (isTaken) return;
  const [holder] = await session.query<{pid: number; user: string; address: string; since: string}>(
    catalog.serverLockHolder,
  );
  const who = holder ? `: ${holder.user} from ${holder.address} since ${holder.since}` : '';
  throw new OpsError('locked', `another pgkeep is at work on this database${who}`, {
    hint: 'wait for it to end, then run again',
  });
};

const holdStill = async (
  context: Context,
  session: Session,
  {server, workers}: {server: Server; workers: number},
): Promise<Snapshot> => {
  const {facts} = server;
  const {lockWaitSeconds} = context.settings;
  const before = await session.query<Relation>(catalog.relations);
  const largeObjects = await session.query<LargeObject>(catalog.unreadableLargeObjects);
  const sequencesBefore = await session.query<Sequence>(catalog.sequences);
  const fault = rightsFault({facts, relations: before, sequences: sequencesBefore, largeObjects});
  if (fault) throw fault;

  const lockable = before.filter(({kind}) => kind === 'r' || kind === 'p');
  // Ours, pg_dump's, its workers' all together, and the digests': beyond that the server runs out of shared memory.
  const copies = workers > 1 ? 3 + Math.min(workers, 4) : 3;
  const isLocked = facts.locksHeld + copies * lockable.length < 0.7 * facts.lockSlots;
  await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
  if (isLocked) await lockTables(session, lockable);
  const [name = ''] = await session.query<string>('SELECT to_json(pg_export_snapshot())');
  const relations = await session.query<Relation>(catalog.relations);
  const sequences = await session.query<Sequence>(catalog.sequences);

  const known = new Set(lockable.map(({oid}) => oid));
  const tables = relations.filter(({kind}) => kind === 'r');
  const late = tables.filter(({oid}) => !known.has(oid));
  if (isLocked && late.length > 0) await lockTables(session, late);
  const assertUnchanged = () => compareFileNodes(context, server, isLocked ? late : tables);
  await assertUnchanged();
  return {
    ...{name, session, relations, sequences, isLocked, assertUnchanged},
    lockWaitSeconds: isLocked
      ? Math.min(ownLockWaitSeconds, lockWaitSeconds || ownLockWaitSeconds)
      : lockWaitSeconds,
  };
};

/** Errors: unavailable, naming who holds the table. */
export const lockTables = async (
  session: Session,
  relations: readonly Relation[],
): Promise<void> => {
  const batch = 200;
  for (let from = 0; from < relations.length; from += batch) {
    const names = relations
      .slice(from, from + batch)
      .map((relation) => `ONLY ${qualified(relation)}`);
    try {
      await session.query(`LOCK TABLE ${names.join(', ')} IN ACCESS SHARE MODE`);
    } catch (error) {
      if (!(error instanceof QueryError) || error.state !== '55P03') throw error;
      throw await lockedByOthers(session, error);
    }
  }
};

type Holder = {table: string; pid: number; user: string; application: string; state: string};

const lockedByOthers = async (session: Session, cause: QueryError): Promise<OpsError> => {
  await session.query('ROLLBACK');
  const holders = await session.query<Holder>(catalog.lockHolders);
  const who = holders.map(
    ({table, pid, user, application}) =>
      `${table} by process ${pid} (${user}${application ? `, ${application}` : ''})`,
  );
  return new OpsError(
    'unavailable',
    `a table stayed locked longer than the backup may wait${who.length > 0 ? `: ${who.join('; ')}` : ''}`,
    {
      hint: 'wait for that session to end, or set PGKEEP_LOCK_WAIT_SECONDS higher',
      cause,
    },
  );
};

// In a session of its own: inside an open transaction the server answers from a cache that need not
// have heard of a TRUNCATE yet.
const compareFileNodes = async (
  context: Context,
  server: Server,
  relations: readonly Relation[],
) => {
  if (relations.length === 0) return;
  const now = await withServerSession(context, server, (session) =>
    session.query<{oid: number; fileNode: number | null}>(
      catalog.fileNodesNow(relations.map(({oid}) => oid)),
    ),
  );
  const nodes = new Map(now.map(({oid, fileNode}) => [oid, fileNode]));
  const rewritten = relations.filter(({oid, fileNode}) => nodes.get(oid) !== fileNode);
  if (rewritten.length > 0) throw new TableRewritten(rewritten.map(displayName));
};

/** 42P01: a table was dropped between the list and its lock. 3F000: its schema was. */
const isPassing = (error: unknown) =>
  error instanceof TableRewritten ||
  (error instanceof QueryError && (error.state === '42P01' || error.state === '3F000'));

/** A lock that was ours to have: a change of the table came between. */
const isQueuedBehindOthers = (error: unknown) => {
  if (!(error instanceof OpsError)) return false;
  const {cause} = error;
  if (cause instanceof QueryError) return cause.state === '55P03';
  return (
    cause instanceof ToolError && /(statement|lock) timeout[\s\S]*LOCK TABLE/.test(cause.message)
  );
};
