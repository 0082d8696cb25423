/**
 * What is said to the `sqlite3` program. A database is a stranger's: it is read with -safe, so that no
 * expression in its schema can reach files or load code. (PRAGMA trusted_schema would refuse more than that: an index on
 * json_extract, to begin with.)
 * https://www.sqlite.org/cli.html, https://www.sqlite.org/security.html
 */
import type {Command} from '../model/command.ts';

/** A name as SQLite reads it back, whatever is in it. */
export const sqliteName = (name: string): string => `"${name.replaceAll('"', '""')}"`;

/** A text as SQLite reads it back. */
export const sqliteText = (text: string): string => `'${text.replaceAll("'", "''")}'`;

export const sqliteVersion: Command = {file: 'sqlite3', args: ['--version'], env: {}};

/** How the rows are printed: the lines of COPY, one value a line, or without any line feed of our own. */
export type Printing = 'copy' | 'values' | 'apart';

/** Between values and between rows: no text of people has the control characters that were made for this. */
const signs: Readonly<Record<Printing, readonly [string, string]>> = {
  copy: ['\t', '\n'],
  values: ['\n', '\n'],
  apart: ['\u001f', '\u001e'],
};

/**
 * Reads statements from its input, rows on the output, and stops at the first error with exit code 1. Nothing
 * is written: neither to the database nor, by what is in it, to anything else.
 */
export const sqliteRead = (
  file: string,
  {printing, escapes}: {readonly printing: Printing; readonly escapes: boolean},
): Command => ({
  file: 'sqlite3',
  args: [
    ...['-readonly', '-safe', '-batch', '-bail', '-noheader', '-list'],
    ...['-separator', signs[printing][0], '-newline', signs[printing][1]],
    ...['-nullvalue', printing === 'copy' ? String.raw`\N` : ''],
    // From 3.50 on, control characters are printed as pictures unless this is said.
    ...(escapes ? ['-escape', 'off'] : []),
    '-init',
    '/dev/null',
    file,
  ],
  env: {},
});

/** What each reading begins with. */
export const sqliteScript = (statements: readonly string[]): string =>
  [
    'PRAGMA cell_size_check = ON;',
    'PRAGMA cache_size = -65536;',
    ...statements.map((statement) => `${statement};`),
    '',
  ].join('\n');

/** A writer that ends holds the file alone for a moment: it is waited for. */
const patient = [
  ...['-readonly', '-batch', '-bail', '-init', '/dev/null'],
  ...['-cmd', '.timeout 30000'],
];

/** A copy page by page through the backup API, a live writer included. The folder is the current one; the name is ours. */
export const sqliteBackup = (file: string, copy: string): Command => ({
  file: 'sqlite3',
  args: [...patient, file, `.backup main ${copy}`],
  env: {},
});

/** A copy in one reading, which a writer can't make begin anew; the rowids of tables without a key may change. */
export const sqliteVacuumInto = (file: string, copy: string): Command => ({
  file: 'sqlite3',
  args: [...patient, file, `VACUUM INTO ${sqliteText(copy)}`],
  env: {},
});

/** The copy by itself: without a log beside it, so that it is read without writing. */
export const sqliteSettle = (copy: string): Command => ({
  file: 'sqlite3',
  args: ['-safe', '-batch', '-bail', '-init', '/dev/null', copy, 'PRAGMA journal_mode = DELETE'],
  env: {},
});

/** Lines of what is wrong, at most twenty; `ok` alone where nothing is. */
export const integrityCheck: readonly string[] = ['PRAGMA integrity_check(20)'];

/** The same without the order of indexes. */
export const quickCheck: readonly string[] = ['PRAGMA quick_check(20)'];

const orphansFrom = (check: string): string =>
  `SELECT json_object('table', "table", 'id', fkid, 'rows', count(*)) FROM ${check} WHERE "table" IS NOT NULL GROUP BY "table", fkid`;

/** Where foreign keys refer to nothing: how many rows, by table and the key's number. */
export const foreignKeyCheck: readonly string[] = [orphansFrom('pragma_foreign_key_check')];

/** Of one table. */
export const orphansOf = (table: string): string =>
  orphansFrom(`pragma_foreign_key_check(${sqliteText(table)})`);

const own = `schema = 'main' AND name NOT LIKE 'sqlite@_%' ESCAPE '@'`;
const ordinary = `(SELECT name FROM pragma_table_list WHERE ${own} AND type = 'table')`;

/** One JSON object a line: everything that the PRAGMAs and the schema table tell. */
export const describe: readonly string[] = [
  `SELECT json_object('kind', 'database', 'encoding', (SELECT encoding FROM pragma_encoding), 'version', sqlite_version(),
     'userVersion', (SELECT user_version FROM pragma_user_version), 'applicationId', (SELECT application_id FROM pragma_application_id))`,
  `SELECT json_object('kind', 'table', 'name', name, 'type', type, 'isWithoutRowid', wr, 'isStrict', strict)
   FROM pragma_table_list WHERE ${own} ORDER BY name`,
  `SELECT json_object('kind', 'column', 'table', t.name, 'name', c.name, 'type', c.type, 'isNotNull', c."notnull",
     'default', c.dflt_value, 'key', c.pk, 'hidden', c.hidden)
   FROM ${ordinary} t, pragma_table_xinfo(t.name) c ORDER BY t.name, c.cid`,
  `SELECT json_object('kind', 'foreignKey', 'table', t.name, 'id', f.id, 'seq', f.seq, 'parent', f."table",
     'from', f."from", 'to', f."to", 'onUpdate', f.on_update, 'onDelete', f.on_delete)
   FROM ${ordinary} t, pragma_foreign_key_list(t.name) f ORDER BY t.name, f.id, f.seq`,
  `SELECT json_object('kind', 'index', 'table', t.name, 'name', i.name, 'isUnique', i."unique", 'origin', i.origin, 'isPartial', i.partial)
   FROM ${ordinary} t, pragma_index_list(t.name) i ORDER BY t.name, i.seq DESC`,
  `SELECT json_object('kind', 'indexColumn', 'index', i.name, 'seq', x.seqno, 'cid', x.cid, 'name', x.name, 'isDescending', x."desc", 'collation', upper(x.coll))
   FROM ${ordinary} t, pragma_index_list(t.name) i, pragma_index_xinfo(i.name) x WHERE x.key = 1 ORDER BY i.name, x.seqno`,
  `SELECT json_object('kind', 'object', 'type', type, 'name', name, 'table', tbl_name, 'sql', sql)
   FROM sqlite_schema ORDER BY rowid`,
];

/** Only where some table has AUTOINCREMENT: else there is no such table. */
export const describeSequences: readonly string[] = [
  `SELECT json_object('kind', 'sequence', 'table', name, 'value', CAST(seq AS TEXT)) FROM sqlite_sequence WHERE name IS NOT NULL`,
];
