/** One deploy at a time: of a project on this host, and of a database across hosts. Both locks end with their owner. */
import * as catalog from '../../commands/deploy-catalog.ts';
import {lockFile} from '../../io/deploy-folder.ts';
import {withLock} from '../../io/lock.ts';
import type {Session} from '../../io/session.ts';
import {OpsError} from '../../model/errors.ts';
import {printable} from '../../model/redact.ts';
import {reachMaintenance, type Server, withServerSession} from '../connect.ts';
import type {Context} from '../context.ts';

/** Errors: locked (exit 75) naming who is at work. */
export const withHostLock = <Value>(
  context: Context,
  {folder, verb}: {readonly folder: string; readonly verb: string},
  work: () => Promise<Value>,
): Promise<Value> =>
  withLock(
    context.shell,
    {
      ...{file: lockFile(folder), verb, since: context.now.toISOString()},
      what: 'another deploy of this project is at work',
    },
    work,
  );

/** The server has let go of the lock: another deploy may be at work since, and nothing of it may be touched, not even to put it back. */
export class LockLostError extends OpsError {}

export type DeployLock = {
  /** Errors: LockLostError. */
  assertHeld(): Promise<void>;
};

/**
 * Of a database that was not up when the deploy began, the lock of the host has to do; and of one that has been looked at
 * for the last time.
 */
export const noLock: DeployLock = {assertHeld: () => Promise.resolve()};

/** Errors: locked naming the session that has it. */
export const withDeployLock = async <Value>(
  context: Context,
  server: Server | undefined,
  work: (lock: DeployLock) => Promise<Value>,
): Promise<Value> => {
  if (server === undefined) return work(noLock);
  const {database} = server.facts;
  const maintenance = await reachMaintenance(context, server.connection);
  return withServerSession(context, maintenance, async (session) => {
    const [isTaken] = await session.query<boolean>(catalog.takeDeployLock(database));
    if (isTaken) return work(lockOf(context, session));
    throw new OpsError(
      'locked',
      `another deploy of the database '${database}' is at work${await holderIn(session, database)}`,
      {hint: 'wait for it to end; `pgkeep deploy unlock` shows and ends a session that is dead'},
    );
  });
};

/** The session that took it has it for as long as it answers. */
const lockOf = ({signal}: Context, session: Session): DeployLock => ({
  async assertHeld() {
    try {
      await session.query(catalog.answers);
    } catch (cause) {
      signal.throwIfAborted();
      throw new LockLostError(
        'toolFailed',
        'the session that keeps other deploys of this database out has been ended',
        {
          hint: 'the server was started again, or somebody ended the session: see that no other deploy is at work, then deploy again',
          cause,
        },
      );
    }
  },
});

/** Who has the lock of a database. */
export const holderOf = async (
  session: Session,
  database: string,
): Promise<catalog.LockHolder | undefined> =>
  (await session.query<catalog.LockHolder>(catalog.deployLockHolder(database)))[0];

const holderIn = async (session: Session, database: string): Promise<string> => {
  const holder = await holderOf(session, database);
  if (!holder) return '';
  const {pid, address, since} = holder;
  return printable(`: session ${pid} from ${address} since ${since}`);
};
