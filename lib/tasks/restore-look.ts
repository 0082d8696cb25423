/** Everything that a restore's plan is made of: the set, the server, the role, what is there now. */
import * as databases from '../commands/databases.ts';
import {freeBytes} from '../io/folder-size.ts';
import type {StoredSet} from '../io/store.ts';
import {longestName} from '../model/beside.ts';
import type {Connection} from '../model/connection.ts';
import type {Blocker, Client, DatabaseTraits, Restorer} from '../model/database-facts.ts';
import {OpsError} from '../model/errors.ts';
import {ownComment} from '../model/kept.ts';
import type {RestoreFacts, RestoreSubject} from '../model/restore-faults.ts';
import {schemaEntries} from '../model/schema-text.ts';
import {grantsByOthers, mentionedIn, ownersIn, parametersIn} from '../model/set-definition.ts';
import {parseVersion} from '../model/version.ts';
import {reachMaintenance, type Server, withServerSession} from './connect.ts';
import type {Context} from './context.ts';
import {textIn} from './definition.ts';
import {systemOf} from './identify.ts';

export type Look = RestoreFacts & {
  /** The server by a database that nobody renames. */
  readonly maintenance: Server;
  readonly systemIdentifier: string | null;
};

/** What a server says of a database that is to be made or replaced. Errors: unavailable; usage for the server's own databases. */
export const lookAtTarget = async (
  context: Context,
  connection: Connection,
  database: string,
): Promise<Look> => {
  refuseOwn(database);
  assertWhole(database);
  const maintenance = await reachMaintenance(context, connection);
  return withServerSession(context, maintenance, async (session) => {
    const one = async <Row>(sql: string) => (await session.query<Row>(sql))[0];
    const restorer = (await one<Restorer>(
      databases.restorer(maintenance.version.major),
    )) as Restorer;
    return {
      maintenance,
      restorer,
      systemIdentifier: await systemOf(session),
      major: maintenance.version.major,
      target: targetOf(await one<DatabaseTraits>(databases.databaseTraits(database))),
      clients: await session.query<Client>(databases.clientsOf(database)),
      blockers: await session.query<Blocker>(databases.blockersOf(database)),
      freeBytes: await freeOnServer(
        maintenance,
        restorer,
        await one<string>(databases.tablespaceOf(database)),
      ),
    };
  });
};

const targetOf = (traits: DatabaseTraits | undefined): DatabaseTraits | undefined =>
  traits && {...traits, comment: ownComment(traits)};

/** What a set needs of the server that it is restored on. */
export const subjectOf = async (
  context: Context,
  {folder, manifest}: StoredSet,
): Promise<RestoreSubject> => {
  const entries = schemaEntries(await textIn(context, folder, 'schema.sql.gz'));
  const parameters = readParameters(entries);
  return {
    major: parseVersion(manifest.server.version)?.major ?? 0,
    owners: ownersIn(entries),
    mentioned: mentionedIn(entries, manifest.roles),
    roles: manifest.roles,
    extensions: manifest.extensions.map(({name}) => name),
    hasOtherGrantors: grantsByOthers(entries),
    parameters,
    bytes: manifest.server.databaseBytes,
  };
};

const readParameters = (entries: ReturnType<typeof schemaEntries>) => {
  try {
    return parametersIn(entries);
  } catch (cause) {
    throw new OpsError('notIntact', 'schema.sql.gz holds what pg_dump does not write', {
      hint: 'nothing of it was run; use a set whose origin you know',
      cause,
    });
  }
};

/** Renaming what the server itself stands on helps nobody. */
const refuseOwn = (database: string) => {
  if (!['postgres', 'template0', 'template1'].includes(database)) return;
  throw new OpsError(
    'usage',
    `'${database}' is a database of the server itself and is not replaced`,
    {
      hint: 'restore into another name with --into',
    },
  );
};

/** PostgreSQL cuts a longer name off without a word: it would be another database. */
const assertWhole = (database: string) => {
  if (Buffer.byteLength(database) <= longestName) return;
  throw new OpsError(
    'usage',
    `'${database}' is no name of a database: it has ${Buffer.byteLength(database)} bytes, PostgreSQL takes ${longestName}`,
    {hint: 'give a shorter name'},
  );
};

// A folder of the same name on this host says nothing of a server in a container or far away: only a
// socket in the file system tells that both are one host.
const freeOnServer = async (
  {connection}: Server,
  {dataDirectory}: Restorer,
  tablespace: string | undefined,
): Promise<number | undefined> => {
  const isHere = connection.libpq['PGHOST']?.startsWith('/') ?? false;
  if (!isHere || dataDirectory === null) return undefined;
  return freeBytes(tablespace || dataDirectory).catch(() => undefined);
};
