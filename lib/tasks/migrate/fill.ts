/** Rows from the staging schema into the application's own tables: one transaction, looked at before it ends. */

import {tableDigest} from '../../commands/digest.ts';
import * as sentences from '../../commands/migrate-rows.ts';
import * as staging from '../../commands/migrate-staging.ts';
import {QueryError, type Session} from '../../io/session.ts';
import {OpsError} from '../../model/errors.ts';
import {fillOrder, type RowPlan} from '../../model/migrate/row-plan.ts';
import {beforeSchema, incomingSchema, type RunNote} from '../../model/migrate/run-note.ts';
import {printable} from '../../model/redact.ts';
import type {Context} from '../context.ts';
import {inPhase} from '../in-phase.ts';

export type Filling = {
  readonly run: string;
  readonly target: string;
  readonly note: Omit<RunNote, 'role' | 'brought'>;
  readonly rows: readonly RowPlan[];
  /** A row that the target has otherwise ends the run. */
  readonly isStrict: boolean;
};

export type Filled = {
  readonly name: string;
  readonly how: RowPlan['how'];
  readonly inserted: number;
  /** The target has them by the key, with other values, and keeps those. */
  readonly others: number;
  readonly someOthers: readonly (readonly string[])[];
};

/**
 * Fill, compare, count on. Errors: notIntact where the target would not hold the rows of the source; toolFailed where the
 * server refuses; then nothing has changed.
 */
export const fillTables = (
  context: Context,
  session: Session,
  filling: Filling,
): Promise<readonly Filled[]> =>
  inPhase(context, 'filling the tables', async () => {
    try {
      return await transact(context, session, filling);
    } catch (error) {
      if (session.isOpen()) await session.query('ROLLBACK');
      if (!(error instanceof QueryError)) throw error;
      throw new OpsError('toolFailed', 'the target did not take the rows', {
        hint: 'nothing has changed in the target: the cause names what is in the way (23503: a row refers to nothing, 23505: a value that has to be unique is there twice, 55P03: a client holds a lock), then run again',
        cause: error,
      });
    }
  });

const transact = async (
  context: Context,
  session: Session,
  {run, target, note, rows, isStrict}: Filling,
): Promise<readonly Filled[]> => {
  const places = {target, incoming: incomingSchema(run), before: beforeSchema(run)};
  const filled = rows.map(({name, how, key}) => ({
    ...{name, key: [...key], how: how === 'refuse' ? ('fill' as const) : how},
  }));
  const kept: RunNote = {...note, role: 'before', brought: [], filled};
  const all = async (statements: readonly string[]) => {
    for (const statement of statements) await session.query(statement);
  };
  await all([
    staging.begin,
    'SET LOCAL synchronous_commit = on',
    `SET LOCAL lock_timeout = '${context.settings.lockWaitSeconds}s'`,
    ...staging.createSchema(places.before, kept),
    ...rows.map((plan) => sentences.lockTable(places, plan)),
  ]);
  for (const plan of rows) await assertStillEmpty(session, target, plan);
  await all(rows.flatMap((plan) => sentences.triggersOff(plan.target)));
  await all(rows.flatMap((plan) => sentences.keepRows(places, plan)));
  const emptied = rows.filter(({how}) => how === 'truncate').map(({name}) => name);
  if (emptied.length > 0) await session.query(sentences.emptyTables(target, emptied));
  const counts = new Map<string, number>();
  for (const group of fillOrder(rows)) {
    const [inserted = []] = await session.query<readonly number[]>(
      sentences.fillTables(places, group),
    );
    for (const [at, {name}] of group.entries()) counts.set(name, inserted[at] ?? 0);
  }
  await session.query(sentences.keysChecked);
  const done: Filled[] = [];
  for (const plan of rows)
    done.push({
      ...(await compareFilled(session, places, plan)),
      inserted: counts.get(plan.name) ?? 0,
    });
  refuseOthers(done, {isStrict});
  await all([
    ...rows.flatMap((plan) => sentences.triggersOn(plan.target)),
    ...rows.map(({name}) => staging.analyzeTable(target, name)),
    staging.dropSchema(places.incoming),
    ...rows.flatMap((plan) => sentences.advanceSequences(places, plan)),
    'COMMIT',
  ]);
  return done;
};

/** Between the plan and the lock somebody may have written. */
const assertStillEmpty = async (session: Session, target: string, {name, how}: RowPlan) => {
  if (how !== 'fill') return;
  const [rows = 0] = await session.query<number>(staging.countTree(target, name));
  if (rows === 0) return;
  throw new OpsError(
    'toolFailed',
    `'${name}' was empty when this was planned, and has ${rows} rows now`,
    {
      hint: 'nothing has changed: stop the application, then run again with --on-existing',
    },
  );
};

type Missing = {
  readonly absent: number;
  readonly others: number;
  readonly someAbsent: readonly (readonly string[])[];
  readonly someOthers: readonly (readonly string[])[];
};

const compareFilled = async (
  session: Session,
  places: sentences.Places,
  plan: RowPlan,
): Promise<Omit<Filled, 'inserted'>> => {
  const {name, how, columns, target} = plan;
  if (how !== 'append') {
    const digest = async (schema: string, tree: object | undefined) => {
      const [found] = await session.query<object>(
        tableDigest({schema, name, columns, tree}, 'content'),
      );
      return JSON.stringify(found);
    };
    const [wanted, found] = [
      await digest(places.incoming, undefined),
      await digest(places.target, target.isPartitioned ? {} : undefined),
    ];
    if (wanted !== found) throw changed(name);
    return {name, how, others: 0, someOthers: []};
  }
  const [missing] = await session.query<Missing>(sentences.missingRows(places, plan));
  if (missing && missing.absent > 0)
    throw new OpsError(
      'notIntact',
      `${missing.absent} rows of '${name}' were not taken, since another unique key has their values: ${keysIn(missing.someAbsent)}`,
      {
        hint: 'nothing has changed: empty the table first (--on-existing truncate), or mend these rows',
      },
    );
  return {name, how, others: missing?.others ?? 0, someOthers: missing?.someOthers ?? []};
};

const changed = (name: string) =>
  new OpsError('notIntact', `'${name}' does not hold the rows that were loaded into it`, {
    hint: 'nothing has changed: something in the target (a rule, a trigger of its partitions) makes other rows of them',
  });

export const keysIn = (keys: readonly (readonly string[])[]): string =>
  keys.map((key) => `(${key.map((value) => printable(value)).join(', ')})`).join(', ');

const refuseOthers = (
  filled: readonly Filled[],
  {isStrict}: {readonly isStrict: boolean},
): void => {
  const others = filled.filter((each) => each.others > 0);
  if (!isStrict || others.length === 0) return;
  const told = others.map((each) => `${each.others} of '${each.name}': ${keysIn(each.someOthers)}`);
  throw new OpsError(
    'notIntact',
    `the target has rows of these keys with other values: ${told.join('; ')}; nothing was changed`,
    {
      hint: 'on-existing: truncate takes the rows of the source, --no-strict leaves those of the target',
    },
  );
};
