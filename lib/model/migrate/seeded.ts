/** Rows for tables that are there already: which of the target's tables and columns the source's are, and what keeps them apart. */
import {
  type ColumnWish,
  columnWish,
  type MigrateMap,
  policyOf,
  type TableWish,
  tableWish,
} from './migrate-map.ts';
import {createNamer} from './names.ts';
import type {Policy} from './policy.ts';
import {findName, type TargetColumn, type TargetTable} from './target-table.ts';
import {shapeOf} from './type-family.ts';

export type SourceTable = {readonly table: string; readonly columns: readonly string[]};

export type Matched = {
  readonly source: string;
  readonly target: TargetTable;
  readonly columns: readonly string[];
};
export type Refusal = {readonly what: string; readonly hint: string};

export type Fitted = {
  /** The map of the operator with names and types as the target has them. */
  readonly map: MigrateMap;
  readonly labels: ReadonlyMap<string, readonly string[]>;
  readonly tables: readonly Matched[];
  readonly refusals: readonly Refusal[];
  readonly cautions: readonly string[];
  /** Columns of the target that the source has nothing for. */
  readonly unfed: readonly Unfed[];
};

export type Unfed = {readonly table: string; readonly column: string};

type Given = {readonly map: MigrateMap; readonly targets: readonly TargetTable[]};

export const fitTables = (tables: readonly SourceTable[], {map, targets}: Given): Fitted => {
  const parts = tables.map((table) => fitTable(table, {map, targets}));
  const wishes = Object.fromEntries(parts.flatMap(({wish}) => wish));
  const types = targets.flatMap(({columns}) => columns).filter(({labels}) => labels.length > 0);
  return {
    map: {...map, tables: wishes},
    labels: new Map(types.map(({type, labels}) => [type, labels])),
    tables: parts.flatMap(({matched}) => matched),
    refusals: [...idle(map), ...twice(parts), ...parts.flatMap(({refusals}) => refusals)],
    cautions: parts.flatMap(({cautions}) => cautions),
    unfed: parts.flatMap(({unfed}) => unfed),
  };
};

/** Definitions are the application's: what the map says of them would be passed over in silence. */
const idle = ({tables, after}: MigrateMap): readonly Refusal[] => {
  const hasIndexes = Object.values(tables ?? {}).some(({indexes}) => (indexes?.length ?? 0) > 0);
  return hasIndexes || (after?.length ?? 0) > 0
    ? [
        {
          what: 'the map asks for indexes or statements, and rows alone are brought',
          hint: 'take indexes and after out of the map',
        },
      ]
    : [];
};

/** Names that differ by capitals alone, or a map, may lead two tables to one. */
const twice = (parts: readonly Part[]): readonly Refusal[] => {
  const matched = parts.flatMap((part) => part.matched);
  return matched
    .filter(({target}, at) => matched.slice(0, at).some((other) => other.target === target))
    .map(({source, target}) => ({
      what: `'${source}' would go into '${target.name}' as another table does`,
      hint: 'leave one of them out, or bring it in a run of its own with --on-existing append',
    }));
};

type Part = Pick<Fitted, 'refusals' | 'cautions' | 'unfed'> & {
  readonly matched: readonly Matched[];
  readonly wish: readonly (readonly [string, TableWish])[];
};

const fitTable = (source: SourceTable, {map, targets}: Given): Part => {
  const {table} = source;
  const own = tableWish(map, table);
  const target = findShortened(targets, own?.name ?? table);
  if (!target) return absent(own?.name ?? table);
  const pairs = pairsOf(source, {map, target});
  const found = pairs.filter(isFound);
  return {
    matched: [{source: table, target, columns: found.map(({there}) => there.name)}],
    wish: [[table, {...own, name: target.name, columns: wishesOf(source, pairs)}]],
    refusals: [...missing(table, {target, pairs, found}), ...doubled(table, found)],
    cautions: cautionsFor(target, pairs),
    unfed: target.columns
      .filter((column) => !column.isGenerated && !found.some(({there}) => there === column))
      .map((column) => ({table: target.name, column: column.name})),
  };
};

/** Also under the name that a migrate of definitions gives to one that is too long for PostgreSQL. */
const findShortened = <Named extends {readonly name: string}>(
  there: readonly Named[],
  name: string,
): Named | undefined =>
  findName(there, name) ??
  findName(there, createNamer({style: 'keep', of: 'columns'}).nameFor(name));

const absent = (name: string): Part => ({
  ...{matched: [], wish: [], cautions: [], unfed: []},
  refusals: [
    {
      what: `the target has no table '${name}'`,
      hint: 'leave it out (--exclude), or name the one that is meant in the map',
    },
  ],
});

type Pair = {
  readonly column: string;
  readonly wish: ColumnWish | undefined;
  readonly policy: Policy;
  readonly there: TargetColumn | undefined;
};
type Found = Pair & {readonly there: TargetColumn};

/** What the target computes itself is not loaded. */
const isFound = (pair: Pair): pair is Found => pair.there !== undefined && !pair.there.isGenerated;

type Matching = {readonly map: MigrateMap; readonly target: TargetTable};

const pairsOf = ({table, columns}: SourceTable, {map, target}: Matching): readonly Pair[] =>
  columns.flatMap((column) => {
    const wish = columnWish(map, table, column);
    if (wish?.drop) return [];
    const there = findShortened(target.columns, wish?.name ?? column);
    return [{column, wish, there, policy: policyOf(map, table, column)}];
  });

const wishesOf = ({columns}: SourceTable, pairs: readonly Pair[]) =>
  Object.fromEntries(
    columns.map((column): readonly [string, ColumnWish] => {
      const pair = pairs.find((each) => each.column === column);
      return [column, pair && isFound(pair) ? fittedWish(pair) : {drop: true}];
    }),
  );

const doubled = (table: string, found: readonly Found[]): readonly Refusal[] =>
  found
    .filter(({there}, at) => found.some((other, place) => place < at && other.there === there))
    .map(({column, there}) => ({
      what: `two columns of '${table}' are '${there.name}' of the target`,
      hint: `give '${column}' another name in the map, or drop: true`,
    }));

/** A column that is there does not widen: what does not fit is refused where nobody says more, once it is counted. */
const fittedWish = ({wish, policy, there: {name, type, labels}}: Found): ColumnWish => {
  const {'on-odd': odd} = policy;
  const isKnown = shapeOf(type, labels) !== undefined;
  return {
    ...wish,
    ...{name, type},
    ...(isKnown ? {'on-odd': odd === 'null' ? 'null' : 'reject'} : {}),
  };
};

type Pairs = {
  readonly target: TargetTable;
  readonly pairs: readonly Pair[];
  readonly found: readonly Found[];
};

const missing = (table: string, {target, pairs, found}: Pairs): readonly Refusal[] => [
  ...pairs
    .filter(({there}) => there === undefined)
    .map(({column}) => ({
      what: `'${target.name}' has no column '${column}'`,
      hint: `leave it out (drop: true in the map), or add it to '${table}' in the target`,
    })),
  ...target.columns
    .filter((column) => !found.some(({there}) => there === column))
    .filter(({isNotNull, hasDefault, isGenerated}) => isNotNull && !hasDefault && !isGenerated)
    .map(({name}) => ({
      what: `'${name}' of '${target.name}' is NOT NULL without a default, and the source has no such column`,
      hint: `give it a default in the target first`,
    })),
];

const cautionsFor = ({name, triggers}: TargetTable, pairs: readonly Pair[]): readonly string[] => [
  ...pairs
    .filter(({there}) => there?.isGenerated)
    .map(
      ({column}) => `'${column}' of '${name}' is computed by the target: its values are not loaded`,
    ),
  ...(triggers.length === 0
    ? []
    : [
        `triggers of '${name}' do not fire for these rows: ${triggers.map((each) => `'${each.name}'`).join(', ')}`,
      ]),
];
