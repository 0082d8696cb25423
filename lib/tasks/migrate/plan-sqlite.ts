/** Everything before a migrate from SQLite: the copy, its values, the target; nothing of both is changed. */
import {removeFile} from '../../io/descriptor.ts';
import {copyDatabase, findSqlite} from '../../io/sources/sqlite.ts';
import type {Connection} from '../../model/connection.ts';
import {assertMeant} from '../../model/migrate/map-meant.ts';
import type {MigratePlan} from '../../model/migrate/migrate-plan.ts';
import type {Wishes} from '../../model/migrate/name-tables.ts';
import type {Reported} from '../../model/migrate/plan-text.ts';
import type {OnExisting} from '../../model/migrate/row-plan.ts';
import {idFor} from '../../model/set-id.ts';
import type {Server} from '../connect.ts';
import type {Context} from '../context.ts';
import {inPhase} from '../in-phase.ts';
import {together} from '../together.ts';
import type {Target} from './look-at-target.ts';
import type {SqliteSource} from './sqlite-source.ts';

export type SqliteRequest = {
  /** One database, or several whose tables come together. */
  readonly files: readonly string[];
  readonly schema: string | undefined;
  /** Undefined: as many as this host has processors. */
  readonly jobs: number | undefined;
  readonly wishes: Wishes;
  /** Rows alone, into tables that are there: what of those that have rows. Undefined: tables are made. */
  readonly onExisting?: OnExisting | undefined;
  /** Only to compare with what is there. */
  readonly isComparing: boolean;
};

export type PlannedSqlite = {
  readonly plan: MigratePlan;
  readonly server: Server;
  readonly source: SqliteSource;
  readonly reported: Reported;
  readonly jobs: number;
  readonly copy: string;
  readonly otherCopies: readonly string[];
  readonly writeRejects: SqliteSource['writeRejects'];
};

/** The source copied, the target looked at, and loaded what reads the copy. */
type Prepared = [unknown, Target, typeof import('./plan-copy.ts')];

type Asked = {readonly connection: Connection; readonly request: SqliteRequest};

/**
 * Plan, and hand the plan over; after a dry run the copy goes again. Errors: usage for a file that is none; notIntact for
 * a damaged one; unavailable (sqlite3, server, space).
 */
export const planSqlite = async <Value>(
  context: Context,
  {connection, request}: Asked,
  {isDryRun}: {readonly isDryRun: boolean},
  use: (planned: PlannedSqlite) => Promise<Value>,
): Promise<Value> => {
  assertMeant(request.wishes.map, 'SQLite');
  const sqlite = await findSqlite(context.shell);
  const files: {file: string; copy: string}[] = [];
  const remove = async () => {
    for (const {copy} of files) await removeFile(copy);
  };
  const [, target, {planCopy}] = await together<Prepared>(context, [
    (inner) => copyAll(inner, request.files, files),
    async (inner) => {
      const {lookAtTarget} = await import('./look-at-target.ts');
      return lookAtTarget(inner, connection, {schema: request.schema});
    },
    () => import('./plan-copy.ts'),
  ]).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  try {
    return await use(await planCopy(context, {sqlite, request, target, files}));
  } finally {
    if (isDryRun) await remove();
  }
};

/** Each as it is at its own moment. What is copied is in `copies` even where a later one fails. */
const copyAll = (
  context: Context,
  files: readonly string[],
  copies: {file: string; copy: string}[],
): Promise<void> =>
  inPhase(context, 'copying the source', async () => {
    const {backups} = context.settings;
    const run = idFor(context.now);
    for (const file of files) {
      const {path} = await copyDatabase(context.shell, file, {backups, run});
      copies.push({file, copy: path});
    }
  });
