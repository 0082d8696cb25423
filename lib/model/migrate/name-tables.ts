/** Names and types for all that a SQLite database has: from its facts and the profiles of its values. */
import {align, type Column, type End, keyOfEnd, type Link} from './align.ts';
import {chooseType, declaredOf} from './choose-type.ts';
import {keptClass} from './kept-class.ts';
import {columnWish, type MigrateMap, policyOf, tableWish} from './migrate-map.ts';
import {createNamer, type Namer, type NameStyle} from './names.ts';
import type {Profile} from './profile.ts';
import {readTable, type TableText} from './sqlite-ddl.ts';
import type {ColumnFact, SqliteFacts, TableFact} from './sqlite-facts.ts';
import {type NamedColumn, type NamedTable, rowidAliasOf} from './sqlite-table.ts';
import {shapeOf} from './type-family.ts';

export type Wishes = {
  readonly names: NameStyle;
  readonly infers: boolean;
  readonly include: readonly string[];
  readonly exclude: readonly string[];
  readonly map: MigrateMap;
};

export type TableValues = {
  readonly rows: number;
  readonly columns: ReadonlyMap<string, Profile>;
};

/** The tables that are to come: neither shadows of virtual ones, nor those left out. */
export const pickTables = (
  {tables}: SqliteFacts,
  {include, exclude, map}: Pick<Wishes, 'include' | 'exclude' | 'map'>,
): readonly TableFact[] =>
  tables.filter(
    ({type, name}) =>
      type === 'table' &&
      !tableWish(map, name)?.skip &&
      (include.length === 0 || include.some((pattern) => matches(name, pattern))) &&
      !exclude.some((pattern) => matches(name, pattern)),
  );

/** `*` stands for any characters, `?` for one; SQLite's names know no capitals. */
export const matches = (name: string, pattern: string): boolean => {
  const source = [...pattern]
    .map((sign) => ({'*': '[^]*', '?': '[^]'})[sign] ?? sign.replace(/[$()+.[\\\]^{|}]/, '\\$&'))
    .join('');
  return new RegExp(`^${source}$`, 'iu').test(name);
};

export type NameTablesGiven = {
  readonly picked: readonly TableFact[];
  readonly values: ReadonlyMap<string, TableValues>;
  readonly wishes: Pick<Wishes, 'names' | 'infers' | 'map'>;
  readonly namer: Namer;
  /** Whether a column of our own, by its name, may come to a table of the source. */
  readonly takesColumn: (end: {readonly table: string; readonly column: string}) => boolean;
};

export const nameTables = (
  facts: SqliteFacts,
  {picked, values, wishes, namer, takesColumn}: NameTablesGiven,
): readonly NamedTable[] => {
  const texts = new Map(
    picked.map(({name}) => [name, readTable(textOfTable(facts, name))] as const),
  );
  const chosen = chooseAll(facts, {picked, values, wishes, texts});
  return picked.map((fact): NamedTable => {
    const text = texts.get(fact.name) ?? readTable('');
    const columnNamer = createNamer({style: wishes.names, of: 'columns'});
    const bare = facts.columns
      .filter(({table}) => table === fact.name)
      .flatMap((column): readonly NamedColumn[] => {
        const known = chosen.get(keyOfEnd({table: fact.name, column: column.name}));
        const wish = columnWish(wishes.map, fact.name, column.name);
        if (!known || wish?.drop) return [];
        const own = textOfColumn(text, column.name);
        return [
          {
            fact: column,
            name: columnNamer.nameFor(wish?.name ?? column.name),
            wished: wish?.type === known.choice.type ? undefined : wish?.type,
            using: wish?.using,
            choice: known.choice,
            profile: known.profile,
            kept: keptClass(known.choice, known.profile, affinityIn(fact, column)),
            classColumn: undefined,
            collation: known.collation,
            generated: column.hidden > 1 ? own?.generated : undefined,
          },
        ];
      });
    const columns = bare.map((column) =>
      withClassColumn(column, columnNamer, (name) => takesColumn({table: fact.name, column: name})),
    );
    const alias = rowidAliasOf(facts, fact);
    return {
      ...{
        fact,
        text,
        columns,
        name: namer.nameFor(tableWish(wishes.map, fact.name)?.name ?? fact.name),
      },
      rows: values.get(fact.name)?.rows ?? 0,
      rowidAlias: columns.find((column) => column.fact.name === alias),
      highWater: facts.sequences.get(fact.name),
    };
  });
};

const affinityIn = ({isStrict}: TableFact, {type: declared}: ColumnFact) =>
  declaredOf({declared, isStrict}).affinity;

/** Named when all others are: theirs are the application's. */
const withClassColumn = (
  column: NamedColumn,
  namer: Namer,
  isTaken: (name: string) => boolean,
): NamedColumn => {
  const {kept, generated, wished, choice, name} = column;
  if (kept.by !== 'column' || generated || wished !== undefined) return column;
  const classColumn = namer.nameFor(`${name}_typeof`);
  if (!isTaken(classColumn)) return column;
  const why = `${choice.why}; '${classColumn}' keeps the class where it is not ${kept.usual}`;
  return {...column, classColumn, choice: {...choice, why}};
};

type Given = Omit<NameTablesGiven, 'namer' | 'takesColumn'> & {
  readonly texts: ReadonlyMap<string, TableText>;
};

const chooseAll = (
  facts: SqliteFacts,
  {picked, values, wishes, texts}: Given,
): ReadonlyMap<string, Column> => {
  const columns = new Map<string, Column>();
  for (const {name: table, isStrict} of picked) {
    const own = facts.columns.filter((column) => column.table === table);
    const isCoreData = own.some(({name}) => name === 'Z_PK');
    for (const {name, type: declared} of own) {
      const profile = values.get(table)?.columns.get(name);
      if (!profile) continue;
      const ground = {
        ...{isStrict, isCoreData, infers: wishes.infers},
        declared: declaredAs(wishes.map, {table, column: name}) ?? declared,
      };
      const collation = textOfColumn(texts.get(table), name)?.collation;
      columns.set(keyOfEnd({table, column: name}), {
        choice: chooseType(profile, ground),
        profile,
        collation: collation === 'BINARY' ? undefined : collation,
      });
    }
  }
  return align(columns, linksOf(facts));
};

/** Values that a policy fits to a type are chosen for as if they were declared so. */
export const declaredAs = (map: MigrateMap, {table, column}: End): string | undefined => {
  const wish = columnWish(map, table, column);
  const odd = policyOf(map, table, column)['on-odd'];
  const isFitted = odd !== undefined && odd !== 'widen' && wish?.using === undefined;
  return isFitted && shapeOf(wish?.type ?? '') ? wish?.type : undefined;
};

export const textOfTable = ({objects}: SqliteFacts, table: string): string =>
  objects.find(({type, name}) => type === 'table' && name === table)?.sql ?? '';

const textOfColumn = (text: TableText | undefined, column: string) =>
  text?.columns.find(({name}) => name.toLowerCase() === column.toLowerCase());

/** The pairs of columns that foreign keys compare, by the names that the tables know. */
export const linksOf = (facts: SqliteFacts): readonly Link[] =>
  facts.foreignKeys.flatMap(({table, from, parent, to, seq}): readonly Link[] => {
    const isParent = (name: string) => name.toLowerCase() === parent.toLowerCase();
    const theirs = facts.columns.filter((column) => isParent(column.table));
    const target =
      to === null
        ? theirs.find(({key}) => key === seq + 1)
        : theirs.find(({name}) => name.toLowerCase() === to.toLowerCase());
    const own = facts.columns.find(
      (column) => column.table === table && column.name.toLowerCase() === from.toLowerCase(),
    );
    return target && own
      ? [{child: {table, column: own.name}, parent: {table: target.table, column: target.name}}]
      : [];
  });
