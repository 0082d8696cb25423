/** Reaching a server: the facts of it, and the client that fits it. */
import {setTimeout as pause} from 'node:timers/promises';
import * as catalog from '../commands/catalog.ts';
import {pgIsReady, psqlScript, psqlSession} from '../commands/postgres.ts';
import {type Session, withSession} from '../io/session.ts';
import {ToolError} from '../io/shell.ts';
import {type Client, clientFor, findClients} from '../io/tools.ts';
import type {ServerFacts} from '../model/catalog.ts';
import type {Connection} from '../model/connection.ts';
import {OpsError} from '../model/errors.ts';
import {fromVersionNumber, supportedMajors, type Version} from '../model/version.ts';
import type {Context} from './context.ts';

export type Server = {
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
  const clients = await findClients(context.shell, context.settings);
  const newest = clients.toSorted((a, b) => b.version.major - a.version.major)[0] as Client;
  const facts = await untilReady(context, {connection, client: newest});
  const version = fromVersionNumber(facts.versionNumber);
  if (version.major < supportedMajors.oldest)
    throw new OpsError(
      'unavailable',
      `the server is PostgreSQL ${version.text}, pgkeep works with ${supportedMajors.oldest} to ${supportedMajors.newest}`,
      {
        hint: 'upgrade the server: its major is no longer supported by PostgreSQL itself',
      },
    );
  const {client, isNewer} = clientFor(clients, version);
  return {connection, facts, version, client, isClientNewer: isNewer};
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

type Probe = {readonly connection: Connection; readonly client: Client};

const untilReady = async (context: Context, probe: Probe): Promise<ServerFacts> => {
  const {connectAttempts, connectDelaySeconds} = context.settings;
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await ask(context, probe);
    if (!(outcome instanceof OpsError)) return outcome;
    const isFinal = await accepts(context, probe);
    if (isFinal) {
      // It may have become ready between the two questions: its second answer counts.
      const again = await ask(context, probe);
      if (!(again instanceof OpsError)) return again;
      throw refused(again);
    }
    if (attempt >= connectAttempts) throw unreachable(outcome, attempt);
    const delay = connectDelaySeconds * 2 ** (attempt - 1);
    context.reporter.step(
      `no server yet, trying again in ${delay} s (${attempt} of ${connectAttempts})`,
    );
    await pause(delay * 1_000, undefined, {signal: context.signal}).catch(() => {});
    context.signal.throwIfAborted();
  }
};

const ask = async (
  {shell, signal}: Context,
  {connection, client}: Probe,
): Promise<ServerFacts | OpsError> => {
  try {
    const script = `SET statement_timeout = 0;\nSET search_path = pg_catalog;\n${catalog.serverFacts};\n`;
    const command = psqlScript(connection, client.binaries);
    const {stdout} = await shell.run(command, {input: script, kind: 'unavailable'});
    return JSON.parse(stdout) as ServerFacts;
  } catch (error) {
    if (signal.aborted || !(error instanceof OpsError)) throw error;
    return error;
  }
};

/** Whether the server takes connections at all: then what failed was the login, and no patience helps. */
const accepts = async ({shell, signal}: Context, {connection, client}: Probe): Promise<boolean> => {
  try {
    await shell.run(pgIsReady(connection, client.binaries), {kind: 'unavailable'});
    return true;
  } catch (error) {
    if (signal.aborted || !(error instanceof OpsError) || !(error.cause instanceof ToolError))
      throw error;
    return false;
  }
};

const refused = (error: OpsError) =>
  new OpsError('unavailable', 'the server is there, but it refused the login or the database', {
    hint: 'check user, password, database and pg_hba.conf: `pgkeep settings` shows what is used and where it came from',
    cause: error.cause,
  });

const unreachable = (error: OpsError, attempts: number) =>
  new OpsError('unavailable', `no PostgreSQL server answered in ${attempts} attempts`, {
    hint: 'check host, port and that the server runs: `pgkeep settings` shows what is used and where it came from',
    cause: error.cause,
  });
