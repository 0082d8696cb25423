/** The table of contents of an archive, as `pg_restore --list` prints it. */
export type Contents = {
  /** Oids of tables whose definition is there. */
  readonly tables: ReadonlySet<number>;
  /** Oids of tables whose rows are there. */
  readonly tableData: ReadonlySet<number>;
  readonly sequences: ReadonlySet<number>;
  readonly entries: number;
};

/**
 * Reads a listing. Names are not parsed: an oid can't be forged by what an object is called.
 * https://www.postgresql.org/docs/current/app-pgrestore.html
 */
export const parseContents = (listing: string): Contents => {
  const tables = new Set<number>();
  const tableData = new Set<number>();
  const sequences = new Set<number>();
  let entries = 0;
  for (const line of listing.split('\n')) {
    const [, oid, type] = /^\d+; \d+ (\d+) (TABLE DATA|TABLE ATTACH|TABLE|SEQUENCE SET|SEQUENCE|\S+)/.exec(line) ?? [];
    if (oid === undefined) continue;
    entries += 1;
    if (type === 'TABLE') tables.add(Number(oid));
    if (type === 'TABLE DATA') tableData.add(Number(oid));
    if (type === 'SEQUENCE') sequences.add(Number(oid));
  }
  return {tables, tableData, sequences, entries};
};
