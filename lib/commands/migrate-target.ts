/** What is asked of a target: what a role may do there, which tables are there already, and who hangs on them. */
import {literal, qualified} from './sql.ts';

/** What the role may do here, and where tables go that have no schema. */
export const targetFacts = (schema: string | undefined): string => `
SELECT json_build_object('role', current_user, 'schema', s.name,
  'isThere', to_regnamespace(quote_ident(s.name)) IS NOT NULL,
  'mayCreateSchema', has_database_privilege(current_database(), 'CREATE'),
  'mayCreateIn', coalesce(has_schema_privilege(to_regnamespace(quote_ident(s.name))::oid, 'CREATE'), false),
  'hasIcu', EXISTS (SELECT FROM pg_collation WHERE collprovider = 'i'),
  'encoding', getdatabaseencoding(),
  'collations', coalesce((SELECT json_agg(collname) FROM pg_collation WHERE collnamespace = to_regnamespace(quote_ident(s.name))), '[]'),
  'userTables', (SELECT count(*) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^(pg_|pgkeep_)' AND n.nspname <> 'information_schema'))
FROM (SELECT ${schema === undefined ? "'public'" : literal(schema)}::text AS name) s`;

/** Every table of a schema, one JSON object each: as `TargetTable` has it. */
export const targetTables = (schema: string): string => `
SELECT json_build_object('name', c.relname, 'isMine', pg_has_role(c.relowner, 'USAGE'),
  'mayWrite', has_table_privilege(c.oid, 'SELECT') AND has_table_privilege(c.oid, 'INSERT'), 'hasRules', c.relhasrules, 'hidesRows', row_security_active(c.oid), 'isPartitioned', c.relkind = 'p',
  'isInherited', c.relkind = 'r' AND EXISTS (SELECT FROM pg_inherits i WHERE c.oid IN (i.inhparent, i.inhrelid)),
  'columns', (SELECT coalesce(json_agg(json_build_object('name', a.attname, 'type', format_type(a.atttypid, a.atttypmod),
      'labels', coalesce((SELECT json_agg(e.enumlabel ORDER BY e.enumsortorder) FROM pg_enum e WHERE e.enumtypid = a.atttypid), '[]'),
      'isNotNull', a.attnotnull, 'hasDefault', a.atthasdef OR a.attidentity <> '', 'isGenerated', a.attgenerated <> '') ORDER BY a.attnum), '[]')
    FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
  'keys', (SELECT coalesce(json_agg(k.names ORDER BY k.indisprimary DESC, k.indexrelid), '[]') FROM (
      SELECT i.indisprimary, i.indexrelid, (SELECT json_agg(a.attname ORDER BY u.place) FROM unnest(i.indkey::int2[]) WITH ORDINALITY u(attnum, place)
          JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.attnum WHERE u.place <= i.indnkeyatts) AS names
      FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND i.indisvalid AND i.indimmediate AND i.indpred IS NULL AND i.indexprs IS NULL
        AND NOT EXISTS (SELECT FROM unnest(i.indkey::int2[]) WITH ORDINALITY u(attnum, place) JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = u.attnum
          WHERE u.place <= i.indnkeyatts AND NOT a.attnotnull)) k),
  'triggers', (SELECT coalesce(json_agg(json_build_object('name', t.tgname, 'on', format('%I.%I', tn.nspname, tc.relname), 'enable', CASE t.tgenabled WHEN 'A' THEN 'ENABLE ALWAYS' ELSE 'ENABLE' END) ORDER BY t.tgname), '[]')
    FROM pg_trigger t JOIN pg_class tc ON tc.oid = t.tgrelid JOIN pg_namespace tn ON tn.oid = tc.relnamespace
    WHERE t.tgrelid IN (SELECT c.oid UNION SELECT relid FROM pg_partition_tree(c.oid)) AND NOT t.tgisinternal AND t.tgparentid = 0 AND t.tgenabled IN ('O', 'A') AND t.tgtype & 44 <> 0),
  'parents', (SELECT coalesce(json_agg(DISTINCT p.relname), '[]') FROM pg_constraint k JOIN pg_class p ON p.oid = k.confrelid
    WHERE k.contype = 'f' AND k.conrelid = c.oid AND p.relnamespace = c.relnamespace),
  'takenAlong', (SELECT coalesce(json_agg(json_build_object('table', s.nspname || '.' || o.relname, 'schema', s.nspname, 'name', o.relname,
      'columns', (SELECT json_agg(a.attname ORDER BY u.place) FROM unnest(k.conkey) WITH ORDINALITY u(attnum, place) JOIN pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.attnum),
      'refersTo', (SELECT json_agg(a.attname ORDER BY u.place) FROM unnest(k.confkey) WITH ORDINALITY u(attnum, place) JOIN pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.attnum))), '[]')
    FROM pg_constraint k JOIN pg_class o ON o.oid = k.conrelid JOIN pg_namespace s ON s.oid = o.relnamespace
    WHERE k.contype = 'f' AND k.confrelid = c.oid AND k.confdeltype IN ('c', 'n', 'd') AND k.conparentid = 0),
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

export const hasTable = (schema: string, name: string): string =>
  `SELECT to_json(to_regclass(${literal(qualified({schema, name}))}) IS NOT NULL)`;
