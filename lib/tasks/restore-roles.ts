/** The roles of a set or of a cluster dump on a server that lacks them: all of them or none, and no other is touched. */
import * as databases from '../commands/databases.ts';
import type {Restorer} from '../model/database-facts.ts';
import {OpsError} from '../model/errors.ts';
import {makingFaults, withoutPassword} from '../model/role-making.ts';
import {type RolesPlan, roleCautions} from '../model/roles-plan.ts';
import {newRoles, type RoleStatement, rolesIn, statementsFor} from '../model/roles-text.ts';
import {type Server, withServerSession} from './connect.ts';
import type {Context} from './context.ts';
import {refuseFaults} from './restore.ts';
import {readRoles} from './role-text.ts';

export type RolesSource = RolesPlan['from'] & {
  /** As pg_dumpall writes it. */
  readonly globals: string;
};

export type PlannedRoles = {
  readonly plan: RolesPlan;
  readonly maintenance: Server;
  readonly statements: readonly RoleStatement[];
};

/** Errors: notIntact for what pg_dumpall does not write. Faults of the plan are in it. */
export const planRoles = async (
  context: Context,
  maintenance: Server,
  {globals, ...from}: RolesSource,
): Promise<PlannedRoles> => {
  const statements = readRoles(globals);
  const {facts, version} = maintenance;
  const restorer = await look(context, maintenance);
  const there = new Set(restorer.roles.map(({name}) => name));
  const named = rolesIn(statements);
  const roles = newRoles(
    statements,
    named.filter((name) => !there.has(name)),
  );
  const {address, port} = facts;
  const plan: RolesPlan = {
    from,
    server: {address, port, version: version.text, role: restorer.role},
    roles,
    present: named.filter((name) => there.has(name)),
    passwordless: withoutPassword(roles),
    cautions: roleCautions(statements, {roles, present: [...there]}),
    faults: makingFaults(roles, {major: version.major, restorer}),
  };
  return {plan, maintenance, statements};
};

/**
 * Make them, in one transaction: the names of those that were made. Errors: unavailable for the plan's faults;
 * toolFailed, then none was made.
 */
export const restoreRoles = async (
  context: Context,
  {plan, maintenance, statements}: PlannedRoles,
): Promise<readonly string[]> => {
  refuseFaults(plan);
  const missing = plan.roles.map(({name}) => name);
  if (missing.length === 0) return [];
  return withServerSession(context, maintenance, async (session) => {
    const [restorer] = await session.query<Restorer>(databases.restorer(maintenance.version.major));
    const present = restorer?.roles.map(({name}) => name) ?? [];
    await session.query('BEGIN');
    await session.query('SET LOCAL synchronous_commit = on');
    for (const statement of statementsFor(statements, {missing, present, joins: false}))
      await session.query(statement.replace(/;$/, ''));
    await session.query('COMMIT');
    const [after] = await session.query<Restorer>(databases.restorer(maintenance.version.major));
    const there = new Set(after?.roles.map(({name}) => name));
    const lacking = missing.filter((name) => !there.has(name));
    if (lacking.length === 0) return missing;
    throw new OpsError('toolFailed', `the server does not have ${lacking.join(', ')} all the same`);
  });
};

const look = (context: Context, maintenance: Server): Promise<Restorer> =>
  withServerSession(context, maintenance, async (session) => {
    const [restorer] = await session.query<Restorer>(databases.restorer(maintenance.version.major));
    if (restorer) return restorer;
    throw new OpsError('unavailable', 'the server does not say what the role may do');
  });
