/**
 * Which client is used, and where it runs: as PGKEEP_TOOLS says; by itself (`auto`) this host's of
 * the server's own major, else the compose service's, else a newer one of this host.
 */

import {isUnknownHost} from '../io/containers.ts';
import type {ServiceClient} from '../io/toolbox.ts';
import {type Client, clientFor} from '../io/tools.ts';
import type {ServerFacts} from '../model/catalog.ts';
import {connectionInService} from '../model/compose-service.ts';
import type {Connection} from '../model/connection.ts';
import {OpsError} from '../model/errors.ts';
import {chooseClient, fromVersionNumber, type Version} from '../model/version.ts';
import type {Context} from './context.ts';
import {untilReady} from './until-ready.ts';

/** A client that reaches a server, and how it does from where it runs. */
export type Way = {
  readonly client: Client;
  /** Of a newer major than the server. */
  readonly isNewer: boolean;
  readonly connection: Connection;
  readonly facts: ServerFacts;
};

type Start = {readonly clients: readonly Client[]; readonly connection: Connection};

/** Waits for the server. Errors: settings, unavailable. */
export const wayTo = async (context: Context, connection: Connection): Promise<Way> => {
  const start = await startFor(context, connection);
  const [newest] = start.clients.toSorted((a, b) => b.version.major - a.version.major);
  if (!newest) throw new OpsError('unavailable', 'there is no PostgreSQL client');
  const facts = await untilReady(context, {connection: start.connection, client: newest});
  const version = fromVersionNumber(facts.versionNumber);
  const choice = chooseClient(start.clients, version);
  if (context.settings.tools.kind === 'auto' && newest.where === undefined) {
    const isFitting = choice !== undefined && !choice.isNewer;
    const inside = isFitting ? undefined : await inService(context, connection, facts);
    if (inside) return inside;
  }
  return {...clientFor(start.clients, version), connection: start.connection, facts};
};

/**
 * A client that reads what another one of `version` wrote. Errors: unavailable where all are older.
 */
export const clientForSet = async (context: Context, version: Version): Promise<Client> => {
  const {tools, settings} = context;
  const place = settings.tools;
  if (place.kind === 'image')
    return clientFor([(await tools.image(place.image)).client], version).client;
  if (place.kind === 'compose')
    return clientFor([(await tools.service(place.service)).client], version).client;
  const local = await localOr(context, () => serviceIfThere(context));
  const inside =
    chooseClient(local, version) || place.kind === 'local'
      ? undefined
      : await serviceIfThere(context);
  return clientFor([...local, ...(inside ? [inside.client] : [])], version).client;
};

const startFor = async (context: Context, connection: Connection): Promise<Start> => {
  const {tools, settings} = context;
  const place = settings.tools;
  if (place.kind === 'compose')
    return startIn(await tools.service(place.service), place.service, connection);
  if (place.kind === 'image') {
    const {client, connection: inside = connection} = await tools.image(place.image, connection);
    return {clients: [client], connection: inside};
  }
  const host = connection.libpq['PGHOST'];
  if (place.kind === 'auto' && host !== undefined && (await isUnknownHost(host))) {
    const service = await tools.service(host).catch(passOver(context));
    if (service) return startIn(service, host, connection);
  }
  let inside: ServiceClient | undefined;
  const clients = await localOr(context, async () => {
    inside = await serviceIfThere(context);
    return inside;
  });
  return inside ? startIn(inside, settings.databaseService, connection) : {clients, connection};
};

const startIn = (
  {client, network}: ServiceClient,
  service: string,
  connection: Connection,
): Start => {
  const inside = connectionInService(connection, {service, network});
  return {clients: [client], connection: inside};
};

/** This host's clients; where it has none, the service's where that may be and is there. */
const localOr = async (
  {tools, settings}: Context,
  otherwise: () => Promise<ServiceClient | undefined>,
): Promise<readonly Client[]> => {
  try {
    return await tools.local();
  } catch (error) {
    const inside = settings.tools.kind === 'auto' ? await otherwise() : undefined;
    if (inside) return [inside.client];
    throw error;
  }
};

/** The service of the database, where one runs. */
export const serviceIfThere = (context: Context): Promise<ServiceClient | undefined> =>
  context.tools.service(context.settings.databaseService).catch(passOver(context));

/** What auto looks for and does not find is no fault; it is told under --verbose. */
const passOver =
  ({signal, reporter}: Context) =>
  (error: unknown): undefined => {
    if (signal.aborted || !(error instanceof OpsError)) throw error;
    reporter.debug(`not in a service: ${error.message}`);
  };

/** The service's client where it is of the server's major and reaches that very server. */
const inService = async (
  context: Context,
  connection: Connection,
  facts: ServerFacts,
): Promise<Way | undefined> => {
  const service = context.settings.databaseService;
  const found = await serviceIfThere(context);
  const major = fromVersionNumber(facts.versionNumber).major;
  if (found?.client.version.major !== major) return undefined;
  try {
    const inside = connectionInService(connection, {service, network: found.network});
    const again = await untilReady(context, {connection: inside, client: found.client});
    const isSame = (['database', 'databaseOid', 'versionNumber', 'startedAt'] as const).every(
      (name) => again[name] === facts[name],
    );
    return isSame
      ? {client: found.client, isNewer: false, connection: inside, facts: again}
      : undefined;
  } catch (error) {
    return passOver(context)(error);
  }
};
