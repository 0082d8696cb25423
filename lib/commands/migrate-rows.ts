/** What is said to a target whose tables are there already: what they are, and the one transaction that fills them. */
import type {RowPlan} from '../model/migrate/row-plan.ts';
import {identifier, literal, qualified} from './sql.ts';

/** Every table of a schema, one JSON object each: as `TargetTable` has it. */
export const targetTables = (schema: string): string => `
SELECT json_build_object('name', c.relname, 'isMine', pg_has_role(c.relowner, 'USAGE'),
  'mayWrite', has_table_privilege(c.oid, 'SELECT, INSERT'), 'hasRules', c.relhasrules, 'isPartitioned', c.relkind = 'p',
  'columns', (SELECT coalesce(json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
      'labels', coalesce((SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = a.atttypid), '[]'),
      'isNotNull', a.attnotnull, 'hasDefault', a.atthasdef OR a.attidentity <> '', 'isGenerated', a.attgenerated <> '') ORDER BY a.attnum), '[]')
    FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
  'keys', (SELECT coalesce(json_agg(k.names ORDER BY k.indisprimary DESC, k.indexrelid), '[]') FROM (
      SELECT i.indisprimary, i.indexrelid, (SELECT json_agg(a.attname ORDER BY u.place) FROM unnest(i.indkey::int2[]) WITH ORDINALITY u(attnum, place)
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.attnum WHERE u.place <= i.indnkeyatts) AS names
      FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indpred IS NULL AND i.indexprs IS NULL
        AND NOT EXISTS (SELECT FROM unnest(i.indkey::int2[]) WITH ORDINALITY u(attnum, place) JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.attnum
          WHERE u.place <= i.indnkeyatts AND NOT a.attnotnull)) k),
  'triggers', (SELECT coalesce(json_agg(json_build_object('name', t.tgname, 'enable', CASE t.tgenabled WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE' END) ORDER BY t.tgname), '[]')
    FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal AND t.tgparentid = 0 AND t.tgenabled IN ('O', 'A') AND t.tgtype & 4 = 4),
  'parents', (SELECT coalesce(json_agg(DISTINCT p.relname), '[]') FROM pg_constraint k JOIN pg_class p ON p.oid = k.confrelid
    WHERE k.contype = 'f' AND k.conrelid = c.oid AND p.relnamespace = c.relnamespace),
  'children', (SELECT coalesce(json_agg(DISTINCT s.nspname || '.' || o.relname), '[]') FROM pg_constraint k JOIN pg_class o ON o.oid = k.conrelid
    JOIN pg_namespace s ON s.oid = o.relnamespace WHERE k.contype = 'f' AND k.confrelid = c.oid AND NOT o.relispartition),
  'sequences', (SELECT coalesce(json_agg(DISTINCT jsonb_build_object('sequence', format('%I.%I', s.nspname, q.relname), 'column', a.attname)), '[]')
    FROM pg_attribute a LEFT JOIN pg_attrdef f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
    JOIN pg_depend d ON (d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid AND d.refobjsubid = a.attnum AND d.deptype IN ('a', 'i'))
      OR (d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid AND d.refclassid = 'pg_class'::regclass)
    JOIN pg_class q ON q.relkind = 'S' AND q.oid IN (d.objid, d.refobjid) JOIN pg_namespace s ON s.oid = q.relnamespace
    WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped AND a.atttypid IN ('int2'::regtype, 'int4'::regtype, 'int8'::regtype)))
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ${literal(schema)} AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY c.relname COLLATE "C"`;

export type Places = {
  /** The schema of the application's tables. */
  readonly target: string;
  /** Where the rows are, in tables of the target's types. */
  readonly incoming: string;
  /** Where is kept what undo needs. */
  readonly before: string;
};

const list = (columns: readonly string[]) => columns.map(identifier).join(', ');

/** Nobody else writes from here on; readers of what is emptied wait too. */
export const lockTable = ({target}: Places, {name, how}: RowPlan): string =>
  `LOCK TABLE ${qualified({schema: target, name})} IN ${how === 'truncate' ? 'ACCESS EXCLUSIVE' : 'SHARE ROW EXCLUSIVE'} MODE`;

type Triggered = {
  readonly name: string;
  readonly target: Pick<RowPlan['target'], 'triggers'>;
};

export const triggersOff = (
  {target}: Pick<Places, 'target'>,
  {name, target: {triggers}}: Triggered,
): readonly string[] =>
  triggers.map(
    (trigger) =>
      `ALTER TABLE ${qualified({schema: target, name})} DISABLE TRIGGER ${identifier(trigger.name)}`,
  );

export const triggersOn = (
  {target}: Pick<Places, 'target'>,
  {name, target: {triggers}}: Triggered,
): readonly string[] =>
  triggers.map(
    (trigger) =>
      `ALTER TABLE ${qualified({schema: target, name})} ${trigger.enable} TRIGGER ${identifier(trigger.name)}`,
  );

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

const joined = (key: readonly string[]) =>
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

export type Unfilling = {
  readonly table: RowPlan['target'];
  readonly how: 'fill' | 'truncate' | 'append';
  /** By which rows that came are known. */
  readonly key: readonly string[];
};

/** What goes at an undo: everything, or of a table that was appended to what had come. */
const going = (
  {target, before}: Omit<Places, 'incoming'>,
  {table: {name}, how, key}: Unfilling,
) => {
  const [place, kept] = [qualified({schema: target, name}), qualified({schema: before, name})];
  return how === 'append'
    ? `${place} t WHERE EXISTS (SELECT FROM ${kept} s WHERE ${joined(key)})`
    : `${place} t`;
};

/**
 * The statements that take rows out again, which are kept aside, and bring back those that were there. All in one
 * DELETE and one INSERT: foreign keys are looked at when each ends.
 */
export const unfill = (
  places: Omit<Places, 'incoming'> & {readonly aside: string},
  tables: readonly Unfilling[],
): readonly string[] => {
  const keeps = tables.map(
    (table) =>
      `CREATE TABLE ${qualified({schema: places.aside, name: table.table.name})} AS SELECT t.* FROM ${going(places, table)}`,
  );
  const deletes = tables.map(
    (table, at) => `d${at} AS (DELETE FROM ${going(places, table)} RETURNING 1)`,
  );
  const inserts = tables.flatMap(({table: {name, columns}, how}, at) => {
    const own = list(columns.filter(({isGenerated}) => !isGenerated).map((column) => column.name));
    return how === 'truncate'
      ? [
          `i${at} AS (INSERT INTO ${qualified({schema: places.target, name})} (${own}) OVERRIDING SYSTEM VALUE SELECT ${own} FROM ${qualified({schema: places.before, name})})`,
        ]
      : [];
  });
  return [
    ...keeps,
    `WITH ${deletes.join(', ')} SELECT to_json(1)`,
    ...(inserts.length === 0 ? [] : [`WITH ${inserts.join(', ')} SELECT to_json(1)`]),
    keysChecked,
  ];
};
