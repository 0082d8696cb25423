/** The table of contents of an archive, as `pg_restore --list` prints it. */
export type Contents = {
  /** Oids of tables whose definition is there. */
  readonly tables: ReadonlySet<number>;
  readonly sequences: ReadonlySet<number>;
  /** How many tables have their rows there. */
  readonly tableData: number;
  /** Whether the rows of a table are there. */
  readonly hasRowsOf: (table: Named) => boolean;
  /** Whether a sequence's value is there. */
  readonly hasValueOf: (sequence: Named) => boolean;
};

type Named = {readonly schema: string; readonly name: string};

/**
 * Reads a listing. Names stand in it unquoted, followed by the owner, line feeds made spaces; so
 * a table's rows are there when an entry begins with its schema and name.
 * https://www.postgresql.org/docs/current/app-pgrestore.html
 */
export const parseContents = (listing: string): Contents => {
  const tables = new Set<number>();
  const sequences = new Set<number>();
  const rows = new Set<string>();
  const values = new Set<string>();
  let tableData = 0;
  for (const line of listing.split('\n')) {
    const [, oid, type, rest = ''] = entry.exec(line) ?? [];
    if (type === 'TABLE') tables.add(Number(oid));
    if (type === 'SEQUENCE') sequences.add(Number(oid));
    if (type === 'TABLE DATA') tableData += 1;
    if (type === 'TABLE DATA') addBeginnings(rows, rest);
    if (type === 'SEQUENCE SET') addBeginnings(values, rest);
  }
  return {
    tables,
    sequences,
    tableData,
    hasRowsOf: (table) => rows.has(beginningOf(table)),
    hasValueOf: (sequence) => values.has(beginningOf(sequence)),
  };
};

const entry =
  /^\d+; \d+ (\d+) (TABLE DATA|TABLE ATTACH|TABLE|SEQUENCE SET|SEQUENCE OWNED BY|SEQUENCE) (.*)$/;

/** Where the name ends and the owner begins can't be seen: every beginning may be the name. */
const addBeginnings = (beginnings: Set<string>, rest: string) => {
  for (let end = rest.indexOf(' '); end >= 0; end = rest.indexOf(' ', end + 1))
    beginnings.add(rest.slice(0, end));
};

const beginningOf = ({schema, name}: Named) => `${schema} ${name}`.replace(/[\n\r]/g, ' ');

/**
 * Whether an archive may be loaded by one worker only: several check a domain's NOT VALID constraint, which
 * belongs after the rows that break it, as soon as the domain is there.
 */
export const needsOneWorker = (listing: string): boolean => {
  const lines = listing.split('\n');
  const named = (type: string) =>
    lines.flatMap((line) => {
      const [, rest] = new RegExp(`^\\d+; \\d+ \\d+ ${type} (.*)$`).exec(line) ?? [];
      return rest === undefined ? [] : [rest];
    });
  const domains = new Set<string>();
  for (const rest of named('DOMAIN')) addBeginnings(domains, rest);
  return named('CHECK CONSTRAINT').some((rest) => {
    const beginnings = new Set<string>();
    addBeginnings(beginnings, rest);
    return [...beginnings].some((beginning) => beginning.includes(' ') && domains.has(beginning));
  });
};
