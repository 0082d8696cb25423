/** Compares a restored database with what its set recorded: every row, every object, every role. */
import type {StoredSet} from '../io/store.ts';
import {compareSequences, compareTables, strangers} from '../model/compare.ts';
import {compareGlobals} from '../model/globals-text.ts';
import {filtersOf, type Manifest} from '../model/manifest.ts';
import {compareEntries, compareSchemas, isOfDatabase, schemaEntries} from '../model/schema-text.ts';
import type {Context} from './context.ts';
import {definitionOf, textIn} from './definition.ts';
import {type Found, findRows, type Place} from './find-rows.ts';

type Compared = Place & {readonly sessions: number};
type Subject = Pick<StoredSet, 'folder' | 'manifest'>;

/** What differs from a server that holds the set alone, a sentence each; none when the copy is what the set says. */
export const compareWithSet = async (
  context: Context,
  {folder, manifest}: Subject,
  place: Compared,
): Promise<readonly string[]> => {
  const rows = await findRows(context, manifest, place);
  const found = await definitionAt(context, manifest, place);
  const [schema, globals] = [
    await textIn(context, folder, 'schema.sql.gz'),
    await textIn(context, folder, 'globals.sql.gz'),
  ];
  return [
    ...rowProblems(manifest, rows),
    ...manifest.roles
      .filter((role) => !rows.roles.includes(role))
      .map((role) => `role ${role} is missing`),
    ...compareSchemas(schema, found.schema),
    ...compareGlobals(globals, found.globals, manifest.server),
  ];
};

/**
 * What differs in a database that stands under another name on a server with others: its rows and
 * objects, not the server's roles and not what hangs on the database's own name.
 */
export const compareDatabase = async (
  context: Context,
  {folder, manifest}: Subject,
  place: Compared,
): Promise<readonly string[]> => {
  const rows = await findRows(context, manifest, place);
  const found = await definitionAt(context, manifest, place);
  const inside = (text: string) => schemaEntries(text).filter((entry) => !isOfDatabase(entry));
  const recorded = await textIn(context, folder, 'schema.sql.gz');
  return [
    ...rowProblems(manifest, rows),
    ...compareEntries(inside(recorded), inside(found.schema)),
  ];
};

/** What differs in the rows of a part of a set; the manifest names that part alone. */
export const comparePicked = async (
  context: Context,
  manifest: Manifest,
  place: Compared,
): Promise<readonly string[]> => {
  const {tables} = await findRows(context, {...manifest, sequences: []}, place);
  return compareTables(manifest.tables, tables);
};

const rowProblems = (manifest: Manifest, {tables, sequences, present}: Found) => [
  ...compareTables(manifest.tables, tables),
  ...strangers(manifest, present),
  ...compareSequences(manifest.sequences, sequences),
];

const definitionAt = (context: Context, manifest: Manifest, {connection, client}: Place) =>
  definitionOf(context, connection, {
    binaries: client.binaries,
    database: connection.libpq['PGDATABASE'] ?? manifest.database,
    rolePasswords: manifest.settings['rolePasswords'] === true,
    filters: filtersOf(manifest),
  });
