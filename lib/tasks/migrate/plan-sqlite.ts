/** Everything before a migrate from SQLite: the copy, its values, the target; nothing of both is changed. */
import {removeFile} from '../../io/descriptor.ts';
import {processors} from '../../io/processors.ts';
import {copyDatabase, findSqlite} from '../../io/sources/sqlite.ts';
import type {Connection} from '../../model/connection.ts';
import {assertMeant} from '../../model/migrate/map-known.ts';
import type {MigratePlan} from '../../model/migrate/migrate-plan.ts';
import type {Wishes} from '../../model/migrate/name-tables.ts';
import type {Reported} from '../../model/migrate/plan-text.ts';
import type {OnExisting} from '../../model/migrate/row-plan.ts';
import {idFor} from '../../model/set-id.ts';
import type {Server} from '../connect.ts';
import type {Context} from '../context.ts';
import {inPhase} from '../in-phase.ts';
import {together} from '../together.ts';
import {decisionsOf} from './decisions.ts';
import {lookAtTarget, planMigrate} from './plan.ts';
import {planFill, tablesOf} from './plan-rows.ts';
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

/** The target looked at, the source copied, and loaded what reads the copy. */
type Prepared = [
  Awaited<ReturnType<typeof lookAtTarget>>,
  unknown,
  typeof import('./several-sqlite.ts'),
];

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
  const {wishes, isComparing, onExisting} = request;
  assertMeant(wishes.map, 'SQLite');
  const sqlite = await findSqlite(context.shell);
  const files: {file: string; copy: string}[] = [];
  const remove = async () => {
    for (const {copy} of files) await removeFile(copy);
  };
  const [target, , {openAll}] = await together<Prepared>(context, [
    (inner) => lookAtTarget(inner, connection, {schema: request.schema}),
    (inner) => copyAll(inner, request.files, files),
    () => import('./several-sqlite.ts'),
  ]).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  try {
    const targets = onExisting && (await tablesOf(context, target));
    const jobs = request.jobs ?? processors({most: 4});
    const opening = {sqlite, wishes, jobs, isComparing, files, targets, target: target.facts};
    const source = await openAll(context, opening);
    const planned = onExisting
      ? await planFill(context, target, {source, onExisting})
      : await planMigrate(context, target, source);
    const reported = {
      plan: planned.plan,
      decisions: decisionsOf(source),
      notCarried: source.notCarried,
      accounts: source.accounts,
      leftOut: source.leftOut,
      offers: source.offerTexts,
    };
    const {writeRejects} = source;
    const [copy = '', ...otherCopies] = files.map((each) => each.copy);
    return await use({...planned, source, reported, jobs, copy, otherCopies, writeRejects});
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
