/** Decides an undo: looks at what restores have kept, touches nothing. */

import * as databases from '../commands/databases.ts';
import {readJournal} from '../io/journal.ts';
import {shelfFolder} from '../io/store.ts';
import {besideName} from '../model/beside.ts';
import {type Connection, toDatabase} from '../model/connection.ts';
import {compareTraits, type DatabaseTraits} from '../model/database-facts.ts';
import {OpsError} from '../model/errors.ts';
import {type Fault, restoreFaults} from '../model/restore-faults.ts';
import type {TablePlan} from '../model/restore-plan.ts';
import {idFor} from '../model/set-id.ts';
import {withServerSession} from './connect.ts';
import type {Context} from './context.ts';
import {type Kept, keptDatabases} from './kept.ts';
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
  const {maintenance, target} = look;
  const {kept, traits} = await withServerSession(context, maintenance, async (session) => {
    const kept = (await keptDatabases(session)).find(
      ({note}) => note.of === database && note.verb === 'restore',
    );
    if (!kept) throw nothingToUndo(database);
    const [traits] = await session.query<DatabaseTraits>(databases.databaseTraits(kept.name));
    return {kept, traits: traits as DatabaseTraits};
  });
  const place = (name: string) => ({
    connection: toDatabase(connection, name),
    client: maintenance.client,
  });
  const before = await presentRows(context, place(kept.name), {
    rows: new Map(),
    takenAt: kept.note.at,
  });
  const beside = {
    rows: new Map(before.map(({name, now}) => [name, now ?? null])),
    takenAt: kept.note.at,
  };
  const journal = await readJournal(shelfFolder(context.settings.backups, database));
  const run = idFor(context.now, [kept.note.run, ...journal.map((entry) => entry.run)]);
  const plan: UndoPlan = {
    run,
    database,
    kept,
    target,
    aside: besideName(database, 'before', run),
    tables: target ? await presentRows(context, place(database), beside) : [],
    clients: look.clients,
    cautions: target ? compareTraits(target, {...traits, comment: kept.note.comment}) : [],
    faults: restoreFaults({...nothing, major: look.major}, look),
  };
  return {plan, look};
};

/** An undo loads nothing. */
const nothing = {owners: [], mentioned: [], roles: [], extensions: [], bytes: 0};

const nothingToUndo = (database: string) =>
  new OpsError('usage', `there is no restore of '${database}' to take back`, {
    hint: 'the databases that restores kept are dropped when they have expired; the sets of reason before-restore are in `pgkeep list`',
  });
