/** What the tables of a schema are, as JSON. The search path is pg_catalog alone: every other name comes with its schema. */
import {recordPrefix} from '../model/migrate/source-record.ts';
import {identifier, literal} from './sql.ts';

const base = `(WITH RECURSIVE b AS (SELECT t.oid, t.typbasetype, t.typtype
    UNION ALL SELECT p.oid, p.typbasetype, p.typtype FROM b JOIN pg_type p ON p.oid = b.typbasetype WHERE b.typtype = 'd')
  SELECT oid FROM b WHERE typtype <> 'd')`;

const columns = `(SELECT coalesce(json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
    'base', format_type(u.oid, NULL), 'kind', u.typtype, 'isArray', u.typcategory = 'A', 'isNotNull', a.attnotnull,
    'default', CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END,
    'generated', CASE WHEN a.attgenerated <> '' THEN pg_get_expr(d.adbin, d.adrelid) END,
    'folding', (SELECT l.collname FROM pg_collation l WHERE l.oid = a.attcollation AND NOT l.collisdeterministic),
    'domainRules', (WITH RECURSIVE b AS (SELECT t.oid, t.typbasetype, t.typnotnull, t.typname
        UNION ALL SELECT p.oid, p.typbasetype, p.typnotnull, p.typname FROM b JOIN pg_type p ON p.oid = b.typbasetype)
      SELECT coalesce(json_agg(r.said), '[]') FROM (
        SELECT pg_get_constraintdef(k.oid) AS said FROM b JOIN pg_constraint k ON k.contypid = b.oid
        UNION ALL SELECT 'NOT NULL' FROM b WHERE b.typnotnull) r),
    'labels', (SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = u.oid),
    'sequence', (SELECT json_build_object('start', s.seqstart::text, 'last', CASE WHEN has_sequence_privilege(s.seqrelid, 'USAGE, SELECT') THEN pg_sequence_last_value(s.seqrelid)::text END)
      FROM pg_sequence s WHERE s.seqrelid = pg_get_serial_sequence(format('%I.%I', n.nspname, c.relname), a.attname)::regclass)
  ) ORDER BY a.attnum), '[]')
  FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid JOIN pg_type u ON u.oid = ${base}
  LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped)`;

const names = (table: string, numbers: string) =>
  `(SELECT coalesce(json_agg(x.attname ORDER BY k.place), '[]') FROM unnest(${numbers}) WITH ORDINALITY AS k (number, place) JOIN pg_attribute x ON x.attrelid = ${table} AND x.attnum = k.number)`;

/** PostgreSQL 14 has no such column. */
const joinsNulls = `coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::boolean, false)`;

const constraints = `(SELECT coalesce(json_agg(json_build_object('name', k.conname, 'kind', k.contype,
    'columns', ${names('c.oid', 'k.conkey')}, 'expression', pg_get_expr(k.conbin, k.conrelid),
    'parent', p.relname, 'isHere', p.relnamespace = c.relnamespace,
    'parentColumns', ${names('p.oid', 'k.confkey')}, 'onUpdate', k.confupdtype, 'onDelete', k.confdeltype,
    'isDeferrable', k.condeferrable, 'isDeferred', k.condeferred, 'joinsNulls', ${joinsNulls}) ORDER BY k.conname), '[]')
  FROM pg_constraint k LEFT JOIN pg_class p ON p.oid = k.confrelid LEFT JOIN pg_index i ON i.indexrelid = k.conindid AND k.contype = 'u'
  WHERE k.conrelid = c.oid AND k.contype IN ('p', 'u', 'f', 'c', 'x') AND k.conparentid = 0)`;

const indexes = `(SELECT coalesce(json_agg(json_build_object('name', r.relname, 'isUnique', i.indisunique, 'joinsNulls', ${joinsNulls}, 'method', m.amname,
    'definition', pg_get_indexdef(i.indexrelid), 'where', pg_get_expr(i.indpred, i.indrelid),
    'parts', (SELECT json_agg(json_build_object('text', pg_get_indexdef(i.indexrelid, p, true), 'isColumn', i.indkey[p - 1] <> 0,
        'isDescending', (i.indoption[p - 1] & 1) = 1) ORDER BY p) FROM generate_series(1, i.indnkeyatts) AS p)) ORDER BY r.relname), '[]')
  FROM pg_index i JOIN pg_class r ON r.oid = i.indexrelid JOIN pg_am m ON m.oid = r.relam
  WHERE i.indrelid = c.oid AND i.indisvalid AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x')))`;

const triggers = `(SELECT coalesce(json_agg(json_build_object('name', t.tgname, 'definition', pg_get_triggerdef(t.oid)) ORDER BY t.tgname), '[]')
  FROM pg_trigger t WHERE t.tgrelid = c.oid AND NOT t.tgisinternal)`;

export const nothingInPath = `SET LOCAL search_path = pg_catalog`;

/** Everything of one table. */
export const describeTable = (schema: string, name: string): string => `
SELECT json_build_object('name', c.relname, 'owner', c.relowner::text, 'bytes', pg_table_size(c.oid), 'isPartitioned', c.relkind = 'p',
  'inherits', (SELECT coalesce(json_agg(p.relname ORDER BY h.inhseqno), '[]') FROM pg_inherits h JOIN pg_class p ON p.oid = h.inhparent WHERE h.inhrelid = c.oid),
  'columns', ${columns}, 'constraints', ${constraints}, 'indexes', ${indexes}, 'triggers', ${triggers})
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname = ${literal(schema)} AND c.relname = ${literal(name)}`;

const notOfExtension = (catalog: string, oid: string): string =>
  `NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = '${catalog}'::regclass AND d.objid = ${oid} AND d.deptype = 'e')`;

/** Views, and what else a schema has that no table of SQLite can be. */
export const describeOthers = (schema: string): string => `
SELECT json_build_object('kind', 'view', 'name', c.relname, 'text', pg_get_viewdef(c.oid))
FROM pg_class c WHERE c.relnamespace = to_regnamespace(${literal(identifier(schema))}) AND c.relkind = 'v' AND ${notOfExtension('pg_class', 'c.oid')}
UNION ALL
SELECT json_build_object('kind', CASE c.relkind WHEN 'm' THEN 'materialized view' ELSE 'foreign table' END, 'name', c.relname, 'text', coalesce(pg_get_viewdef(c.oid), ''))
FROM pg_class c WHERE c.relnamespace = to_regnamespace(${literal(identifier(schema))}) AND c.relkind IN ('m', 'f') AND ${notOfExtension('pg_class', 'c.oid')}
UNION ALL
SELECT json_build_object('kind', 'function', 'name', p.proname, 'text', CASE p.prokind WHEN 'a' THEN '' ELSE pg_get_functiondef(p.oid) END)
FROM pg_proc p WHERE p.pronamespace = to_regnamespace(${literal(identifier(schema))}) AND ${notOfExtension('pg_proc', 'p.oid')}`;

/** What migrates from SQLite have noted, with the owner of each note; the last one first. */
export const sourceRecords = `
SELECT json_build_object('comment', obj_description(n.oid, 'pg_namespace'), 'owner', n.nspowner::text)
FROM pg_namespace n WHERE left(n.nspname, ${recordPrefix.length}) = ${literal(recordPrefix)} ORDER BY n.nspname COLLATE "C" DESC`;

/** Whether a column of doubles has a zero with a sign. */
export const hasNegativeZero = (place: string, column: string): string => {
  const x = identifier(column);
  return `SELECT to_json(EXISTS (SELECT FROM ${place} WHERE ${x} = 0 AND left(${x}::text, 1) = '-'))`;
};

/** Whether a column of arrays has one that does not begin at 1, in any of its dimensions. */
export const hasShiftedArray = (place: string, column: string): string =>
  `SELECT to_json(EXISTS (SELECT FROM ${place} WHERE array_dims(${identifier(column)}) ~ '\\[(?!1:)'))`;

/** Whether a column of JSON has `null` as a value, which is no NULL. */
export const hasJsonNull = (place: string, column: string): string =>
  `SELECT to_json(EXISTS (SELECT FROM ${place} WHERE json_typeof(${identifier(column)}::json) = 'null'))`;

/** The same of an array of JSON. */
export const hasJsonNullWithin = (place: string, column: string): string =>
  `SELECT to_json(EXISTS (SELECT FROM ${place}, unnest(${identifier(column)}) AS within (value) WHERE json_typeof(value::json) = 'null'))`;

/** The columns of a table, as far as JSON can lose something of them. */
export const columnsOf = (schema: string, name: string): string => `
SELECT json_build_object('name', a.attname, 'base', format_type(u.oid, NULL), 'isArray', u.typcategory = 'A')
FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace JOIN pg_attribute a ON a.attrelid = c.oid JOIN pg_type t ON t.oid = a.atttypid JOIN pg_type u ON u.oid = ${base}
WHERE n.nspname = ${literal(schema)} AND c.relname = ${literal(name)} AND a.attnum > 0 AND NOT a.attisdropped ORDER BY a.attnum`;

/**
 * Whether a column of exact numbers has one that neither an integer nor a double of SQLite is. What came from doubles has
 * at most seventeen digits, of which SQLite may have said the last one otherwise than PostgreSQL would.
 */
export const hasInexact = (
  place: string,
  {column, isRecorded}: {readonly column: string; readonly isRecorded: boolean},
): string => {
  const x = identifier(column);
  const said = `${x}::float8::text::numeric`;
  const isDouble = isRecorded
    ? `length(btrim(replace(abs(${x})::text, '.', ''), '0')) <= 17 AND (abs(${x}) < 1e-300 OR abs(${x} - ${said}) <= abs(${x}) * 1e-16)`
    : `${said} = ${x}`;
  return `SELECT to_json(EXISTS (SELECT FROM ${place} WHERE NOT CASE WHEN ${x} = 'NaN' THEN false
    WHEN abs(${x}) = 'Infinity' THEN true
    WHEN ${x} = trunc(${x}) AND ${x} BETWEEN -9223372036854775808 AND 9223372036854775807 THEN true
    WHEN abs(${x}) BETWEEN 4.9e-324 AND 1.7976931348623157e308 THEN ${isDouble} ELSE ${x} IS NULL END))`;
};
