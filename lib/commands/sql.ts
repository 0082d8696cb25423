/** A name as SQL reads it back, whatever is in it. https://www.postgresql.org/docs/current/sql-syntax-lexical.html */
export const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A text as SQL reads it back, whatever `standard_conforming_strings` says. */
export const literal = (text: string): string =>
  text.includes('\\')
    ? `E'${text.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`
    : `'${text.replaceAll("'", "''")}'`;

/** A schema-qualified name. */
export const qualified = ({
  schema,
  name,
}: {
  readonly schema: string;
  readonly name: string;
}): string => `${identifier(schema)}.${identifier(name)}`;

/** A value in a libpq connection string. https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-KEYWORD-VALUE */
export const conninfoValue = (value: string): string =>
  `'${value.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
