/** `restore --roles-only`: the roles of a set or of a cluster dump that the server lacks. */
import {resolve} from 'node:path';
import type {Connection} from '../lib/model/connection.ts';
import {printable} from '../lib/model/redact.ts';
import {rolesPlanLines} from '../lib/model/roles-plan.ts';
import {reachMaintenance} from '../lib/tasks/connect.ts';
import type {Context} from '../lib/tasks/context.ts';
import {findSet} from '../lib/tasks/find-set.ts';
import {identify} from '../lib/tasks/identify.ts';
import {refuseFaults} from '../lib/tasks/restore.ts';
import {type PlannedRoles, planRoles, restoreRoles} from '../lib/tasks/restore-roles.ts';
import {rolesOfDump, rolesOfSet} from '../lib/tasks/roles-source.ts';
import {confirmByName} from './_confirm.ts';
import {isDump} from './_plan-restore.ts';
import {planText} from './_plan-text.ts';

export type RoleFlags = {
  readonly backup: string | undefined;
  readonly backupFile: string | undefined;
  readonly dryRun: boolean;
  readonly yes: boolean;
};

/** The answer of the door as text and as JSON. Errors: as `planRoles` and `restoreRoles`; usage where not confirmed. */
export const rolesAlone = async (context: Context, connection: Connection, flags: RoleFlags) => {
  const planned = await planFor(context, connection, flags);
  const {plan} = planned;
  const text = planText({...plan, lines: rolesPlanLines(plan)});
  if (flags.dryRun) return {text, json: {plan}};
  for (const line of text.split('\n')) context.reporter.step(line);
  refuseFaults(plan);
  const word = 'how many roles are made';
  const count = String(plan.roles.length);
  if (plan.roles.length > 0)
    await confirmByName(count, {isSure: flags.yes, what: 'making roles', word});
  const made = await restoreRoles(context, planned);
  return {text: told(planned, made), json: {plan, made}};
};

const planFor = async (context: Context, connection: Connection, flags: RoleFlags) => {
  const {backup, backupFile} = flags;
  const maintenance = await reachMaintenance(context, connection);
  if (backupFile !== undefined && isDump(backupFile))
    return planRoles(context, maintenance, await rolesOfDump(context, maintenance, backupFile));
  const {system} = await identify(context, connection);
  const name = backupFile === undefined ? backup : resolve(backupFile);
  const set = await findSet(context, name ?? 'latest', connection.libpq['PGDATABASE'], system);
  return planRoles(context, maintenance, await rolesOfSet(context, set));
};

const told = ({plan}: PlannedRoles, made: readonly string[]): string =>
  [
    made.length === 0
      ? `every role of ${printable(plan.from.id)} is there: nothing was done`
      : `made: ${made.map((name) => printable(name)).join(', ')}`,
    ...(plan.passwordless.length > 0
      ? [`without a password: ${plan.passwordless.map((name) => printable(name)).join(', ')}`]
      : []),
  ].join('\n');
