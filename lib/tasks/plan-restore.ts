import {processors} from '../io/processors.ts';
import type {StoredSet} from '../io/store.ts';
import {besideName} from '../model/beside.ts';
import {undoCommand} from '../model/command.ts';
import {type Connection, toDatabase} from '../model/connection.ts';
import {isGrantedByOthers} from '../model/database-facts.ts';
import {OpsError} from '../model/errors.ts';
import {type Pick, pickTables} from '../model/picked.ts';
import {missingRoles, restoreFaults} from '../model/restore-faults.ts';
import type {RestorePlan} from '../model/restore-plan.ts';
import {makingFaults, powerCautions} from '../model/role-making.ts';
import {joining, newRoles} from '../model/roles-text.ts';
import {idFor} from '../model/set-id.ts';
import type {Context} from './context.ts';
import {textIn} from './definition.ts';
import {leftBehind} from './interrupted.ts';
import {besideOf, cautionsFor, expectedSeconds, idsTaken, summaryOf} from './plan-facts.ts';
import {presentRows} from './present-rows.ts';
import {type Look, lookAtTarget, subjectOf} from './restore-look.ts';
import {readRoles} from './role-text.ts';

export type RestoreRequest = {
  readonly set: StoredSet;
  /** The name to restore into; the set's own when absent. */
  readonly into: string | undefined;
  /** Workers; what this host has when absent. */
  readonly jobs: number | undefined;
  /** A part of the set, for a database that is not there yet. */
  readonly pick: Pick | undefined;
};

export type Planned = {readonly plan: RestorePlan; readonly look: Look};

/** The server's pages, its indexes built anew, and the log of it all. */
export const roomForBuild = 1.3;

/** Errors: unavailable (server, login); usage for a database that is never replaced. Faults of the plan are in it. */
export const planRestore = async (
  context: Context,
  connection: Connection,
  {set, into, jobs, pick}: RestoreRequest,
): Promise<Planned> => {
  const {manifest} = set;
  const database = into ?? manifest.database;
  const look = await lookAtTarget(context, connection, database);
  if (pick) assertPickable(set, {pick, isThere: look.target !== undefined});
  const subject = await subjectOf(context, set);
  const neededBytes = Math.ceil(subject.bytes * roomForBuild);
  const {maintenance, target} = look;
  const place = {
    connection: toDatabase(maintenance.connection, database),
    client: maintenance.client,
  };
  const isReadable = target?.allowsConnections === true;
  const carried = target
    ? {hasOtherGrantors: isGrantedByOthers(target), parameters: target.parameters}
    : {hasOtherGrantors: subject.hasOtherGrantors, parameters: subject.parameters};
  const rolesToMake = missingRoles(subject, look);
  const {roles, cautions} = await rolesOf(context, set, {missing: rolesToMake, look});
  const run = idFor(context.now, await idsTaken(context, database));
  const plan: RestorePlan = {
    run,
    database,
    pick,
    set: summaryOf(set, context.now),
    server: {
      address: maintenance.facts.address,
      port: maintenance.facts.port,
      version: maintenance.version.text,
      role: look.restorer.role,
      systemIdentifier: look.systemIdentifier,
    },
    target,
    tables: isReadable ? await presentRows(context, place, besideOf(manifest)) : [],
    clients: look.clients,
    rolesToMake,
    freeBytes: look.freeBytes,
    neededBytes,
    jobs: jobs ?? processors({most: 4}),
    expectedSeconds: await expectedSeconds(context, set),
    incoming: besideName(database, 'incoming', run),
    before: besideName(database, 'before', run),
    undo: undoCommand(database),
    cautions: [
      ...(await leftBehind(context, maintenance, database)),
      ...cautionsFor(set, look),
      ...cautions,
    ],
    faults: [
      ...restoreFaults({...subject, ...carried, bytes: neededBytes}, look),
      ...makingFaults(roles, look),
    ],
  };
  return {plan, look};
};

/** What the set says of the roles that are to be made, and who that is there becomes a member of them. */
const rolesOf = async (
  context: Context,
  {folder}: StoredSet,
  {missing, look}: {readonly missing: readonly string[]; readonly look: Look},
) => {
  if (missing.length === 0) return {roles: [], cautions: []};
  const statements = readRoles(await textIn(context, folder, 'globals.sql.gz'));
  const present = look.restorer.roles.map(({name}) => name);
  const roles = newRoles(statements, missing);
  const joins = joining(statements, {missing, present}).map(
    ({role, group}) => `'${role}', which is there, becomes a member of the new role '${group}'`,
  );
  return {roles, cautions: [...powerCautions(roles), ...joins]};
};

/** A part goes beside, never in the place of a whole. Errors: usage. */
const assertPickable = (
  {manifest}: StoredSet,
  {pick, isThere}: {readonly pick: Pick; readonly isThere: boolean},
) => {
  pickTables(manifest, pick);
  if (manifest.format === 'plain')
    throw new OpsError('usage', 'a plain dump gives all of it or nothing: no table can be picked', {
      hint: 'restore all of it with --into NAME, and take from there what you need',
    });
  if (isThere)
    throw new OpsError(
      'usage',
      'a part of a set is restored into a database that is not there yet',
      {
        hint: 'name a new one with --into',
      },
    );
};
