/**
 * A source into PostgreSQL: built in a schema of its own, compared, and moved into place in one
 * transaction. Nothing before the move touches what is there; what the move replaces stays in a schema beside.
 */
import {join} from 'node:path';
import * as staging from '../../commands/migrate-staging.ts';
import {withLock} from '../../io/lock.ts';
import type {Session} from '../../io/session.ts';
import {withStaging} from '../../io/staging.ts';
import {prepareShelf, type StoredSet, shelfFolder} from '../../io/store.ts';
import {OpsError} from '../../model/errors.ts';
import type {NotCarried} from '../../model/migrate/incoming.ts';
import {type MigratePlan, putAside} from '../../model/migrate/migrate-plan.ts';
import {incomingSchema, type RunNote} from '../../model/migrate/run-note.ts';
import type {TableSample} from '../../model/migrate/sample.ts';
import {takeSet} from '../backup.ts';
import {reachMaintenance, type Server, withServerSession} from '../connect.ts';
import type {Context} from '../context.ts';
import {withDatabaseLock} from '../database-lock.ts';
import {inPhase} from '../in-phase.ts';
import {sweep} from '../sweep.ts';
import {type Filled, fillTables} from './fill.ts';
import {clearLeft} from './left.ts';
import {isMoved, moveIntoPlace} from './move.ts';
import type {Source} from './source.ts';
import {type Comparison, type Staged, type StagedTable, stageAll} from './stage.ts';
import {takeSample} from './take-sample.ts';

export type MigrateWork = {
  readonly plan: MigratePlan;
  readonly server: Server;
  readonly source: Source;
  readonly jobs: number;
  readonly comparison: Comparison;
  /** Of rows alone: the target may keep rows of the same keys that are others. */
  readonly isStrict: boolean;
  /** Go on where a run that was ended had come to. */
  readonly resumes: boolean;
  /** Rows of each table that are shown from both sides; none when absent. */
  readonly sampleRows?: number;
};

export type Migrated = {
  readonly plan: MigratePlan;
  readonly tables: readonly StagedTable[];
  readonly notCarried: readonly NotCarried[];
  /** Of rows alone: what became of them. */
  readonly filled: readonly Filled[] | undefined;
  /** The set of what was there; undefined where the database was empty. */
  readonly snapshot: StoredSet | undefined;
  readonly seconds: number;
  readonly samples: readonly TableSample[];
};

/**
 * Carry out a plan. Errors: unavailable for the plan's faults; locked; notIntact where a table differs from its
 * source; toolFailed; then the target is what it was. undecided where the server went away in the move.
 */
export const migrate = async (context: Context, work: MigrateWork): Promise<Migrated> => {
  const {plan, server, source} = work;
  const startedAt = performance.now();
  const {backups} = context.settings;
  const {database} = plan;
  const shelf = shelfFolder(backups, database);
  await prepareShelf(backups, shelf);
  const maintenance = await reachMaintenance(context, server.connection);
  const lock = {file: join(shelf, '.lock'), verb: 'migrate', since: context.now.toISOString()};
  return withLock(context.shell, lock, () =>
    withDatabaseLock(context, {maintenance, database}, async () => {
      await sweep(context, shelf);
      const {run, done} = await clearLeft(context, work);
      const snapshot = plan.savesFirst ? await save(context, server, shelf) : undefined;
      const staged = await withStaging(shelf, run, ({folder}) =>
        stageAndMove(context, {...work, plan: {...plan, run}, done, folder}),
      );
      const seconds = Math.round(performance.now() - startedAt) / 1_000;
      const notCarried = [...source.notCarried, ...staged.refused];
      const {tables, filled, samples} = staged;
      return {plan: {...plan, run}, tables, filled, notCarried, snapshot, seconds, samples};
    }),
  );
};

type Shown = Staged & {
  readonly samples: readonly TableSample[];
  readonly filled: readonly Filled[] | undefined;
};

type Building = MigrateWork & {
  readonly done: ReadonlyMap<string, StagedTable>;
  readonly folder: string;
};

const stageAndMove = async (context: Context, building: Building): Promise<Shown> => {
  const {plan, server, source, comparison, sampleRows = 0} = building;
  const {run} = plan;
  const schema = incomingSchema(run);
  const count = comparison === 'none' ? 0 : sampleRows;
  let isMoving = false;
  try {
    await withServerSession(context, server, (session) => prepare(context, session, building));
    const staged = await stageAll(context, {...building, schema, target: plan.schema});
    const samples = await takeSample(context, {...building, schema, count}, source.tables);
    context.signal.throwIfAborted();
    isMoving = true;
    const filled = await withServerSession(context, server, (session) =>
      intoPlace(context, session, building),
    );
    return {...staged, filled, samples};
  } catch (error) {
    if (isMoving && (await isMoved(context, server, run))) throw movedAllTheSame(run, error);
    await drop(context, server, schema);
    throw error;
  }
};

const intoPlace = async (
  context: Context,
  session: Session,
  {plan, source, isStrict}: Building,
): Promise<readonly Filled[] | undefined> => {
  const {run, schema: target, rows} = plan;
  const note = noteOf(context, plan, source);
  if (rows) return fillTables(context, session, {run, target, note, rows, isStrict});
  const aside = putAside(plan);
  await inPhase(context, 'moving into place', () =>
    moveIntoPlace(context, session, {
      ...{run, target, note, replaced: aside},
      records: (source.records ?? []).map((record) => ({...record, run})),
    }),
  );
  return undefined;
};

const noteOf = ({now}: Context, {run, schema}: MigratePlan, {sha256}: Source) => ({
  pgkeep: 1 as const,
  verb: 'migrate' as const,
  run,
  at: now.toISOString(),
  source: sha256,
  target: schema,
});

/** The staging schema with every table that is still to be loaded, bare. */
const prepare = async (context: Context, session: Session, {plan, source, done}: Building) => {
  const schema = incomingSchema(plan.run);
  const note: RunNote = {...noteOf(context, plan, source), role: 'incoming', brought: []};
  if (done.size === 0) {
    await session.query('BEGIN');
    for (const statement of staging.createSchema(schema, note)) await session.query(statement);
    await session.query('COMMIT');
    await session.query(staging.inSchema(schema, plan.schema));
    for (const {statement} of source.collations) await session.query(statement);
  }
  for (const statement of await session.query<string>(staging.spanning(schema)))
    await session.query(statement);
  for (const table of source.tables) {
    if (done.has(table.name)) continue;
    await session.query(staging.dropTable(schema, table.name));
    for (const statement of staging.createTable(schema, table)) await session.query(statement);
  }
};

/** What is there now as a set of its own, checked, before anything is made. */
const save = (context: Context, server: Server, shelf: string): Promise<StoredSet> => {
  context.reporter.step('saving what is there as a set of its own');
  return takeSet(context, server, {
    shelf,
    request: {
      reason: 'before-migrate',
      format: 'custom',
      compression: context.settings.compress,
      jobs: 1,
      fingerprint: 'content',
      verify: 'archive',
      rolePasswords: false,
      filters: {schemas: [], tables: [], excludeTables: [], excludeTableData: []},
    },
  });
};

/** How long a server that has gone away is asked to drop what was built; the next run does it else. */
const patienceSeconds = 10;

const drop = async (context: Context, server: Server, schema: string): Promise<void> => {
  const signal = AbortSignal.timeout(patienceSeconds * 1_000);
  const calm: Context = {...context, signal, shell: context.shell.apart(signal)};
  try {
    await withServerSession(calm, server, (session) => session.query(staging.dropSchema(schema)));
  } catch {
    context.reporter.warn(`the schema '${schema}' could not be dropped: the next migrate drops it`);
  }
};

const movedAllTheSame = (run: string, cause: unknown) =>
  new OpsError('undecided', `the migrate ${run} is in place, and broke off right after it`, {
    hint: 'the target holds what was migrated, compared before: run `pgkeep migrate --verify-only` to see it again',
    cause,
  });
