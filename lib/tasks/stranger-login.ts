/** The role that loads a stranger's dump, and whether the server lets it in. */
import * as stranger from '../commands/stranger.ts';
import type {Session} from '../io/session.ts';
import type {Client} from '../io/tools.ts';
import {type Connection, toDatabase} from '../model/connection.ts';
import {causesOf, OpsError} from '../model/errors.ts';
import {withServerSession} from './connect.ts';
import type {Context} from './context.ts';
import type {Site} from './source.ts';

/** The role that loads a stranger's dump, for two days at most. */
export const createRole = async (
  context: Context,
  session: Session,
  {role, password, jobs}: {role: string; password: string; jobs: number},
) => {
  const until = new Date(context.now.getTime() + 172_800_000).toISOString();
  await session.query(stranger.createStranger(role, {password, until, sessions: jobs + 2}));
};

/** Whether it can log in: tried before the snapshot, which may take hours. The role is gone again. Errors: unavailable. */
export const rehearse = async (
  context: Context,
  {plan, look}: Pick<Site, 'plan' | 'look'>,
  {password, loader}: {readonly password: string; readonly loader: Connection},
): Promise<void> => {
  const role = stranger.strangerFor(plan.run);
  const {connection, client} = look.maintenance;
  await withServerSession(context, look.maintenance, async (session) => {
    await createRole(context, session, {role, password, jobs: plan.jobs});
    try {
      // Who may come in is asked before whether the database is there.
      await login(context, {connection: loader, client}).catch(async (error: unknown) => {
        if (causesOf(error as Error).some((text) => /database .* does not exist/.test(text)))
          return;
        const {PGDATABASE = 'postgres'} = connection.libpq;
        await assertLogin(context, {connection: toDatabase(loader, PGDATABASE), client});
      });
    } finally {
      await session.query(stranger.dropRole(role));
    }
  });
};

type Way = {readonly connection: Connection; readonly client: Client};

const login = (context: Context, way: Way) =>
  withServerSession(context, way, (session) => session.query('SELECT 1'));

/** Errors: unavailable where the server lets the role in by no password. */
export const assertLogin = async (context: Context, way: Way) => {
  try {
    await login(context, way);
  } catch (cause) {
    context.signal.throwIfAborted();
    throw new OpsError('unavailable', 'the role that is to load the dump can not log in', {
      hint: `a dump that you trust loads with --trust; else let the role in with a password: a line in pg_hba.conf such as 'local all all scram-sha-256' behind those of your own roles (since PostgreSQL 16 '/^pgkeep_restore_' for the second 'all'), or name a connection over TCP`,
      cause,
    });
  }
};
