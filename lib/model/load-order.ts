/**
 * In which order an archive is loaded by several workers that each read it through a pipe.
 *
 * pg_restore's own workers need a file that they can seek in; and of an archive that was written
 * through a pipe they don't know how large the tables are, so the largest may come last. Here the
 * largest come first, each worker makes the indexes of its own tables as soon as their rows are
 * there, and a foreign key comes when the tables of both its ends have their keys; GIN indexes, the slowest, are made beside. Where a function has a word
 * in it (a check, an index of an expression), it may read any other table: that comes after all rows
 * that no function is asked about. Everything else (attached indexes, triggers, grants: they may take a
 * right away that the rows still need) comes last.
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
  /** Rows that a function is asked about: it may read any table of the lanes. One after the other. */
  readonly late: Ids;
  /** All that is left. */
  readonly last: Ids;
};

type Lane = {
  readonly rows: Ids;
  /** Primary keys, unique and exclusion constraints: each has its table alone while it is made. */
  readonly keys: Ids;
  readonly indexes: Ids;
  /** GIN indexes: slow to make, and no foreign key leans on them. */
  readonly inverted: Ids;
};

export type LaneOptions = {
  /** How large a table is; 0 where it is not known. */
  readonly bytesOf: (table: {readonly schema: string; readonly tag: string}) => number;
  /** How many lanes at most. */
  readonly jobs: number;
};

/** Every entry is in exactly one of the lists. */
export const loadOrder = (entries: readonly TocEntry[], options: LaneOptions): LoadOrder => {
  const first = new Set(idsOf(entries.filter(isFirst)));
  const tables = new Set(idsOf(entries.filter(({kind}) => kind === 'TABLE')));
  const asks = askersIn(entries);
  const rows = entries.filter(({section}) => section === data);
  const isLate = (entry: TocEntry) => isRows(entry) && entry.dependsOn.some(asks);
  const shared = share(
    rows.filter((entry) => !isLate(entry)),
    {...options, isFree: ({dependsOn}) => dependsOn.some((id) => tables.has(id))},
  );
  /** What is made in which lane: filled tables and their indexes. */
  const madeIn = new Map(
    shared.flatMap((own, lane) =>
      own.filter(isRows).flatMap(({dependsOn}) => dependsOn.map((id) => [id, lane] as const)),
    ),
  );
  const lanes = shared.map((own, lane) => {
    const indexes = entries.filter((entry) => isIndexOf(entry, {tables, madeIn, lane}));
    return {
      rows: idsOf(own),
      keys: idsOf(indexes.filter(isKey)),
      indexes: idsOf(indexes.filter((entry) => !isKey(entry) && !isInverted(entry))),
      inverted: idsOf(indexes.filter(isInverted)),
    };
  });
  for (const [lane, {keys, indexes}] of lanes.entries())
    for (const id of [...keys, ...indexes]) madeIn.set(id, lane);
  const links = linksIn(entries, {first, tables, madeIn});
  const late = idsOf(rows.filter(isLate));
  const placed = new Set([
    ...[...first, ...late],
    ...lanes.flatMap(({rows, keys, indexes, inverted}) => [rows, keys, indexes, inverted].flat()),
    ...links.flatMap(({ids}) => ids),
  ]);
  const last = idsOf(entries).filter((id) => !placed.has(id));
  return {first: [...first], lanes, links, late, last};
};

const isFirst = ({section, kind}: TocEntry) => section === preData && !grants.has(kind);

/**
 * Whether something is defined by a function of the archive, however indirectly: a check, a domain, a computed
 * column. Which tables such a function reads stands nowhere.
 */
const askersIn = (entries: readonly TocEntry[]) => {
  const byId = new Map(entries.map((entry) => [entry.id, entry]));
  const known = new Map<number, boolean>();
  const asks = (id: number): boolean => {
    const found = known.get(id);
    if (found !== undefined) return found;
    // Of two that depend on each other the first decides.
    known.set(id, false);
    const entry = byId.get(id);
    const answer = entry !== undefined && (code.has(entry.kind) || entry.dependsOn.some(asks));
    known.set(id, answer);
    return answer;
  };
  return asks;
};

const code = new Set(['FUNCTION', 'PROCEDURE', 'AGGREGATE', 'OPERATOR']);

type Made = {
  readonly tables: ReadonlySet<number>;
  readonly madeIn: ReadonlyMap<number, number>;
};

/** An index or a key that needs one filled table and nothing else: no function, which could read another table. */
const isIndexOf = (
  {kind, dependsOn}: TocEntry,
  {tables, madeIn, lane}: Made & {readonly lane: number},
) => {
  const [table, ...others] = new Set(dependsOn);
  if (table === undefined || others.length > 0) return false;
  return isIndex(kind) && tables.has(table) && madeIn.get(table) === lane;
};

const laneSet = (lanes: readonly number[]) => [...new Set(lanes)].sort((a, b) => a - b);

/** The foreign keys that need no more than some lanes, those of the same lanes together. */
const linksIn = (
  entries: readonly TocEntry[],
  {first, tables, madeIn}: Made & {readonly first: ReadonlySet<number>},
): LoadOrder['links'] => {
  const groups = new Map<string, {ids: number[]; after: readonly number[]}>();
  for (const {id, kind, dependsOn} of entries) {
    const isMade = (needed: number) =>
      madeIn.has(needed) || (first.has(needed) && !tables.has(needed));
    if (kind !== 'FK CONSTRAINT' || !dependsOn.every(isMade)) continue;
    const after = laneSet(dependsOn.flatMap((needed) => madeIn.get(needed) ?? []));
    const group = groups.get(after.join()) ?? {ids: [], after};
    groups.set(after.join(), group);
    group.ids.push(id);
  }
  return [...groups.values()];
};

const idsOf = (entries: readonly TocEntry[]): Ids => entries.map(({id}) => id);

/** pg_restore gives them last, whatever their section. */
const grants = new Set(['ACL', 'DEFAULT ACL']);

const isRows = ({kind}: TocEntry) => kind === 'TABLE DATA';

/** An index, a primary key, a unique or an exclusion constraint. */
const isIndex = (kind: string) => kind === 'INDEX' || kind === 'CONSTRAINT';

const isKey = ({kind}: TocEntry) => kind === 'CONSTRAINT';

/** Taken for one by mistake, where a predicate holds these words, an index is only made a little later. */
const isInverted = ({kind, definition}: TocEntry) =>
  kind === 'INDEX' && definition.includes(' USING gin ');

/**
 * The largest table first, each to the lane that has least so far. What is no table of the archive's own (large
 * objects, positions of sequences, the rows of extensions) goes to one lane: parts of it build on each other.
 * No more lanes than shorten the whole.
 */
const share = (
  rows: readonly TocEntry[],
  {bytesOf, jobs, isFree}: LaneOptions & {readonly isFree: (entry: TocEntry) => boolean},
): readonly (readonly TocEntry[])[] => {
  const isOwn = (entry: TocEntry) => isRows(entry) && isFree(entry);
  const sized = rows.filter(isOwn).map((entry) => ({entry, bytes: bytesOf(entry)}));
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
  for (const entry of rows) if (!isOwn(entry)) others.ids.add(entry.id);
  return lanes.map(({ids}) => rows.filter(({id}) => ids.has(id)));
};
