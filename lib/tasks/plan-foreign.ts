/** Decides the restore of a dump without a manifest: reads all of it, looks at everything, touches nothing. */
import {processors} from '../io/processors.ts';
import {besideName} from '../model/beside.ts';
import {undoCommand} from '../model/command.ts';
import {type Connection, toDatabase} from '../model/connection.ts';
import {isGrantedByOthers} from '../model/database-facts.ts';
import {OpsError} from '../model/errors.ts';
import {foreignFaults} from '../model/foreign-faults.ts';
import type {Scan, Section} from '../model/plain-scan.ts';
import {restoreFaults} from '../model/restore-faults.ts';
import type {RestorePlan} from '../model/restore-plan.ts';
import {idFor} from '../model/set-id.ts';
import {parseVersion} from '../model/version.ts';
import type {Context} from './context.ts';
import {assertReadable, type ForeignDump, recognise, scanDump} from './foreign-dump.ts';
import {cautionsFor, shown, summaryOf} from './foreign-facts.ts';
import {type ForeignWork, sourceOfDump} from './foreign-source.ts';
import {leftBehind} from './interrupted.ts';
import {idsTaken} from './plan-facts.ts';
import {type Planned, roomForBuild} from './plan-restore.ts';
import {presentRows} from './present-rows.ts';
import {type Look, lookAtTarget} from './restore-look.ts';
import type {Source} from './source.ts';

export type ForeignRequest = {
  /** The file or folder. */
  readonly path: string;
  readonly into: string | undefined;
  readonly jobs: number | undefined;
  /** Loaded as the connecting role, its owners and grants kept. */
  readonly isTrusted: boolean;
  /** Whose it shall be; that of the present database when absent. */
  readonly owner: string | undefined;
};

export type PlannedForeign = Planned & {readonly source: Source};

/** Errors: usage, notIntact, unavailable. Faults of the plan are in it. */
export const planForeign = async (
  context: Context,
  connection: Connection,
  request: ForeignRequest,
): Promise<PlannedForeign> => {
  const dump = await recognise(context, request.path);
  const named = connection.libpq['PGDATABASE'];
  const database = request.into ?? named;
  if (database === undefined) throw new OpsError('usage', 'no database is named: say --into NAME');
  const look = await lookAtTarget(context, connection, database);
  const {client} = look.maintenance;
  assertLocal(dump, client);
  assertReadable(dump, client);
  const scan = await scanDump(context, dump, client);
  const section = sectionFor(scan, named);
  const {restorer, target} = look;
  const work: ForeignWork = {
    ...{dump, scan, section, isTrusted: request.isTrusted},
    hasStranger: restorer.isSuperuser && !request.isTrusted,
    owner: request.owner ?? target?.owner ?? restorer.role,
  };
  const plan = await planOf(context, {work, look, database, jobs: request.jobs});
  return {plan, look, source: sourceOfDump(work)};
};

/** A program in a container sees no file of this host, but what comes through a pipe. Errors: unavailable. */
const assertLocal = ({kind, path}: ForeignDump, {binaries}: Look['maintenance']['client']) => {
  if (kind === 'plain' || typeof binaries === 'string') return;
  throw new OpsError('unavailable', `the pg_restore in a container can't see '${path}'`, {
    hint: 'use the client of this host (PGKEEP_TOOLS=local; Debian: apt-get install postgresql-client), or make SQL of it in the container (docker exec -i CONTAINER pg_restore -f - <DUMP >DUMP.sql) and restore that',
  });
};

/** Errors: usage where several databases are in the dump and none of that name. */
const sectionFor = ({sections}: Scan, database: string | undefined): Section => {
  const [only, ...others] = sections;
  if (only && others.length === 0) return only;
  const found = sections.find((section) => section.database === database);
  if (found) return found;
  if (only === undefined)
    throw new OpsError('usage', 'the dump holds roles and no database', {
      hint: 'restore them with --roles-only',
    });
  throw new OpsError('usage', `the dump holds no database '${database}'`, {
    hint: `name one of them with --database: ${sections.map((section) => section.database).join(', ')}`,
  });
};

type Parts = {
  readonly work: ForeignWork;
  readonly look: Look;
  readonly database: string;
  readonly jobs: number | undefined;
};

const planOf = async (
  context: Context,
  {work, look, database, jobs}: Parts,
): Promise<RestorePlan> => {
  const {dump, scan, section} = work;
  const {maintenance, target} = look;
  const run = idFor(context.now, await idsTaken(context, database));
  const neededBytes = Math.ceil(scan.bytes * roomForBuild);
  const place = {
    connection: toDatabase(maintenance.connection, database),
    client: maintenance.client,
  };
  const takenAt = dump.changedAt.toISOString();
  const rows = new Map([...section.rows].map(([name, count]) => [shown(name), count]));
  return {
    run,
    database,
    pick: undefined,
    set: summaryOf(dump, scan, section),
    server: {
      address: maintenance.facts.address,
      port: maintenance.facts.port,
      version: maintenance.version.text,
      role: look.restorer.role,
      systemIdentifier: null,
    },
    target,
    tables: target?.allowsConnections
      ? await presentRows(context, place, {rows, takenAt})
      : [...rows].map(([name, set]) => ({name, now: undefined, set})),
    clients: look.clients,
    rolesToMake: [],
    freeBytes: look.freeBytes,
    neededBytes,
    jobs: jobs ?? processors({most: 4}),
    expectedSeconds: undefined,
    incoming: besideName(database, 'incoming', run),
    before: besideName(database, 'before', run),
    undo: undoCommand(database),
    cautions: [...(await leftBehind(context, maintenance, database)), ...cautionsFor(work, look)],
    faults: [
      ...restoreFaults(
        {
          ...needsOf(scan, section, neededBytes),
          hasOtherGrantors: target !== undefined && isGrantedByOthers(target),
          parameters: target?.parameters ?? [],
        },
        look,
      ),
      ...foreignFaults(
        {
          ...work,
          kind: dump.kind,
          client: maintenance.client.version,
          where: maintenance.client.where,
        },
        look,
      ),
    ],
  };
};

const needsOf = ({serverVersion}: Scan, {extensions}: Section, bytes: number) => ({
  ...{major: parseVersion(serverVersion ?? '')?.major ?? 0, bytes},
  ...{owners: [], mentioned: [], roles: []},
  extensions: extensions.map(({name}) => name),
});
