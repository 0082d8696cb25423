import * as catalog from '../commands/catalog.ts';
import {QueryError, type Session} from '../io/session.ts';
import {type Comparable, displayName} from '../model/catalog.ts';
import type {TableRecord} from '../model/manifest.ts';
import {attempt} from './attempt.ts';

/** The bytes of each table by its name, partitions of a tree together; none where the server does not say. */
export const sizesOf = async (
  session: Session,
  tables: readonly Comparable[],
): Promise<ReadonlyMap<string, number>> => {
  const oidsOf = ({oid, partitions = []}: Comparable) => [oid, ...partitions.map(({oid}) => oid)];
  const rows = await attempt<{oid: number; bytes: number | null}>(
    session,
    catalog.tableSizes(tables.flatMap(oidsOf)),
  );
  if (rows instanceof QueryError) return new Map();
  const sizes = new Map(rows.map(({oid, bytes}) => [oid, bytes ?? 0]));
  return new Map(
    tables.map((table) => [
      displayName(table),
      oidsOf(table).reduce((sum, oid) => sum + (sizes.get(oid) ?? 0), 0),
    ]),
  );
};

/** Records with their sizes, where they are known. */
export const withSizes = (
  records: readonly TableRecord[],
  sizes: ReadonlyMap<string, number>,
): TableRecord[] =>
  records.map((record) => {
    const bytes = sizes.get(displayName(record));
    return bytes === undefined ? record : {...record, bytes};
  });
