/**
 * The lines that restore a set without pgkeep, to be read and typed by a person: standard tools,
 * a POSIX shell, and a server reached through libpq's environment (`PGHOST`, `PGUSER`, …).
 */
import {shellWord} from '../model/command.ts';
import type {Manifest} from '../model/manifest.ts';
import {isOfDatabase, makesPublic, type SchemaEntry, schemaEntries} from '../model/schema-text.ts';
import {dumpName} from '../model/set-name.ts';
import {definingStatements} from '../model/sql-script.ts';
import {conninfoValue} from './sql.ts';

const readers = {gzip: 'gunzip -c', zstd: 'zstd -dc', none: 'cat'};

/** Restore onto a server that does not have the database yet, by its own name. */
export const byHand = (
  {database, format, compression}: Manifest,
  {folder, schema}: {readonly folder: string; readonly schema: string},
): readonly string[] => {
  const dump = dumpName(format, compression.kind);
  const read = format === 'directory' ? '' : `${readers[compression.kind]} ${dump} | `;
  const entries = schemaEntries(schema);
  const restore = `${read}pg_restore --exit-on-error`;
  const source = format === 'directory' ? ` --jobs=4 ${dump}` : '';
  const into = shellWord(`--dbname=dbname=${conninfoValue(database)}`);
  return [
    `cd ${shellWord(folder)}`,
    "# the database's own settings must not stand in the way",
    "export PGOPTIONS='-c default_transaction_read_only=off -c quote_all_identifiers=off'",
    '# roles and tablespaces; "already exists" is no harm',
    'gunzip -c globals.sql.gz | psql -X -d postgres',
    `# the database '${database.replace(/[\n\r]/g, ' ')}' with all that is in it`,
    ...(format !== 'plain' && !makesPublic(entries)
      ? [`${restore} --create --dbname=postgres${source}`]
      : stepByStep(entries, loadLines(format, {read, restore, source, into, entries}))),
  ];
};

const psql = 'psql -X -v ON_ERROR_STOP=1';

type Words = {
  read: string;
  restore: string;
  source: string;
  into: string;
  entries: readonly SchemaEntry[];
};

// A dump of `--schema=public` makes the schema that a new database has already: it is left out.
const loadLines = (format: Manifest['format'], {read, restore, source, into, entries}: Words) => {
  const isDouble = makesPublic(entries);
  if (format === 'plain')
    return [`${read}${isDouble ? "sed '0,/^CREATE SCHEMA public;$/{//d}' | " : ''}${psql} ${into}`];
  if (!isDouble) return [`${restore} ${into}${source}`];
  return [
    'entries=$(mktemp)',
    `${read}pg_restore --list${source.replace(/ --jobs=\d+/, '')} | grep -v '^[0-9]*; [0-9]* [0-9]* SCHEMA - public ' > "$entries"`,
    `${restore} --use-list="$entries" ${into}${source}`,
  ];
};

// Where pg_restore can't make the database itself: what schema.sql.gz says of it is typed around the rows.
const stepByStep = (
  entries: readonly SchemaEntry[],
  load: readonly string[],
): readonly string[] => {
  const ofDatabase = entries.filter(isOfDatabase);
  const before = ofDatabase.filter(({type}) => type === 'DATABASE').flatMap(typed);
  const after = ofDatabase.filter(({type}) => type !== 'DATABASE').flatMap(typed);
  const script = (statements: readonly string[]) => {
    const end = endFor(statements);
    return statements.length === 0 ? [] : [`${psql} -d postgres <<'${end}'`, ...statements, end];
  };
  return [...script(before), ...load, ...script(after)];
};

/** Without control characters: a comment may hold an escape sequence for the terminal. */
const typed = ({sql}: SchemaEntry) => definingStatements(sql).map((statement) => `${statement};`);

/** A comment of the database may hold any line: the mark of the end must be none of them. */
const endFor = (statements: readonly string[]): string => {
  const lines = new Set(statements.join('\n').split('\n'));
  let end = 'END-OF-SQL';
  while (lines.has(end)) end += '-';
  return end;
};
