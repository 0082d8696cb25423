/** Statements about a database as pg_dump writes them, said of another one. */
import {excerpt, NotPlainSql} from './sql-script.ts';

const word = String.raw`(?:"(?:[^"]|"")*"|[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*)`;

/** Every form in which pg_dump names the database: https://github.com/postgres/postgres/blob/REL_15_STABLE/src/bin/pg_dump/pg_dump.c (dumpDatabase) */
const forms = new RegExp(
  String.raw`^((?:CREATE|ALTER|COMMENT ON) DATABASE |(?:GRANT|REVOKE)\b[\w\s,]*? ON DATABASE |ALTER ROLE ${word} IN DATABASE |SECURITY LABEL (?:FOR ${word} )?ON DATABASE )(${word})`,
);

/**
 * A statement of `definingStatements` about one database, said of another. Statements about nothing
 * in particular (`SET …`) stay as they are. Errors: NotPlainSql for one that names no database, or another.
 */
export const aboutDatabase = (
  statement: string,
  {from, to}: {readonly from: string; readonly to: string},
): string => {
  if (/^(RE)?SET /.test(statement)) return statement;
  const [, head, name] = forms.exec(statement) ?? [];
  if (head === undefined || name === undefined || plainName(name) !== from)
    throw new NotPlainSql(`a statement that is not about this database: ${excerpt(statement)}`);
  return `${head}"${to.replaceAll('"', '""')}"${statement.slice(head.length + name.length)}`;
};

const plainName = (name: string): string =>
  name.startsWith('"') ? name.slice(1, -1).replaceAll('""', '"') : name.toLowerCase();
