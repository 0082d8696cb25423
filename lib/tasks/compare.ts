/** Compares a restored database with what its set recorded: every row, every object, every role. */
import * as catalog from '../commands/catalog.ts';
import {fingerprintOf, largeObjects, sequenceValue} from '../commands/digest.ts';
import {QueryError, type Session} from '../io/session.ts';
import type {StoredSet} from '../io/store.ts';
import type {Client} from '../io/tools.ts';
import {comparables, type Relation} from '../model/catalog.ts';
import {
  compareSequences,
  compareTables,
  type SequenceFinding,
  strangers,
  type TableFinding,
} from '../model/compare.ts';
import type {Connection} from '../model/connection.ts';
import {OpsError} from '../model/errors.ts';
import {compareGlobals} from '../model/globals-text.ts';
import {
  filtersOf,
  type Manifest,
  type SequenceRecord,
  type TableRecord,
} from '../model/manifest.ts';
import {compareSchemas} from '../model/schema-text.ts';
import {attempt} from './attempt.ts';
import {withServerSession} from './connect.ts';
import type {Context} from './context.ts';
import {definitionOf, textIn} from './definition.ts';
import {digestLargeObjects, digestOf} from './digests.ts';
import {inPhase} from './in-phase.ts';

export type Place = {readonly connection: Connection; readonly client: Client};

/** What differs, a sentence each; none when the copy is what the set says. */
export const compareWithSet = async (
  context: Context,
  set: Pick<StoredSet, 'folder' | 'manifest'>,
  place: Place,
): Promise<readonly string[]> => {
  const rows = await compareRows(context, set.manifest, place);
  const {manifest, folder} = set;
  const found = await definitionOf(context, place.connection, {
    binaries: place.client.binaries,
    database: manifest.database,
    rolePasswords: manifest.settings['rolePasswords'] === true,
    filters: filtersOf(manifest),
  });
  return [
    ...rows,
    ...compareSchemas(await textIn(context, folder, 'schema.sql.gz'), found.schema),
    ...compareGlobals(
      await textIn(context, folder, 'globals.sql.gz'),
      found.globals,
      manifest.server,
    ),
  ];
};

const compareRows = (context: Context, manifest: Manifest, place: Place) => {
  const fingerprint = fingerprintOf(manifest.digest.algorithm);
  if (!fingerprint)
    throw new OpsError(
      'usage',
      `the set's digests are of the kind '${manifest.digest.algorithm}', which this pgkeep does not know`,
      {
        hint: 'use the pgkeep that made it, or a newer one',
      },
    );
  return withServerSession(context, place, async (session) => {
    await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    const tables: TableFinding[] = [];
    await inPhase(context, 'comparing rows', async (update) => {
      for (const table of manifest.tables) {
        tables.push(await findTable(session, table, fingerprint));
        update({done: tables.length, total: manifest.tables.length, unit: 'tables'});
      }
    });
    const sequences = await findSequences(session, manifest.sequences);
    const present = comparables(await session.query<Relation>(catalog.relations));
    const roles = await session.query<string>(catalog.roles);
    return [
      ...compareTables(manifest.tables, tables),
      ...strangers(manifest, present),
      ...compareSequences(manifest.sequences, sequences),
      ...manifest.roles
        .filter((role) => !roles.includes(role))
        .map((role) => `role ${role} is missing`),
    ];
  });
};

const findTable = async (
  session: Session,
  table: TableRecord,
  fingerprint: Parameters<typeof digestOf>[2],
): Promise<TableFinding> => {
  const isObjects = table.schema === largeObjects.schema && table.name === largeObjects.name;
  // What could not be digested at the source is counted here too, not digested.
  const kind = table.digest === null && fingerprint !== 'none' ? 'rows' : fingerprint;
  try {
    if (!isObjects) return await digestOf(session, table, kind);
    return (await digestLargeObjects(session, kind)) ?? {...table, rows: 0, digest: null};
  } catch (error) {
    if (!(error instanceof QueryError)) throw error;
    return {schema: table.schema, name: table.name, missing: error.message};
  }
};

const findSequences = async (session: Session, sequences: readonly SequenceRecord[]) => {
  const found: SequenceFinding[] = [];
  for (const {schema, name} of sequences) {
    const rows = await attempt<SequenceRecord['first']>(session, sequenceValue({schema, name}));
    found.push({schema, name, position: rows instanceof QueryError ? undefined : rows[0]});
  }
  return found;
};
