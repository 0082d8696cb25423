/** A table of SQLite with the names and types that it gets. */
import type {Choice} from './choose-type.ts';
import type {Partitioning} from './incoming.ts';
import type {KeptClass} from './kept-class.ts';
import type {Profile} from './profile.ts';
import type {TableText} from './sqlite-ddl.ts';
import type {
  ColumnFact,
  IndexColumnFact,
  IndexFact,
  SqliteFacts,
  TableFact,
} from './sqlite-facts.ts';
import type {Token} from './sqlite-lexer.ts';

export type NamedColumn = {
  readonly fact: ColumnFact;
  readonly name: string;
  readonly choice: Choice;
  readonly profile: Profile;
  readonly kept: KeptClass;
  /** The column behind all others that keeps the class of each value; undefined where none has to. */
  readonly classColumn: string | undefined;
  /** NOCASE, RTRIM, or one that only the application knows; undefined: BINARY. */
  readonly collation: string | undefined;
  readonly generated: readonly Token[] | undefined;
  /** The type that the operator wants instead of the chosen one, and how a value becomes one of it. */
  readonly wished: string | undefined;
  readonly using: string | undefined;
  /** So many cells are empty, and get a UUID. */
  readonly generates?: number;
};

export type NamedTable = {
  readonly fact: TableFact;
  readonly text: TableText;
  readonly name: string;
  readonly columns: readonly NamedColumn[];
  readonly rows: number;
  /** INTEGER PRIMARY KEY: the rowid by another name, which counts on by itself. */
  readonly rowidAlias: NamedColumn | undefined;
  /** AUTOINCREMENT's high-water mark. */
  readonly highWater: bigint | undefined;
  readonly partitioning?: Partitioning;
  /** Columns that were converted, where the target is only compared. */
  readonly notCompared?: readonly string[];
};

export type NamedIndex = IndexFact & {
  readonly columns: readonly IndexColumnFact[];
  readonly sql: string | null;
};

/** The indexes of a table, as they were made. */
export const indexesOf = (facts: SqliteFacts, table: string): readonly NamedIndex[] =>
  facts.indexes
    .filter((index) => index.table === table)
    .map((index) => ({
      ...index,
      columns: facts.indexColumns.filter((column) => column.index === index.name),
      sql:
        facts.objects.find(({type, name}) => type === 'index' && name === index.name)?.sql ?? null,
    }));

/** A rowid alias has no index of its own. https://www.sqlite.org/lang_createtable.html#rowids_and_the_integer_primary_key */
export const rowidAliasOf = (
  facts: SqliteFacts,
  {name, isWithoutRowid}: TableFact,
): string | undefined => {
  const keys = facts.columns.filter(({table, key}) => table === name && key > 0);
  const hasIndex = facts.indexes.some(({table, origin}) => table === name && origin === 'pk');
  const [only] = keys;
  return only && keys.length === 1 && !isWithoutRowid && !hasIndex ? only.name : undefined;
};

/** Names of a table's columns by their names in lower case: SQLite knows no other difference. */
export const columnOf = (table: NamedTable, name: string): NamedColumn | undefined =>
  table.columns.find(({fact}) => fact.name.toLowerCase() === name.toLowerCase());

/** The primary key's columns in the key's own order. */
export const keyOf = ({columns}: NamedTable): readonly NamedColumn[] =>
  columns.filter(({fact}) => fact.key > 0).toSorted((a, b) => a.fact.key - b.fact.key);

/** The groups of PRAGMA foreign_key_list: one foreign key each, its columns in order. */
export const foreignKeysOf = (facts: SqliteFacts, {fact, text}: NamedTable) => {
  const own = facts.foreignKeys.filter(({table}) => table === fact.name);
  const ids = [...new Set(own.map(({id}) => id))].toSorted((a, b) => b - a);
  return ids.map((id, place) => ({
    id,
    parts: own.filter((part) => part.id === id),
    text: text.foreignKeys[place],
  }));
};

/** Without what was converted when it had been compared: nothing of the source is like it. */
export const comparable = (table: NamedTable): NamedTable => ({
  ...table,
  columns: table.columns.filter(({wished}) => wished === undefined),
  notCompared: table.columns.flatMap(({name, wished}) => (wished === undefined ? [] : [name])),
});
