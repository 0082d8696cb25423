/** What changed from one set to another, table by table. */
import {bytesOf, rowsOf} from './candidate.ts';
import {displayName} from './catalog.ts';
import {filtersOf, type Manifest, type TableRecord} from './manifest.ts';
import type {SchemaChange} from './schema-text.ts';

/** A number on both sides; null where it is not known. */
export type Change = {
  readonly before: number | null;
  readonly after: number | null;
  readonly change: number | null;
};

export type TableChange = {
  readonly table: string;
  /** `unknown`: the rows can't be compared, and nothing else says that they changed. */
  readonly state: 'same' | 'changed' | 'new' | 'dropped' | 'unknown';
  readonly rows: Change;
  /** On the server's disk; null on both sides for sets of an older pgkeep. */
  readonly bytes: Change;
  readonly digest: 'same' | 'changed' | 'unknown';
  readonly newColumns: readonly string[];
  readonly droppedColumns: readonly string[];
};

type Names = {readonly new: readonly string[]; readonly dropped: readonly string[]};

export type SetDiff = {
  readonly tables: readonly TableChange[];
  readonly rows: Change;
  readonly databaseBytes: Change;
  readonly dumpBytes: Change;
  readonly extensions: Names & {readonly changed: readonly string[]};
  readonly roles: Names;
  /** Changed ones: with where they stood at the end of either dump. */
  readonly sequences: Names & {readonly changed: readonly string[]};
  /** Null where a definition can't be read. */
  readonly schema: readonly SchemaChange[] | null;
  /** Why some of this does not say what it seems to, a sentence each. */
  readonly warnings: readonly string[];
};

/** What changed from the first to the second. Pure: definitions are read by the verb. */
export const diffSets = (
  before: Manifest,
  after: Manifest,
  schema: readonly SchemaChange[] | null,
): SetDiff => {
  const isComparable = incomparable(before, after).length === 0;
  const [old, now] = [byName(before.tables), byName(after.tables)];
  const names = [...new Set([...old.keys(), ...now.keys()])].sort();
  const tables = names.map((name) =>
    tableChange(name, {was: old.get(name), is: now.get(name), isComparable}),
  );
  return {
    tables,
    rows: changeOf(rowsOf(before.tables), rowsOf(after.tables)),
    databaseBytes: changeOf(before.server.databaseBytes, after.server.databaseBytes),
    dumpBytes: changeOf(bytesOf(before.files), bytesOf(after.files)),
    extensions: namesChange(
      before.extensions.map(({name, version}) => [name, version]),
      after.extensions.map(({name, version}) => [name, version]),
    ),
    roles: namesChange(
      before.roles.map((role) => [role, '']),
      after.roles.map((role) => [role, '']),
    ),
    sequences: namesChange(before.sequences.map(positionOf), after.sequences.map(positionOf)),
    schema,
    warnings: [...differences(before, after), ...incomparable(before, after)],
  };
};

type Sides = {
  readonly was: TableRecord | undefined;
  readonly is: TableRecord | undefined;
  readonly isComparable: boolean;
};

const tableChange = (table: string, {was, is, isComparable}: Sides): TableChange => {
  const rows = changeOf(was?.rows ?? null, is?.rows ?? null);
  const canTell = isComparable && was?.digest != null && is?.digest != null;
  const digest = !canTell ? 'unknown' : was.digest === is.digest ? 'same' : 'changed';
  const newColumns = was && is ? is.columns.filter((name) => !was.columns.includes(name)) : [];
  const droppedColumns = was && is ? was.columns.filter((name) => !is.columns.includes(name)) : [];
  const isChanged = digest === 'changed' || (rows.change ?? 0) !== 0;
  const hasOtherColumns = newColumns.length + droppedColumns.length > 0;
  const state = !was ? 'new' : !is ? 'dropped' : isChanged || hasOtherColumns ? 'changed' : digest;
  const bytes = changeOf(was?.bytes ?? null, is?.bytes ?? null);
  return {table, state, rows, bytes, digest, newColumns, droppedColumns};
};

/** Why digests of one set say nothing about those of the other, a sentence each. */
const incomparable = (before: Manifest, after: Manifest): readonly string[] => {
  const [a, b] = [before.digest.algorithm, after.digest.algorithm];
  const without = [a, b].find((algorithm) => algorithm === 'rows' || algorithm === 'none');
  return [
    ...(a !== b ? [`the fingerprints are of two kinds (${a}, ${b}): rows are only counted`] : []),
    ...(a === b && without ? ['the sets have no digests: changed rows are only counted'] : []),
    ...(before.server.encoding !== after.server.encoding
      ? [
          `the encodings differ (${before.server.encoding}, ${after.server.encoding}): digests can't be compared`,
        ]
      : []),
  ];
};

/** What makes the two another matter than two nights of one database. */
const differences = (before: Manifest, after: Manifest): readonly string[] => {
  const [from, to] = [before.server, after.server];
  const filters = [before, after].map((set) => JSON.stringify(filtersOf(set)));
  return [
    ...(before.database !== after.database
      ? [`they are of two databases: '${before.database}' and '${after.database}'`]
      : []),
    ...(from.systemIdentifier !== to.systemIdentifier ? ['they are of two servers'] : []),
    ...(from.version !== to.version ? [`the server was ${from.version}, then ${to.version}`] : []),
    ...(filters[0] !== filters[1]
      ? ['they were taken with different filters: what is new or dropped may only be left out']
      : []),
    ...(before.id > after.id ? ['the first one is the newer one'] : []),
  ];
};

type Named = readonly [name: string, value: string];

const namesChange = (before: readonly Named[], after: readonly Named[]) => {
  const [old, now] = [new Map(before), new Map(after)];
  return {
    new: [...now.keys()].filter((name) => !old.has(name)),
    dropped: [...old.keys()].filter((name) => !now.has(name)),
    changed: [...now].flatMap(([name, is]) => {
      const was = old.get(name);
      return was === undefined || was === is ? [] : [`${name}: ${was} to ${is}`];
    }),
  };
};

const positionOf = ({schema, name, last}: Manifest['sequences'][number]): Named => [
  displayName({schema, name}),
  `${last.value}${last.isCalled ? '' : ' (not yet called)'}`,
];

const byName = (tables: readonly TableRecord[]): ReadonlyMap<string, TableRecord> =>
  new Map(tables.map((table) => [displayName(table), table]));

const changeOf = (before: number | null, after: number | null): Change => ({
  before,
  after,
  change: before === null || after === null ? null : after - before,
});
