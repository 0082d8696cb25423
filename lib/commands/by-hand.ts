/**
 * The lines that restore a set without pgkeep, to be read and typed by a person: standard tools,
 * a POSIX shell, and a server reached through libpq's environment (`PGHOST`, `PGUSER`, …).
 */
import {shellWord} from '../model/command.ts';
import type {Manifest} from '../model/manifest.ts';
import {isOfDatabase, schemaEntries} from '../model/schema-text.ts';
import {conninfoValue} from './sql.ts';

const readers = {gzip: 'gunzip -c', zstd: 'zstd -dc', none: 'cat'};

/** Restore onto a server that does not have the database yet, by its own name. */
export const byHand = (
  {database, format, compression, settings}: Manifest,
  {folder, schema}: {readonly folder: string; readonly schema: string},
): readonly string[] => {
  const dump = String(settings['dump']);
  const read = `${readers[compression.kind]} ${dump}`;
  return [
    `cd ${shellWord(folder)}`,
    "# the database's own settings must not stand in the way",
    "export PGOPTIONS='-c default_transaction_read_only=off -c quote_all_identifiers=off'",
    '# roles and tablespaces; "already exists" is no harm',
    'gunzip -c globals.sql.gz | psql -X -d postgres',
    `# the database '${database.replace(/[\n\r]/g, ' ')}' with all that is in it`,
    ...(format === 'custom'
      ? [`${read} | pg_restore --exit-on-error --create --dbname=postgres`]
      : []),
    ...(format === 'directory'
      ? [`pg_restore --exit-on-error --create --jobs=4 --dbname=postgres ${dump}`]
      : []),
    ...(format === 'plain' ? plain({database, read, schema}) : []),
  ];
};

// A plain dump creates no database: what schema.sql.gz says of it is typed around the rows.
const plain = ({database, read, schema}: {database: string; read: string; schema: string}) => {
  const entries = schemaEntries(schema).filter(isOfDatabase);
  const statements = (isCreation: boolean) =>
    entries.filter(({type}) => (type === 'DATABASE') === isCreation).map(({sql}) => sql);
  const psql = 'psql -X -v ON_ERROR_STOP=1';
  const into = shellWord(`--dbname=dbname=${conninfoValue(database)}`);
  const after = statements(false);
  return [
    `${psql} -d postgres <<'END-OF-SQL'`,
    ...statements(true),
    'END-OF-SQL',
    `${read} | ${psql} ${into}`,
    ...(after.length > 0 ? [`${psql} -d postgres <<'END-OF-SQL'`, ...after, 'END-OF-SQL'] : []),
  ];
};
