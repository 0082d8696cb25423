/** What the operator's filters left in and out of a set. */
import {displayName, holdsRows} from '../model/catalog.ts';
import type {Manifest, SequenceRecord, TableRecord} from '../model/manifest.ts';
import type {Contents} from '../model/toc.ts';
import {contentsOf, isTable} from './check-archive.ts';
import type {Context} from './context.ts';
import type {DumpPlace, DumpRequest} from './dump.ts';
import type {Snapshot} from './snapshot.ts';

/** Whether anything is picked or left out. */
export const isFiltered = ({filters}: DumpRequest): boolean =>
  Object.values(filters).some((patterns) => patterns.length > 0);

/** pg_dump leaves large objects out where schemas or tables are picked. */
export const picksEverything = ({filters: {schemas, tables}}: DumpRequest): boolean =>
  schemas.length + tables.length === 0;

/** Tables whose very definition was left out. */
export const leftOut = ({relations}: Snapshot, contents: Contents): Manifest['skipped'] =>
  relations
    .filter(
      (relation) =>
        holdsRows(relation) && relation.condition === null && !contents.tables.has(relation.oid),
    )
    .map((relation) => ({
      what: displayName(relation),
      why: 'left out by --schema, --table or --exclude-table',
    }));

type Expected = {
  readonly place: DumpPlace;
  readonly request: DumpRequest;
  readonly tables: readonly TableRecord[];
  readonly sequences: readonly SequenceRecord[];
};

/**
 * The tables and sequences whose rows and values the dump really holds. Only the operator's own
 * filters may leave one out: without filters all are expected, and a missing one is a fault.
 */
export const heldBy = async (
  context: Context,
  {place, request, tables, sequences}: Expected,
): Promise<Pick<Manifest, 'tables' | 'sequences' | 'skipped'>> => {
  if (!isFiltered(request)) return {tables: [...tables], sequences: [...sequences], skipped: []};
  const {client} = place.server;
  const subject = {...request, tables, folder: place.folder};
  const dump = await contentsOf(context, subject, client);
  const leavesRowsOut = request.filters.excludeTableData.length > 0;
  const isMissing = (table: TableRecord) =>
    isTable(table) && (leavesRowsOut || table.condition !== undefined) && !dump.hasRowsOf(table);
  const hasValue = dump.hasValueOf ?? (() => !leavesRowsOut);
  return {
    tables: tables.filter((table) => !isMissing(table)),
    sequences: sequences.filter(hasValue),
    skipped: [
      ...tables.filter(isMissing).map((table) => ({
        what: `rows of ${displayName(table)}`,
        why: 'left out by --exclude-table-data',
      })),
      ...sequences
        .filter((sequence) => !hasValue(sequence))
        .map((sequence) => ({
          what: `value of ${displayName(sequence)}`,
          why: dump.hasValueOf
            ? 'left out by --exclude-table-data'
            : 'not compared: a plain dump does not tell',
        })),
    ],
  };
};
