/** The table of contents of an archive, as `pg_restore --list` prints it. */
export type Contents = {
  /** Oids of tables whose definition is there. */
  readonly tables: ReadonlySet<number>;
  readonly sequences: ReadonlySet<number>;
  /** How many tables have their rows there. */
  readonly tableData: number;
  /** Whether the rows of a table are there. */
  readonly hasRowsOf: (table: {readonly schema: string; readonly name: string}) => boolean;
};

/**
 * Reads a listing. Names stand in it unquoted, followed by the owner, line feeds made spaces; so
 * a table's rows are there when an entry begins with its schema and name.
 * https://www.postgresql.org/docs/current/app-pgrestore.html
 */
export const parseContents = (listing: string): Contents => {
  const tables = new Set<number>();
  const sequences = new Set<number>();
  const beginnings = new Set<string>();
  let tableData = 0;
  for (const line of listing.split('\n')) {
    const [, oid, type, rest] =
      /^\d+; \d+ (\d+) (TABLE DATA|TABLE ATTACH|TABLE|SEQUENCE SET|SEQUENCE) (.*)$/.exec(line) ??
      [];
    if (type === 'TABLE') tables.add(Number(oid));
    if (type === 'SEQUENCE') sequences.add(Number(oid));
    if (type !== 'TABLE DATA' || rest === undefined) continue;
    tableData += 1;
    for (let end = rest.indexOf(' '); end >= 0; end = rest.indexOf(' ', end + 1))
      beginnings.add(rest.slice(0, end));
  }
  const hasRowsOf: Contents['hasRowsOf'] = ({schema, name}) =>
    beginnings.has(`${schema} ${name}`.replace(/[\n\r]/g, ' '));
  return {tables, sequences, tableData, hasRowsOf};
};
