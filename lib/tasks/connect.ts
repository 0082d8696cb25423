/** Reaching a server: the facts of it, and the client that fits it. */
import * as catalog from '../commands/catalog.ts';
import {psqlSession} from '../commands/postgres.ts';
import {type Session, withSession} from '../io/session.ts';
import type {Client} from '../io/tools.ts';
import type {ServerFacts} from '../model/catalog.ts';
import {type Connection, toDatabase, withOptions} from '../model/connection.ts';
import {OpsError} from '../model/errors.ts';
import {fromVersionNumber, supportedMajors, type Version} from '../model/version.ts';
import {wayTo} from './choose-tools.ts';
import type {Context} from './context.ts';

export type Server = {
  /** As it is reached from where the client runs. */
  readonly connection: Connection;
  readonly facts: ServerFacts;
  readonly version: Version;
  readonly client: Client;
  /** Of a newer major than the server: what it writes may not load there. */
  readonly isClientNewer: boolean;
};

/**
 * Wait for the server, read what it is, choose the client. A server that is still starting is
 * waited for; a login that it refuses is not tried again.
 * Errors: unavailable (exit 6) for server, login, client and version.
 */
export const reach = async (context: Context, connection: Connection): Promise<Server> => {
  const {facts, client, isNewer, connection: way} = await wayTo(context, connection);
  const version = fromVersionNumber(facts.versionNumber);
  if (version.major < supportedMajors.oldest)
    throw new OpsError(
      'unavailable',
      `the server is PostgreSQL ${version.text}, pgkeep works with ${supportedMajors.oldest} to ${supportedMajors.newest}`,
      {
        hint: 'upgrade the server: its major is no longer supported by PostgreSQL itself',
      },
    );
  const plain = facts.quotesAll ? withOptions(way, unquoted) : way;
  return {connection: plain, facts, version, client, isClientNewer: isNewer};
};

/** Where role or database say otherwise: what is dumped and compared is to be written in one way. */
const unquoted = {quote_all_identifiers: 'off'};

/** What a role may carry and a restore can't live with. */
const unhurried = {
  default_transaction_read_only: 'off',
  statement_timeout: '0',
  lock_timeout: '0',
  idle_session_timeout: '0',
};

/**
 * The server by a database that nobody renames: `postgres`, else `template1`. Errors: as `reach`.
 */
export const reachMaintenance = async (
  context: Context,
  connection: Connection,
): Promise<Server> => {
  const calm = withOptions(connection, unhurried);
  const usual = toDatabase(calm, 'postgres');
  try {
    return await reach(context, usual);
  } catch (error) {
    if (context.signal.aborted) throw error;
    const patience = {connectAttempts: 1, connectDelaySeconds: 0};
    const settings = {...context.settings, ...patience};
    return reach({...context, settings}, toDatabase(calm, 'template1')).catch(() => {
      throw error;
    });
  }
};

/** A session on the server, pinned so that the same rows give the same text everywhere. */
export const withServerSession = <Value>(
  context: Context,
  {connection, client}: Pick<Server, 'connection' | 'client'>,
  work: (session: Session) => Promise<Value>,
): Promise<Value> =>
  withSession(context.shell, psqlSession(connection, client.binaries), async (session) => {
    for (const statement of catalog.pinnedSession) await session.query(statement);
    for (const optional of catalog.optionalSession)
      await session.query(optional).catch(keepOpen(session));
    return work(session);
  });

/** A refused statement is passed over; a lost connection is not. */
const keepOpen = (session: Session) => (error: unknown) => {
  if (!session.isOpen()) throw error;
};
