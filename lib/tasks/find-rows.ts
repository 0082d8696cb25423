/** Reads of a database what a set recorded of its own: rows, digests, sequences, roles. */
import * as catalog from '../commands/catalog.ts';
import {fingerprintOf, largeObjects, sequenceValue} from '../commands/digest.ts';
import {QueryError, type Session} from '../io/session.ts';
import type {Client} from '../io/tools.ts';
import {type Comparable, comparables, type Relation} from '../model/catalog.ts';
import type {SequenceFinding, TableFinding} from '../model/compare.ts';
import type {Connection} from '../model/connection.ts';
import {OpsError} from '../model/errors.ts';
import type {Manifest, SequenceRecord, TableRecord} from '../model/manifest.ts';
import type {Progress} from '../model/report.ts';
import {attempt} from './attempt.ts';
import {withServerSession} from './connect.ts';
import type {Context} from './context.ts';
import {digestLargeObjects, digestOf} from './digests.ts';
import {inPhase} from './in-phase.ts';
import {together} from './together.ts';

export type Place = {readonly connection: Connection; readonly client: Client};

export type Found = {
  readonly tables: readonly TableFinding[];
  readonly sequences: readonly SequenceFinding[];
  /** Every table that is there. */
  readonly present: readonly Comparable[];
  readonly roles: readonly string[];
};

/**
 * What there is of everything that a manifest names, in its order. Several sessions take the tables from
 * one queue, the biggest first. Errors: usage for digests of a kind that this version does not know.
 */
export const findRows = async (
  context: Context,
  manifest: Manifest,
  {sessions, ...place}: Place & {readonly sessions: number},
): Promise<Found> => {
  const fingerprint = fingerprintFor(manifest);
  const queue = manifest.tables.toSorted((a, b) => (b.bytes ?? 0) - (a.bytes ?? 0));
  const found = new Map<TableRecord, TableFinding>();
  const take = (update: Progress['update']) => (inner: Context) =>
    withServerSession(inner, place, async (session) => {
      await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
      for (let table = queue.shift(); table; table = queue.shift()) {
        found.set(table, await findTable(session, table, fingerprint));
        update({done: found.size, total: manifest.tables.length, unit: 'tables'});
      }
    });
  await inPhase(context, 'comparing rows', (update) =>
    together(
      context,
      Array.from({length: sessions}, () => take(update)),
    ),
  );
  const rest = await withServerSession(context, place, async (session) => {
    await session.query('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    return {
      sequences: await findSequences(session, manifest.sequences),
      present: comparables(await session.query<Relation>(catalog.relations)),
      roles: await session.query<string>(catalog.roles),
    };
  });
  return {tables: manifest.tables.flatMap((table) => found.get(table) ?? []), ...rest};
};

const fingerprintFor = ({digest: {algorithm}}: Manifest) => {
  const fingerprint = fingerprintOf(algorithm);
  if (fingerprint) return fingerprint;
  throw new OpsError(
    'usage',
    `the set's digests are of the kind '${algorithm}', which this pgkeep does not know`,
    {
      hint: 'use the pgkeep that made it, or a newer one',
    },
  );
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
