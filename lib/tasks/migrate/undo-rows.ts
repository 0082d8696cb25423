/** Rows that a migrate brought into tables that were there, taken back: what came is kept beside, what was emptied comes back. */
import * as rows from '../../commands/migrate-rows.ts';
import {
  columnNames,
  hangingRows,
  type Unfilling,
  unfill,
} from '../../commands/migrate-rows-back.ts';
import * as staging from '../../commands/migrate-staging.ts';
import {hasTable, targetTables} from '../../commands/migrate-target.ts';
import {identifier} from '../../commands/sql.ts';
import type {Session} from '../../io/session.ts';
import {OpsError} from '../../model/errors.ts';
import {beforeSchema, type RunNote} from '../../model/migrate/run-note.ts';
import type {TargetTable} from '../../model/migrate/target-table.ts';

export type Taking = {
  readonly note: RunNote;
  /** Where what goes is kept. */
  readonly aside: string;
  readonly kept: RunNote;
  readonly lockWaitSeconds: number;
};

/** The rows that go and those that come back, for the plan. */
export const rowsToUndo = async (session: Session, {filled = [], run, target}: RunNote) => {
  const count = async (schema: string, name: string) =>
    (await session.query<number>(staging.countTree(schema, name)))[0];
  const goes: {kind: 'table'; name: string; rows: number | undefined}[] = [];
  const comesBack: typeof goes = [];
  for (const {name, how} of filled) {
    const [isThere] = await session.query<boolean>(hasTable(target, name));
    if (!isThere) throw isGone(`the table '${name}'`);
    const kept = how === 'fill' ? undefined : await count(beforeSchema(run), name);
    const going = how === 'append' ? kept : await count(target, name);
    goes.push({kind: 'table', name, rows: going});
    if (how === 'truncate') comesBack.push({kind: 'table', name, rows: kept});
  }
  return {goes, comesBack};
};

/** In the transaction of the caller. Errors: usage where other rows hang on those that go. */
export const takeRowsBack = async (
  session: Session,
  {note, aside, kept, lockWaitSeconds}: Taking,
): Promise<void> => {
  const {target, filled = []} = note;
  const present = await session.query<TargetTable>(targetTables(target));
  const tables = filled.flatMap(({name, how, key}) => {
    const table = present.find((each) => each.name === name);
    if (!table) throw isGone(`the table '${name}'`);
    return [{table, how, key}];
  });
  refuseDependents(tables, target);
  const before = beforeSchema(note.run);
  const all = async (statements: readonly string[]) => {
    for (const statement of statements) await session.query(statement);
  };
  await all([
    staging.begin,
    'SET LOCAL synchronous_commit = on',
    `SET LOCAL lock_timeout = '${lockWaitSeconds}s'`,
    ...staging.createSchema(aside, kept),
    ...tables.map(
      ({table}) =>
        `LOCK TABLE ${identifier(target)}.${identifier(table.name)} IN ACCESS EXCLUSIVE MODE`,
    ),
  ]);
  await refuseHanging(session, {target, before}, tables);
  for (const {table, how} of tables)
    if (how === 'truncate') await refuseLostColumns(session, {before, table});
  await all([
    ...tables.flatMap(({table}) => rows.triggersOff(table)),
    ...unfill({target, before, aside}, tables),
    ...tables.flatMap(({table}) => rows.triggersOn(table)),
  ]);
  for (const {table, how} of tables)
    if (how === 'truncate') await assertBack(session, {target, before, name: table.name});
  await all([staging.dropSchema(before), 'COMMIT']);
};

type Back = {readonly target: string; readonly before: string; readonly name: string};

/** What is kept of these rows goes with the schema beside: all of it has to have a place again. */
const refuseLostColumns = async (
  session: Session,
  {before, table}: {readonly before: string; readonly table: TargetTable},
): Promise<void> => {
  const kept = await session.query<string>(columnNames(before, table.name));
  const lost = kept.filter((name) => !table.columns.some((column) => column.name === name));
  if (lost.length > 0)
    throw isGone(`of '${table.name}' ${lost.map((name) => `the column '${name}'`).join(', ')}`);
};

const assertBack = async (session: Session, {target, before, name}: Back): Promise<void> => {
  const [is, was] = [
    (await session.query<number>(staging.countTree(target, name)))[0],
    (await session.query<number>(staging.countTree(before, name)))[0],
  ];
  if (is === was) return;
  throw new OpsError('toolFailed', `'${name}' would have ${is} rows again, and had ${was}`, {
    hint: 'nothing has changed: something in the target (a rule, a trigger) makes other rows of them',
  });
};

const isGone = (what: string) =>
  new OpsError('usage', `${what} is not there any more, and rows that were kept belong there`, {
    hint: 'nothing has changed: they lie in the schema beside; or restore the set that was taken before the migrate (`pgkeep list`)',
  });

/** Under the locks: nobody adds another one. */
const refuseHanging = async (
  session: Session,
  places: {readonly target: string; readonly before: string},
  tables: readonly Unfilling[],
): Promise<void> => {
  const hanging: string[] = [];
  for (const parent of tables)
    for (const link of parent.table.takenAlong) {
      const child = tables.find(({table}) => `${places.target}.${table.name}` === link.table);
      const [count = 0] = await session.query<number>(hangingRows(places, {parent, link, child}));
      if (count > 0) hanging.push(`${count} of ${link.table}`);
    }
  if (hanging.length === 0) return;
  throw new OpsError('usage', `rows that stay refer to rows that would go: ${hanging.join(', ')}`, {
    hint: 'nothing has changed: take these rows away first; or restore the set that was taken before the migrate (`pgkeep list`, reason before-migrate)',
  });
};

type Taken = {readonly table: TargetTable; readonly how: string};

/** A cascade would take rows of other tables along in silence. */
const refuseDependents = (tables: readonly Taken[], schema: string): void => {
  const isOurs = (child: string) => tables.some(({table}) => `${schema}.${table.name}` === child);
  const others = tables.flatMap(({table, how}) =>
    how === 'append' ? [] : table.children.filter((child) => !isOurs(child)),
  );
  if (others.length === 0) return;
  throw new OpsError(
    'usage',
    `other tables refer to those whose rows would go: ${[...new Set(others)].join(', ')}; nothing has changed`,
    {
      hint: 'restore the set that was taken before the migrate instead (`pgkeep list`, reason before-migrate)',
    },
  );
};
