/** What is asked of a database that is to be replaced. */
import {identifier, literal, qualified} from './sql.ts';

/**
 * For each table the column that most likely says when a row was written: one of a time type, by its
 * name. The first of them where no name tells.
 */
export const timeColumns = `
SELECT DISTINCT ON (a.attrelid) json_build_object('oid', a.attrelid::int8, 'column', a.attname)
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE a.attnum > 0 AND NOT a.attisdropped AND c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
  AND a.atttypid IN ('timestamptz'::regtype, 'timestamp'::regtype)
ORDER BY a.attrelid, (a.attname ~* 'updat|modif|chang') DESC, (a.attname ~* 'creat|insert|add|placed|log|at$') DESC, a.attnum`;

export type Since = {readonly column: string | undefined; readonly since: string};

/** One JSON object: the rows of a table, and of them those after a moment, with the latest. Needs the session of `pinnedSession`. */
export const rowsSince = (
  table: {
    readonly schema: string;
    readonly name: string;
    readonly condition: string | null;
    readonly partitions?: unknown;
  },
  {column, since}: Since,
): string => {
  const only = table.partitions === undefined ? 'ONLY ' : '';
  const from = `FROM ${only}${qualified(table)} AS x${table.condition ? ` ${table.condition}` : ''}`;
  if (column === undefined)
    return `SELECT json_build_object('rows', count(*), 'newer', NULL, 'newest', NULL) ${from}`;
  const time = `x.${identifier(column)}`;
  const isNewer = `isfinite(${time}) AND ${time} > ${literal(since)}`;
  return `SELECT json_build_object('rows', count(*), 'newer', count(*) FILTER (WHERE ${isNewer}), 'newest', max(${time}) FILTER (WHERE ${isNewer})) ${from}`;
};
