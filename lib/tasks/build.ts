/**
 * Builds the database of a set on a new server: roles and tablespaces, the database, what is in
 * it, and last what hangs on the database itself (a setting such as `default_transaction_read_only`
 * must not come before the rows). Stops at the first error.
 */
import {psqlScript} from '../commands/postgres.ts';
import type {StoredSet} from '../io/store.ts';
import type {Client} from '../io/tools.ts';
import {type Connection, toDatabase} from '../model/connection.ts';
import {OpsError} from '../model/errors.ts';
import {globalsForScratch} from '../model/globals-text.ts';
import type {Manifest} from '../model/manifest.ts';
import {isOfDatabase, makesPublic, type SchemaEntry, schemaEntries} from '../model/schema-text.ts';
import {definingStatements} from '../model/sql-script.ts';
import type {Context} from './context.ts';
import {textIn} from './definition.ts';
import {load} from './load.ts';

export type BuildPlace = {
  /** A superuser's, to a server that holds nothing yet. */
  readonly connection: Connection;
  readonly client: Client;
  readonly jobs: number;
};

/** Gives the connection to the database built. Errors: unavailable for what the host lacks; toolFailed for what the set lacks. */
export const buildOnNewServer = async (
  context: Context,
  {folder, manifest}: StoredSet,
  place: BuildPlace,
): Promise<Connection> => {
  const at = {...place, connection: toDatabase(place.connection, maintenanceFor(manifest))};
  const schema = schemaEntries(await textIn(context, folder, 'schema.sql.gz'));
  const entries = schema.filter(isOfDatabase);
  const globals = await textIn(context, folder, 'globals.sql.gz');
  await define(context, at, globalsForScratch(globals, manifest.server));
  await makeRoom(context, at, manifest);
  await assertExtensions(context, at, manifest);
  await createDatabase(context, at, entries);
  const target = toDatabase(place.connection, manifest.database);
  // A dump taken with --schema=public makes that schema itself; a new database has it already.
  const hasPublic = makesPublic(schema);
  await load(context, {folder, manifest}, {...place, connection: target, hasPublic});
  await define(context, at, sqlOf(entries.filter(({type}) => type !== 'DATABASE')));
  return target;
};

/** What a set says of roles and of the database: run only where it is nothing else. Errors: notIntact; toolFailed. */
export const define = async (
  context: Context,
  place: Pick<BuildPlace, 'connection' | 'client'>,
  sql: string,
): Promise<unknown> => {
  const statements = definingIn(sql);
  return script(context, place, statements.map((statement) => `${statement};\n`).join(''));
};

const definingIn = (sql: string): readonly string[] => {
  try {
    return definingStatements(sql);
  } catch (cause) {
    throw new OpsError(
      'notIntact',
      'globals.sql.gz or schema.sql.gz holds what pg_dump does not write',
      {
        hint: 'nothing of it was run; use a set whose origin you know',
        cause,
      },
    );
  }
};

/** Statements of our own. */
const script = (
  {shell}: Context,
  {connection, client}: Pick<BuildPlace, 'connection' | 'client'>,
  sql: string,
) => shell.run(psqlScript(connection, client.binaries), {input: sql});

const sqlOf = (entries: readonly SchemaEntry[]) => entries.map(({sql}) => `${sql}\n`).join('');

/** The database to be connected to while the set's own is made. */
const maintenanceFor = ({database}: Manifest) =>
  database === 'postgres' ? 'template1' : 'postgres';

/** A new server is born with databases of its own; the set's goes in their place. */
const makeRoom = async (context: Context, place: BuildPlace, {database}: Manifest) => {
  if (database !== 'postgres' && database !== 'template1') return;
  await script(
    context,
    place,
    `ALTER DATABASE ${database} IS_TEMPLATE false;\nDROP DATABASE ${database};\n`,
  );
};

const createDatabase = async (
  context: Context,
  place: BuildPlace,
  entries: readonly SchemaEntry[],
) => {
  const create = sqlOf(entries.filter(({type}) => type === 'DATABASE'));
  if (create === '')
    throw new OpsError('notIntact', 'schema.sql.gz does not say how the database was created');
  await define(context, place, create).catch((cause: unknown) => {
    context.signal.throwIfAborted();
    if (cause instanceof OpsError && cause.kind === 'notIntact') throw cause;
    throw new OpsError('unavailable', "this host can't make a database like the one in the set", {
      hint: 'install the locale that the database was made with (Debian: dpkg-reconfigure locales)',
      cause: cause instanceof OpsError ? cause.cause : cause,
    });
  });
};

/** What CREATE EXTENSION would stumble over is named before anything is loaded. */
const assertExtensions = async (context: Context, place: BuildPlace, {extensions}: Manifest) => {
  const sql = 'SELECT to_json(name) FROM pg_available_extensions;';
  const {stdout} = await script(context, place, sql);
  const available = new Set(
    stdout
      .split('\n')
      .filter(Boolean)
      .map((line) => JSON.parse(line)),
  );
  const missing = extensions.filter(({name}) => !available.has(name)).map(({name}) => name);
  if (missing.length > 0)
    throw new OpsError(
      'unavailable',
      `this host's PostgreSQL lacks the extensions ${missing.join(', ')}`,
      {
        hint: 'install their packages for the same major (Debian: postgresql-MAJOR-NAME), then run again',
      },
    );
};
