/** Decides an undo: looks at what restores have kept, touches nothing. */

import * as databases from '../commands/databases.ts';
import {readJournal} from '../io/journal.ts';
import {shelfFolder} from '../io/store.ts';
import {besideName} from '../model/beside.ts';
import {type Connection, toDatabase} from '../model/connection.ts';
import {compareTraits, type DatabaseTraits} from '../model/database-facts.ts';
import {OpsError} from '../model/errors.ts';
import {chooseToUndo, type Kept, ownerFaults} from '../model/kept.ts';
import {type Fault, restoreFaults} from '../model/restore-faults.ts';
import {type Entry, undoable} from '../model/restore-journal.ts';
import type {TablePlan} from '../model/restore-plan.ts';
import {idFor} from '../model/set-id.ts';
import {withServerSession} from './connect.ts';
import type {Context} from './context.ts';
import {leftBehind} from './interrupted.ts';
import {keptDatabases} from './kept.ts';
import {presentRows} from './present-rows.ts';
import {type Look, lookAtTarget} from './restore-look.ts';

export type UndoPlan = {
  readonly run: string;
  readonly database: string;
  readonly kept: Kept;
  readonly target: DatabaseTraits | undefined;
  /** The name that the present one gets. */
  readonly aside: string;
  /** Rows now, beside those of the kept one (`set`). */
  readonly tables: readonly TablePlan[];
  readonly clients: Look['clients'];
  readonly cautions: readonly string[];
  readonly faults: readonly Fault[];
};

export type PlannedUndo = {readonly plan: UndoPlan; readonly look: Look};

/**
 * Errors: usage where nothing can be taken back; unavailable (server, login). Faults of the plan are in it.
 */
export const planUndo = async (
  context: Context,
  connection: Connection,
  {database}: {readonly database: string},
): Promise<PlannedUndo> => {
  const look = await lookAtTarget(context, connection, database);
  const {target} = look;
  const journal = await readJournal(shelfFolder(context.settings.backups, database));
  const left = await leftBehind(context, look.maintenance, database);
  const {kept, traits, cautions} = await choose(context, look, {database, journal}).catch(
    (error: unknown) => {
      for (const told of left) context.reporter.warn(told);
      throw error;
    },
  );
  const strange = ownerFaults(kept, target?.owner);
  const run = idFor(context.now, [kept.note.run, ...journal.map((entry) => entry.run)]);
  const plan: UndoPlan = {
    run,
    database,
    kept,
    target,
    aside: besideName(database, 'before', run),
    tables: target && strange.length === 0 ? await tablesOf(context, look, {database, kept}) : [],
    clients: look.clients,
    cautions: [
      ...left,
      ...cautions,
      ...(target ? compareTraits(target, {...traits, comment: kept.note.comment}) : []),
    ],
    faults: [...strange, ...restoreFaults({...nothing, major: look.major}, look)],
  };
  return {plan, look};
};

type Subject = {readonly database: string; readonly journal: readonly Entry[]};

/** The database to give back, what hangs on it, and what is to be said of the choice. Errors: usage. */
const choose = (context: Context, {maintenance}: Look, {database, journal}: Subject) =>
  withServerSession(context, maintenance, async (session) => {
    const restores = (await keptDatabases(session)).filter(
      ({note}) => note.of === database && note.verb === 'restore',
    );
    const sources = {now: context.now, known: undoable(journal)};
    const {kept, cautions} = chooseToUndo(restores, sources);
    if (!kept) throw nothingToUndo(database);
    const [traits] = await session.query<DatabaseTraits>(databases.databaseTraits(kept.name));
    return {kept, cautions, traits: traits as DatabaseTraits};
  });

/** Rows of the one that serves beside those of the kept one. Only for a kept one that is trusted: both are connected to. */
const tablesOf = async (
  context: Context,
  {maintenance: {connection, client}}: Look,
  {database, kept}: Pick<UndoPlan, 'database' | 'kept'>,
) => {
  const place = (name: string) => ({connection: toDatabase(connection, name), client});
  const takenAt = kept.note.at;
  const before = await presentRows(context, place(kept.name), {rows: new Map(), takenAt});
  const rows = new Map(before.map(({name, now}) => [name, now ?? null]));
  return presentRows(context, place(database), {rows, takenAt});
};

/** An undo loads nothing. */
const nothing = {
  owners: [],
  mentioned: [],
  roles: [],
  extensions: [],
  hasOtherGrantors: false,
  parameters: [],
  bytes: 0,
};

const nothingToUndo = (database: string) =>
  new OpsError('usage', `there is no restore of '${database}' to take back`, {
    hint: 'the databases that restores kept are dropped when they have expired; the sets of reason before-restore are in `pgkeep list`',
  });
