/** The last migrate taken back: what it brought goes into a schema beside, what it replaced comes back. */

import type {Moved} from '../../commands/migrate-staging.ts';
import * as staging from '../../commands/migrate-staging.ts';
import {QueryError, type Session} from '../../io/session.ts';
import type {Connection} from '../../model/connection.ts';
import {OpsError} from '../../model/errors.ts';
import {beforeSchema, type RunNote, runNoteIn} from '../../model/migrate/run-note.ts';
import {idFor} from '../../model/set-id.ts';
import {reach, reachMaintenance, type Server, withServerSession} from '../connect.ts';
import type {Context} from '../context.ts';
import {withDatabaseLock} from '../database-lock.ts';
import type {RunSchema} from './left.ts';
import {rowsToUndo, takeRowsBack} from './undo-rows.ts';

export type MigrateUndoPlan = {
  readonly run: string;
  readonly database: string;
  readonly note: RunNote;
  /** Where what goes is kept. */
  readonly aside: string;
  readonly goes: readonly (Moved & {readonly rows: number | undefined})[];
  readonly comesBack: readonly (Moved & {readonly rows: number | undefined})[];
};

export type PlannedMigrateUndo = {readonly plan: MigrateUndoPlan; readonly server: Server};

/** The last migrate into a database; undefined where there is none that can be taken back, or no database. */
export const planUndoMigrate = async (
  context: Context,
  connection: Connection,
): Promise<PlannedMigrateUndo | undefined> => {
  const server = await reach(context, connection).catch(() => undefined);
  context.signal.throwIfAborted();
  if (server === undefined) return undefined;
  return withServerSession(context, server, async (session) => {
    const schemas = await session.query<RunSchema>(staging.runSchemas);
    const notes = schemas.flatMap((schema) => {
      const note = runNoteIn(schema.comment);
      // Another role's comment is no word of ours.
      const isOurs = schema.isMine && note?.role === 'before' && note.verb === 'migrate';
      return isOurs && schema.name === beforeSchema(note.run) ? [note] : [];
    });
    const [note] = notes.toSorted((a, b) => (a.at < b.at ? 1 : -1));
    if (!note) return undefined;
    const taken = schemas.flatMap(
      ({name}) => /_(\d{8}t\d{6}z)$/.exec(name)?.[1]?.toUpperCase() ?? [],
    );
    const run = idFor(context.now, taken);
    const present = await session.query<Moved>(staging.builtIn(note.target));
    const kept = await session.query<Moved>(staging.builtIn(beforeSchema(note.run)));
    const isThere = ({kind, name}: Moved) =>
      present.some((object) => object.kind === kind && object.name === name);
    const naming = {run, note, database: server.facts.database, aside: beforeSchema(run)};
    if (note.filled) return {plan: {...naming, ...(await rowsToUndo(session, note))}, server};
    const plan = {
      ...naming,
      goes: await counted(session, note.target, note.brought.filter(isThere)),
      comesBack: await counted(session, beforeSchema(note.run), kept),
    };
    return {plan, server};
  });
};

const counted = async (session: Session, schema: string, objects: readonly Moved[]) => {
  const result: (Moved & {rows: number | undefined})[] = [];
  for (const object of objects) {
    const [rows] =
      object.kind === 'table'
        ? await session.query<number>(staging.countTree(schema, object.name))
        : [undefined];
    result.push({...object, rows});
  }
  return result;
};

/** Carry it out: one transaction, nothing is dropped. Errors: locked; toolFailed where it could not be done; then nothing has changed. */
export const undoMigrate = async (
  context: Context,
  {plan, server}: PlannedMigrateUndo,
): Promise<void> => {
  const {note, aside, run, goes, comesBack, database} = plan;
  const from = beforeSchema(note.run);
  const kept: RunNote = {
    ...{pgkeep: 1, verb: 'undo migrate', role: 'before', run, at: context.now.toISOString()},
    ...{source: note.source, target: note.target},
    brought: note.filled ? [] : comesBack.map(({kind, name}) => ({kind, name})),
  };
  const {lockWaitSeconds} = context.settings;
  const statements = [
    staging.begin,
    'SET LOCAL synchronous_commit = on',
    `SET LOCAL lock_timeout = '${lockWaitSeconds}s'`,
    ...staging.createSchema(aside, kept),
    ...goes.map((object) => staging.moveObject(note.target, aside, object)),
    ...comesBack.map((object) => staging.moveObject(from, note.target, object)),
    staging.dropEmptySchema(from),
    'COMMIT',
  ];
  const maintenance = await reachMaintenance(context, server.connection);
  await withDatabaseLock(context, {maintenance, database}, () =>
    withServerSession(context, server, async (session) => {
      try {
        if (note.filled) await takeRowsBack(session, {note, aside, kept, lockWaitSeconds});
        else for (const statement of statements) await session.query(statement);
      } catch (cause) {
        if (!(cause instanceof QueryError)) throw cause;
        throw new OpsError('toolFailed', 'the migrate could not be taken back', {
          hint: 'nothing has changed: the cause names what is in the way (55P03: a client holds a lock; stop it), then run again',
          cause,
        });
      }
    }),
  );
};
