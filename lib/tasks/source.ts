/** What a restore builds a database from: a set of ours, or a dump that somebody else took. */
import * as databases from '../commands/databases.ts';
import type {StoredSet} from '../io/store.ts';
import {commentOf} from '../model/beside.ts';
import type {RestorePlan} from '../model/restore-plan.ts';
import type {DatabaseDefinition} from '../model/set-definition.ts';
import {withServerSession} from './connect.ts';
import type {Context} from './context.ts';
import type {Look} from './restore-look.ts';

export type Site = {
  readonly plan: RestorePlan;
  readonly look: Look;
  /** A private folder on this host for what the work needs. */
  readonly folder: string;
  /** The set of what was there; undefined where nothing was. */
  readonly snapshot: StoredSet | undefined;
};

export type Source = {
  /** Folders that no prune may touch meanwhile. */
  readonly shelves: readonly string[];
  /** Whether pg_restore reads a folder of this host, which a client in a container may not see. */
  readonly readsFolder: boolean;
  /** Errors: notIntact for what is damaged; nothing was touched yet. */
  assertWhole(context: Context): Promise<void>;
  /** What only trying tells, before anything is saved or built; leaves nothing. Errors: unavailable. */
  rehearse?(context: Context, site: Pick<Site, 'plan' | 'look'>): Promise<void>;
  /** The new, empty database, and the roles that it needs. Errors: toolFailed, notIntact, unavailable. */
  create(context: Context, site: Site): Promise<void>;
  /** Its rows and objects, and its statistics. Errors: toolFailed, notIntact. */
  fill(context: Context, site: Site): Promise<void>;
  /** That what was built is what was to be built. Errors: notIntact naming what differs. */
  prove(context: Context, site: Site): Promise<void>;
  /** How a database of this name is made, where nothing is there that it takes the place of. */
  definition(context: Context, to: string): Promise<DatabaseDefinition | undefined>;
};

/** The oid of the new, empty database. Errors: as `create`. */
export const createBeside = async (
  context: Context,
  source: Source,
  site: Site,
): Promise<number> => {
  const {plan, look} = site;
  const {incoming, database, run} = plan;
  await source.create(context, site);
  return withServerSession(context, look.maintenance, async (session) => {
    const note = {
      pgkeep: 1,
      role: 'incoming',
      of: database,
      run,
      verb: 'restore',
      comment: null,
    } as const;
    const comment = commentOf({...note, at: context.now.toISOString(), set: plan.set.id});
    await session.query(databases.commentOnDatabase(incoming, comment));
    const [traits] = await session.query<{oid: number}>(databases.databaseTraits(incoming));
    return (traits as {oid: number}).oid;
  });
};
