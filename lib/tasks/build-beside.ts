/** Builds the database of a set beside the one that serves, under a name of its own, and proves it. */
import {dirname} from 'node:path';
import {analyze} from '../commands/postgres.ts';
import type {StoredSet} from '../io/store.ts';
import {type Connection, toDatabase, withOptions} from '../model/connection.ts';
import {OpsError} from '../model/errors.ts';
import {pickTables} from '../model/picked.ts';
import {statementsFor} from '../model/roles-text.ts';
import {makesPublic, schemaEntries} from '../model/schema-text.ts';
import {type DatabaseDefinition, databaseDefinition} from '../model/set-definition.ts';
import {define} from './build.ts';
import {compareDatabase, comparePicked} from './compare.ts';
import type {Context} from './context.ts';
import {textIn} from './definition.ts';
import {inPhase} from './in-phase.ts';
import {load} from './load.ts';
import {readRoles} from './role-text.ts';
import type {Site, Source} from './source.ts';
import {together} from './together.ts';
import {verify} from './verify.ts';

type SetSite = Site & {readonly set: StoredSet};

/** A set as what a restore builds from. */
export const sourceOfSet = (set: StoredSet): Source => ({
  shelves: [dirname(set.folder)],
  readsFolder: set.manifest.format === 'directory',
  assertWhole: (context) => assertIntact(context, set),
  create: (context, site) => createDatabase(context, {...site, set}),
  fill: (context, site) => fill(context, {...site, set}),
  prove: (context, site) => prove(context, {...site, set}),
  definition: (context, to) => definitionIn(context, set, to),
});

const assertIntact = async (context: Context, set: StoredSet) => {
  const {verdict, problems} = await verify(context, set, 'archive');
  if (verdict !== 'damaged') return;
  throw new OpsError('notIntact', `the set ${set.manifest.id} is damaged: ${problems.join('; ')}`, {
    hint: 'nothing was touched; restore another set: `pgkeep list` shows them',
  });
};

const createDatabase = async (context: Context, {set, plan, look}: SetSite) => {
  const schema = schemaEntries(await textIn(context, set.folder, 'schema.sql.gz'));
  await makeRoles(context, {set, plan, look});
  const names = {from: set.manifest.database, to: plan.incoming};
  const {create, rest} = definitionFor(schema, names);
  const owner = rest.filter((statement) => / OWNER TO /.test(statement));
  await define(context, look.maintenance, [create, ...owner].join(';\n'));
};

/** The set's rows and objects into the new database. Errors: toolFailed, notIntact. */
const fill = async (context: Context, site: SetSite): Promise<void> => {
  const {set, plan, look, folder} = site;
  const connection = toDatabase(look.maintenance.connection, plan.incoming);
  const hasPublic = makesPublic(schemaEntries(await textIn(context, set.folder, 'schema.sql.gz')));
  const {client} = look.maintenance;
  await inPhase(context, `building '${plan.incoming}'`, () =>
    load(context, set, {
      connection: hurried(connection),
      client,
      jobs: plan.jobs,
      hasPublic,
      scratch: folder,
      picked: pickedOf(site),
    }),
  );
};

/**
 * Every row and object against the manifest; meanwhile the planner's statistics are gathered, which nothing
 * is compared with. Errors: notIntact naming what differs; toolFailed.
 */
const prove = async (context: Context, {set, plan, look}: SetSite): Promise<void> => {
  const connection = toDatabase(look.maintenance.connection, plan.incoming);
  const {client} = look.maintenance;
  const place = {connection, client, sessions: plan.jobs};
  const picked = pickedOf({set, plan});
  const [problems] = await together<[readonly string[], unknown]>(context, [
    (inner) =>
      picked
        ? comparePicked(inner, {...set.manifest, tables: [...picked]}, place)
        : compareDatabase(inner, set, place),
    ({shell}) => shell.run(analyze(connection, client.binaries, {jobs: 1})),
  ]);
  if (problems.length === 0) return;
  throw new OpsError(
    'notIntact',
    `what was built is not what the set recorded: ${problems.join('; ')}`,
    {
      hint: 'nothing was changed; restore another set: `pgkeep list` shows them',
    },
  );
};

const pickedOf = ({set, plan}: Pick<SetSite, 'set' | 'plan'>) =>
  plan.pick && pickTables(set.manifest, plan.pick);

/**
 * A crash loses at most the database that is being built: it need not wait for the disk at every commit. And
 * compiling its few large queries takes longer than it saves.
 */
export const hurried = (connection: Connection): Connection =>
  withOptions(connection, {synchronous_commit: 'off', jit: 'off'});

const makeRoles = async (
  context: Context,
  {set, plan: {rolesToMake}, look}: Pick<SetSite, 'set' | 'plan' | 'look'>,
) => {
  if (rolesToMake.length === 0) return;
  const globals = await textIn(context, set.folder, 'globals.sql.gz');
  const present = look.restorer.roles.map(({name}) => name);
  const choice = {missing: rolesToMake, present, joins: true};
  const statements = statementsFor(readRoles(globals), choice);
  await define(context, look.maintenance, statements.join('\n'));
};

/** How a set says that its database was made, said of another name. Errors: notIntact. */
export const definitionIn = async (
  context: Context,
  {folder, manifest}: Pick<StoredSet, 'folder' | 'manifest'>,
  to: string,
): Promise<DatabaseDefinition> => {
  const schema = schemaEntries(await textIn(context, folder, 'schema.sql.gz'));
  return definitionFor(schema, {from: manifest.database, to});
};

const definitionFor = (
  schema: ReturnType<typeof schemaEntries>,
  names: {readonly from: string; readonly to: string},
): DatabaseDefinition => {
  try {
    const definition = databaseDefinition(schema, names);
    if (definition) return definition;
  } catch (cause) {
    throw new OpsError('notIntact', 'schema.sql.gz holds what pg_dump does not write', {
      hint: 'nothing of it was run; use a set whose origin you know',
      cause,
    });
  }
  throw new OpsError('notIntact', 'schema.sql.gz does not say how the database was created');
};
