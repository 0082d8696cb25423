/**
 * In which order an archive is loaded by several workers that each read it through a pipe.
 *
 * pg_restore's own workers need a file that they can seek in; and of an archive that was written
 * through a pipe they don't know how large the tables are, so the largest may come last. Here the
 * largest come first, each worker makes the indexes of its own tables as soon as their rows are
 * there, a foreign key comes when the tables of both its ends are done, and everything else (attached
 * indexes, triggers, grants: they may take a right away that the rows still need) when all are.
 * https://github.com/postgres/postgres/blob/REL_18_STABLE/src/bin/pg_dump/pg_backup_archiver.c (restore_toc_entries_parallel)
 */
import {data, preData, type TocEntry} from './archive-toc.ts';

/** Ids of entries, in the order of the archive. */
type Ids = readonly number[];

export type LoadOrder = {
  /** Definitions that rows need. */
  readonly first: Ids;
  /** Side by side. */
  readonly lanes: readonly Lane[];
  /** Foreign keys between tables of lanes, and the lanes (by index) that must be done before. */
  readonly links: readonly {readonly ids: Ids; readonly after: readonly number[]}[];
  /** All that is left. */
  readonly last: Ids;
};

type Lane = {readonly rows: Ids; readonly indexes: Ids};

export type LaneOptions = {
  /** How large a table is; 0 where it is not known. */
  readonly bytesOf: (table: {readonly schema: string; readonly tag: string}) => number;
  /** How many lanes at most. */
  readonly jobs: number;
};

/** Every entry is in exactly one of the lists. */
export const loadOrder = (entries: readonly TocEntry[], options: LaneOptions): LoadOrder => {
  const isFirst = ({section, kind}: TocEntry) => section === preData && !grants.has(kind);
  const first = new Set(idsOf(entries.filter(isFirst)));
  const tables = new Set(idsOf(entries.filter(({kind}) => kind === 'TABLE')));
  const tablesOf = ({dependsOn}: TocEntry) => [
    ...new Set(dependsOn.filter((id) => tables.has(id))),
  ];
  /** What is made in which lane: filled tables and their indexes. */
  const madeIn = new Map<number, number>();
  const rows = share(
    entries.filter(({section}) => section === data),
    options,
  );
  for (const [index, own] of rows.entries())
    for (const id of own.filter(isRows).flatMap(tablesOf)) madeIn.set(id, index);
  const lanes = rows.map((own, index) => {
    const isReady = (entry: TocEntry) => {
      const [table, another] = tablesOf(entry);
      if (table === undefined || another !== undefined || madeIn.get(table) !== index) return false;
      return isIndex(entry) && entry.dependsOn.every((id) => first.has(id));
    };
    return {rows: idsOf(own), indexes: idsOf(entries.filter(isReady))};
  });
  for (const [index, {indexes}] of lanes.entries()) for (const id of indexes) madeIn.set(id, index);
  const links = linksIn(entries, {
    lanesOf: (entry) => laneSet(entry.dependsOn.flatMap((id) => madeIn.get(id) ?? [])),
    isReady: (entry) =>
      tablesOf(entry).every((id) => madeIn.has(id)) &&
      entry.dependsOn.every((id) => first.has(id) || madeIn.has(id)),
  });
  const placed = new Set([
    ...first,
    ...lanes.flatMap((lane) => [...lane.rows, ...lane.indexes]),
    ...links.flatMap(({ids}) => ids),
  ]);
  return {first: [...first], lanes, links, last: idsOf(entries).filter((id) => !placed.has(id))};
};

const laneSet = (lanes: readonly number[]) => [...new Set(lanes)].sort((a, b) => a - b);

/** The foreign keys that need no more than some lanes, those of the same lanes together. */
const linksIn = (
  entries: readonly TocEntry[],
  {
    lanesOf,
    isReady,
  }: {
    lanesOf: (entry: TocEntry) => readonly number[];
    isReady: (entry: TocEntry) => boolean;
  },
): LoadOrder['links'] => {
  const groups = new Map<string, {ids: number[]; after: readonly number[]}>();
  for (const entry of entries) {
    if (entry.kind !== 'FK CONSTRAINT' || !isReady(entry)) continue;
    const after = lanesOf(entry);
    const group = groups.get(after.join()) ?? {ids: [], after};
    groups.set(after.join(), group);
    group.ids.push(entry.id);
  }
  return [...groups.values()];
};

const idsOf = (entries: readonly TocEntry[]): Ids => entries.map(({id}) => id);

/** pg_restore gives them last, whatever their section. */
const grants = new Set(['ACL', 'DEFAULT ACL']);

const isRows = ({kind}: TocEntry) => kind === 'TABLE DATA';

/** An index, a primary key, a unique or an exclusion constraint. */
const isIndex = ({kind}: TocEntry) => kind === 'INDEX' || kind === 'CONSTRAINT';

/**
 * The largest table first, each to the lane that has least so far; what is no table (large objects,
 * positions of sequences) to one lane, as parts of it build on each other. No more lanes than shorten the whole.
 */
const share = (
  rows: readonly TocEntry[],
  {bytesOf, jobs}: LaneOptions,
): readonly (readonly TocEntry[])[] => {
  const sized = rows.filter(isRows).map((entry) => ({entry, bytes: bytesOf(entry)}));
  sized.sort((a, b) => b.bytes - a.bytes);
  const total = sized.reduce((sum, {bytes}) => sum + bytes, 0);
  const useful = Math.ceil(total / Math.max(sized[0]?.bytes ?? 0, 1));
  const lanes = Array.from({length: Math.max(1, Math.min(jobs, useful))}, () => ({
    bytes: 0,
    ids: new Set<number>(),
  }));
  const least = () => lanes.reduce((best, lane) => (lane.bytes < best.bytes ? lane : best));
  for (const {entry, bytes} of sized) {
    const lane = least();
    lane.ids.add(entry.id);
    lane.bytes += bytes;
  }
  const others = least();
  for (const entry of rows) if (!isRows(entry)) others.ids.add(entry.id);
  return lanes.map(({ids}) => rows.filter(({id}) => ids.has(id)));
};
