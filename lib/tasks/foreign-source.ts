/**
 * A dump without a manifest as what a restore builds from. Its code is a stranger's: where the connecting role
 * is a superuser, a role that may do nothing else owns the new database and loads it, and hands it over when
 * every row is there.
 */
import * as databases from '../commands/databases.ts';
import {analyze} from '../commands/postgres.ts';
import * as stranger from '../commands/stranger.ts';
import {lookAtPath, newSecret} from '../io/dump-file.ts';
import {QueryError} from '../io/session.ts';
import {type Connection, toDatabase} from '../model/connection.ts';
import {OpsError} from '../model/errors.ts';
import type {Scan, Section} from '../model/plain-scan.ts';
import {definitionIn, hurried} from './build-beside.ts';
import {withServerSession} from './connect.ts';
import type {Context} from './context.ts';
import type {ForeignDump} from './foreign-dump.ts';
import {inPhase} from './in-phase.ts';
import {loadForeign} from './load-foreign.ts';
import type {Site, Source} from './source.ts';
import {assertLogin, createRole, rehearse} from './stranger-login.ts';

export type ForeignWork = {
  readonly dump: ForeignDump;
  readonly scan: Scan;
  readonly section: Section;
  /** As the connecting role, owners and grants kept. */
  readonly isTrusted: boolean;
  /** Whether a role is made for it; else the connecting role loads it. */
  readonly hasStranger: boolean;
  /** Whose it is in the end. */
  readonly owner: string;
};

/** Errors of its parts: as in `Source`. */
export const sourceOfDump = (work: ForeignWork): Source => {
  const password = newSecret();
  const loader = ({plan, look: {maintenance}}: Pick<Site, 'plan' | 'look'>): Connection => {
    const at = toDatabase(maintenance.connection, plan.incoming);
    if (!work.hasStranger) return at;
    const login = {PGUSER: stranger.strangerFor(plan.run), PGPASSWORD: password};
    return {...at, libpq: {...at.libpq, ...login}};
  };
  return {
    shelves: [],
    readsFolder: false,
    assertWhole: () => assertUnchanged(work.dump),
    ...(work.hasStranger
      ? {
          rehearse: (context, site) => rehearse(context, site, {password, loader: loader(site)}),
        }
      : {}),
    create: (context, site) => create(context, site, {work, password, loader: loader(site)}),
    async fill(context, site) {
      const {plan, look} = site;
      const {client} = look.maintenance;
      const connection = loader(site);
      await inPhase(context, `building '${plan.incoming}'`, async () => {
        const at = {connection: hurried(connection), client, jobs: plan.jobs};
        await loadForeign(context, work, at);
        await context.shell.run(analyze(connection, client.binaries, {jobs: plan.jobs}));
      });
      await assertUnchanged(work.dump);
      if (work.hasStranger) await handOver(context, site, work.owner);
    },
    prove: (context, site) => prove(context, site, work.section),
    definition: async () => undefined,
  };
};

/** What was read to its end before must be what is loaded. */
const assertUnchanged = async ({path, stamp}: ForeignDump) => {
  const now = await lookAtPath(path);
  if (now.stamp === stamp) return;
  throw new OpsError('notIntact', `'${path}' was changed after it had been read`, {
    hint: 'nothing was changed; run again when nobody writes to it',
  });
};

type Creation = {
  readonly work: ForeignWork;
  readonly password: string;
  readonly loader: Connection;
};

const create = async (context: Context, site: Site, {work, password, loader}: Creation) => {
  const {plan, look, snapshot} = site;
  const {incoming, run, jobs} = plan;
  const make = snapshot
    ? (await definitionIn(context, snapshot, incoming)).create
    : stranger.createEmpty(incoming);
  const role = stranger.strangerFor(run);
  await withServerSession(context, look.maintenance, async (session) => {
    if (work.hasStranger) await createRole(context, session, {role, password, jobs});
    await session.query(make);
    if (work.hasStranger) await session.query(stranger.ownDatabase(incoming, role));
  });
  if (!work.hasStranger) return;
  await assertLogin(context, {connection: loader, client: look.maintenance.client});
  await prepare(context, site, work);
};

type ExtensionTable = {readonly name: string; readonly isSequence: boolean};

/** What only a superuser may do for the dump, while nothing of it is there yet. */
const prepare = async (context: Context, {plan, look}: Site, {section}: ForeignWork) => {
  const {connection, client, version} = look.maintenance;
  const role = stranger.strangerFor(plan.run);
  const at = {connection: toDatabase(connection, plan.incoming), client};
  await withServerSession(context, at, async (session) => {
    if (version.major < 15) await session.query(stranger.ownPublic(role));
    for (const schema of schemasOfExtensions(section))
      await session.query(stranger.createSchema(schema, role));
    for (const {name, schema} of section.extensions)
      await session.query(stranger.createExtension(name, schema));
    for (const table of await session.query<ExtensionTable>(stranger.extensionTables))
      await session.query(stranger.mayFill(table, role));
  });
};

/** Schemas that the dump makes for its extensions, which are there before it. */
export const schemasOfExtensions = ({extensions}: Section): readonly string[] => {
  const named = extensions.flatMap(({schema}) => (schema === undefined ? [] : [schema]));
  return [...new Set(named)].filter((schema) => !['public', 'pg_catalog'].includes(schema));
};

const handOver = async (context: Context, {plan, look}: Site, owner: string) => {
  const {connection, client} = look.maintenance;
  const role = stranger.strangerFor(plan.run);
  // Settings of the database would hold for the superuser's session in it.
  await withServerSession(context, look.maintenance, async (session) => {
    await session.query(stranger.resetDatabase(plan.incoming));
    await session.query(databases.endClients(plan.incoming));
  });
  const at = {connection: toDatabase(connection, plan.incoming), client};
  await withServerSession(context, at, async (session) => {
    for (const statement of stranger.handOver(role, owner)) await session.query(statement);
  });
  await withServerSession(context, look.maintenance, async (session) => {
    await session.query(stranger.dropRole(role));
  });
};

const prove = async (context: Context, {plan, look}: Site, {rows}: Section) => {
  const {connection, client} = look.maintenance;
  const at = {connection: toDatabase(connection, plan.incoming), client};
  const problems = await withServerSession(context, at, async (session) => {
    const count = async (table: string, only: boolean) =>
      (await session.query<number>(stranger.countRows(table, {only})))[0];
    const found: string[] = [];
    const filled = await session.query<ExtensionTable>(stranger.extensionTables);
    for (const [table, expected] of rows) {
      if (expected === null) continue;
      const counted = await count(table, true).catch(messageOf);
      // Its own script may have put rows there that no dump holds.
      const mayBeMore = filled.some(({name}) => name === table);
      if (mayBeMore && Number(counted) >= expected) continue;
      if (counted === expected || (await count(table, false).catch(messageOf)) === expected)
        continue;
      found.push(`${table} has ${counted} rows, the dump ${expected}`);
    }
    return found;
  });
  if (problems.length === 0) return;
  throw new OpsError(
    'notIntact',
    `what was built is not what is in the dump: ${problems.join('; ')}`,
    {
      hint: 'nothing was changed; take another dump',
    },
  );
};

const messageOf = (error: unknown): string => {
  if (error instanceof QueryError) return error.message;
  throw error;
};
