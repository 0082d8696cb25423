/** Which table of a schema is one that a migrate from SQLite made, as far as its columns still say so. */
import type {RecordedTable, SourceRecord} from '../migrate/source-record.ts';
import type {PgTable} from './pg-table.ts';

export type OwnedRecord = {readonly record: SourceRecord; readonly owner: string};
export type Match = {readonly record: SourceRecord; readonly table: RecordedTable};

/** The newest record first: it knows best. A record is believed of tables that its owner has. */
export const matchOf = (table: PgTable, records: readonly OwnedRecord[]): Match | undefined => {
  for (const {record, owner} of records) {
    const found = record.tables.find(({name}) => name === table.name);
    const isLike = found?.columns.some((recorded) =>
      table.columns.some(({name, type}) => name === recorded.name && type === recorded.type),
    );
    if (found && isLike && owner === table.owner) return {record, table: found};
  }
  return undefined;
};

/** Of tables of two files that had one name: what the later record's statements mean by it is the other table. */
export const clashingRecords = (matches: readonly Match[]): ReadonlySet<SourceRecord> => {
  // What has its name still comes before what was given another one.
  const ordered = matches.toSorted((a, b) => Number(isRenamed(a)) - Number(isRenamed(b)));
  const owners = new Map<string, SourceRecord>();
  const clashing = new Set<SourceRecord>();
  for (const {record, table} of ordered) {
    const name = table.source.toLowerCase();
    const owner = owners.get(name);
    if (owner && owner !== record) clashing.add(record);
    else owners.set(name, record);
  }
  return clashing;
};

const isRenamed = ({table}: Match) => table.name !== table.source;

/** All of its columns are there, and no others: SQLite's own statement makes it again. */
export const hasAllColumns = (table: PgTable, {columns}: RecordedTable): boolean => {
  const known = new Set(columns.flatMap(({name, classColumn}) => [name, classColumn ?? name]));
  return (
    columns.every(({name}) => table.columns.some((column) => column.name === name)) &&
    table.columns.every(({name}) => known.has(name))
  );
};

/** Of AUTOINCREMENT: the highest number that there was; undefined where there was none. */
export const markFor = (
  table: PgTable,
  {column, highWater}: {readonly column: string; readonly highWater: string | null},
): bigint | undefined => {
  const sequence = table.columns.find(({name}) => name === column)?.sequence;
  const counted = sequence ? BigInt(sequence.last ?? BigInt(sequence.start) - 1n) : 0n;
  const noted = BigInt(highWater ?? 0);
  const mark = counted > noted ? counted : noted;
  return mark > 0n || highWater !== null ? mark : undefined;
};

/** Hands out names that SQLite, which knows no capitals, takes for different ones. */
export const createNames = (taken: readonly string[]) => {
  const used = new Set(taken.map((name) => name.toLowerCase()));
  return (wanted: string): string => {
    const base = /^sqlite_/i.test(wanted) ? `_${wanted}` : wanted;
    let name = base;
    for (let number = 2; used.has(name.toLowerCase()); number += 1) name = `${base}_${number}`;
    used.add(name.toLowerCase());
    return name;
  };
};
