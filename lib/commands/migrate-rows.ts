/** What is said to a target whose tables are there already: the one transaction that fills them. */
import type {RowPlan} from '../model/migrate/row-plan.ts';
import {identifier, literal, qualified} from './sql.ts';

export type Places = {
  /** The schema of the application's tables. */
  readonly target: string;
  /** Where the rows are, in tables of the target's types. */
  readonly incoming: string;
  /** Where is kept what undo needs. */
  readonly before: string;
};

export const list = (columns: readonly string[]) => columns.map(identifier).join(', ');

/** Nobody else writes from here on; readers of what is emptied wait too. */
export const lockTable = ({target}: Places, {name, how}: RowPlan): string =>
  `LOCK TABLE ${qualified({schema: target, name})} IN ${how === 'truncate' ? 'ACCESS EXCLUSIVE' : 'SHARE ROW EXCLUSIVE'} MODE`;

type Triggered = Pick<RowPlan['target'], 'triggers'>;

export const triggersOff = ({triggers}: Triggered): readonly string[] =>
  triggers.map(({name, on}) => `ALTER TABLE ${on} DISABLE TRIGGER ${identifier(name)}`);

export const triggersOn = ({triggers}: Triggered): readonly string[] =>
  triggers.map(({name, on, enable}) => `ALTER TABLE ${on} ${enable} TRIGGER ${identifier(name)}`);

/** What is emptied, as it was; of what is appended to, a table for the rows that come. */
export const keepRows = (
  {target, before}: Places,
  {name, how, columns}: RowPlan,
): readonly string[] => {
  const [kept, place] = [qualified({schema: before, name}), qualified({schema: target, name})];
  if (how === 'truncate') return [`CREATE TABLE ${kept} AS SELECT * FROM ${place}`];
  return how === 'append'
    ? [`CREATE TABLE ${kept} AS SELECT ${list(columns)} FROM ${place} WITH NO DATA`]
    : [];
};

export const emptyTables = (schema: string, names: readonly string[]): string =>
  `TRUNCATE ${names.map((name) => qualified({schema, name})).join(', ')}`;

/**
 * One statement for tables that refer to each other, since foreign keys are looked at when it ends. Gives the rows that
 * came, by the table's place in the group. Ids are taken as they are, also where the column would always make its own.
 */
export const fillTables = (
  {target, incoming, before}: Places,
  group: readonly RowPlan[],
): string => {
  const parts = group.flatMap(({name, how, columns}, at) => {
    const isAppended = how === 'append';
    const insert = `i${at} AS (INSERT INTO ${qualified({schema: target, name})} (${list(columns)}) OVERRIDING SYSTEM VALUE SELECT ${list(columns)} FROM ${qualified({schema: incoming, name})}${isAppended ? ' ON CONFLICT DO NOTHING' : ''} RETURNING ${isAppended ? list(columns) : '1'})`;
    return isAppended
      ? [
          insert,
          `k${at} AS (INSERT INTO ${qualified({schema: before, name})} SELECT * FROM i${at})`,
        ]
      : [insert];
  });
  const counts = group.map((_, at) => `(SELECT count(*) FROM i${at})`);
  return `WITH ${parts.join(', ')} SELECT json_build_array(${counts.join(', ')})`;
};

/** Rows that are the same by these columns: `t` and `s`. */
export const joined = (key: readonly string[]) =>
  key.map((column) => `t.${identifier(column)} = s.${identifier(column)}`).join(' AND ');
const rowOf = (alias: string, columns: readonly string[]) =>
  `ROW(${columns.map((column) => `${alias}.${identifier(column)}`).join(', ')})::text`;

const shown = 5;

/** Rows of the source that the target does not have, and those that it has otherwise; some of each by their keys. */
export const missingRows = ({target, incoming}: Places, {name, key, columns}: RowPlan): string => {
  const keys = `json_build_array(${key.map((column) => `s.${identifier(column)}::text`).join(', ')})`;
  const some = (wanted: string) =>
    `(SELECT coalesce(json_agg(k), '[]') FROM (SELECT k FROM d WHERE ${wanted} LIMIT ${shown}) x)`;
  return `WITH d AS (SELECT ${keys} AS k, t.${identifier(key[0] ?? '')} IS NULL AS is_absent FROM ${qualified({schema: incoming, name})} s
    LEFT JOIN ${qualified({schema: target, name})} t ON ${joined(key)} WHERE t.${identifier(key[0] ?? '')} IS NULL OR ${rowOf('t', columns)} IS DISTINCT FROM ${rowOf('s', columns)})
  SELECT json_build_object('absent', (SELECT count(*) FROM d WHERE is_absent), 'others', (SELECT count(*) FROM d WHERE NOT is_absent),
    'someAbsent', ${some('is_absent')}, 'someOthers', ${some('NOT is_absent')})`;
};

/** Past the highest id that there is, or ever was in the source; never back. */
export const advanceSequences = (
  {target}: Places,
  {name, highWater, target: {sequences}}: RowPlan,
): readonly string[] =>
  sequences.map(({sequence, column}) => {
    const highest = `greatest(max(${identifier(column)})::bigint${highWater === undefined ? '' : `, ${highWater}`})`;
    return `SELECT to_json(setval(${literal(sequence)}::regclass, m.highest)) FROM (SELECT ${highest} AS highest FROM ${qualified({schema: target, name})}) m, ${sequence} q
      WHERE m.highest > q.last_value OR (m.highest = q.last_value AND NOT q.is_called)`;
  });

export const keysChecked = 'SET CONSTRAINTS ALL IMMEDIATE';
