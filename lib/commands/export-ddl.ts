/** A table of PostgreSQL as statements that make it in SQLite, and what of it can't be. */
import type {ExportedColumn} from '../model/export/exported-column.ts';
import type {PgColumn, PgConstraint, PgIndex, PgTable} from '../model/export/pg-table.ts';
import type {NotCarried} from '../model/migrate/incoming.ts';
import {defaultToSqlite, type Known, toSqlite} from './export-expression.ts';
import {
  type Lost,
  lost,
  lostDefault,
  lostEquality,
  lostInColumn,
  lostInheritance,
  lostTrigger,
} from './export-lost.ts';
import {sqliteName, sqliteText} from './sqlite.ts';

export type TableDdl = {
  readonly create: string;
  readonly indexes: readonly string[];
  /** The only key column counts by itself. */
  readonly counting: PgColumn | undefined;
  /** The key column that SQLite keeps its rows by: they lie in the order of it. */
  readonly rowid: string | undefined;
  readonly notCarried: readonly NotCarried[];
};

/** By the names in PostgreSQL: what tables and their columns are called in SQLite. */
export type TableNames = ReadonlyMap<string, {readonly name: string; readonly columns: Known}>;

type Given = {
  /** In SQLite. */
  readonly name: string;
  readonly columns: readonly ExportedColumn[];
  readonly tables: TableNames;
  /** Tables, views and indexes share their names in SQLite. */
  readonly indexName: (wanted: string) => string;
};

type Piece = {readonly sql: string} | Lost | undefined;

export const tableDdl = (table: PgTable, {name, columns, tables, indexName}: Given): TableDdl => {
  const known: Known = new Map(columns.map((column) => [column.name, column.source]));
  const key = table.constraints.find(({kind}) => kind === 'p');
  const counting = countingColumn(table, key, columns);
  const parts: Piece[] = [
    ...table.columns.flatMap((column) => {
      const own = columns.find((each) => each.name === column.name);
      return own ? [columnSql({column, own, isCounting: column === counting})] : [];
    }),
    ...table.columns.map((column) => lostDefault(table, column)),
    ...table.constraints.map((constraint) =>
      constraint === key && counting
        ? undefined
        : constraintSql(table, {constraint, known, tables}),
    ),
    ...table.columns.map((column) => labelsSql(column, known)),
  ];
  const indexes = table.indexes.map((index) => indexSql(table, {index, known, name, indexName}));
  const all = [
    ...parts,
    ...indexes,
    ...table.columns.flatMap((column) => lostInColumn(table, column)),
    ...[...table.constraints, ...table.indexes].map((unique) => lostEquality(table, unique)),
    ...table.triggers.map((trigger) => lostTrigger(table, trigger)),
    ...table.inherits.map((parent) => lostInheritance(table, parent)),
  ];
  return {
    create: `CREATE TABLE ${sqliteName(name)} (${sqlOf(parts).join(', ')})`,
    indexes: sqlOf(indexes),
    counting,
    rowid: (counting ?? (key && rowidColumn(key, columns)))?.name,
    notCarried: all.flatMap((part) => (part && 'lost' in part ? [part.lost] : [])),
  };
};

const folds = ({base, folding}: PgColumn) => base.endsWith('citext') || folding !== null;

const labelsSql = ({labels, name}: PgColumn, known: Known): Piece =>
  labels === null
    ? undefined
    : {
        sql: `CHECK (${sqliteName(known.get(name) ?? name)} IN (${labels.map(sqliteText).join(', ')}))`,
      };

const sqlOf = (parts: readonly Piece[]) =>
  parts.flatMap((part) => (part && 'sql' in part ? [part.sql] : []));

const countingColumn = (
  {columns}: PgTable,
  key: PgConstraint | undefined,
  exported: readonly ExportedColumn[],
): PgColumn | undefined => {
  const [only] = key?.columns ?? [];
  const column = columns.find(({name}) => name === only);
  const isInteger = exported.some(({name, wording}) => name === only && wording === 'integer');
  return key?.columns.length === 1 && isInteger && column?.sequence ? column : undefined;
};

/** A key of one column of this type is the rowid by another name. https://www.sqlite.org/lang_createtable.html#rowid */
const rowidColumn = (
  {columns: [only, ...others]}: PgConstraint,
  exported: readonly ExportedColumn[],
): ExportedColumn | undefined =>
  exported.find(
    ({name, declared}) =>
      name === only && others.length === 0 && declared.toUpperCase() === 'INTEGER',
  );

type OfColumn = {
  readonly column: PgColumn;
  readonly own: ExportedColumn;
  readonly isCounting: boolean;
};

const columnSql = ({column, own, isCounting}: OfColumn): Piece => {
  const name = sqliteName(own.source);
  if (isCounting) return {sql: `${name} INTEGER PRIMARY KEY AUTOINCREMENT`};
  const value = column.default === null ? undefined : defaultToSqlite(column.default);
  const words = [
    name,
    typeName(own.declared),
    ...(column.isNotNull ? ['NOT NULL'] : []),
    ...(folds(column) ? ['COLLATE NOCASE'] : []),
    ...(value && 'sql' in value ? [`DEFAULT ${value.sql}`] : []),
  ];
  return {sql: words.join(' ')};
};

/** What a record says of a type may be anything: SQLite takes a quoted one as well, for the same affinity. */
const typeName = (declared: string): string =>
  /^[\w ]*(\([+-]?[\d.]+( *, *[+-]?[\d.]+)?\))?$/.test(declared) ? declared : sqliteName(declared);

type OfConstraint = {
  readonly constraint: PgConstraint;
  readonly known: Known;
  readonly tables: TableNames;
};

const actions: Readonly<Record<string, string>> = {
  ...{a: 'NO ACTION', r: 'RESTRICT', c: 'CASCADE', n: 'SET NULL', d: 'SET DEFAULT'},
};

const constraintSql = (table: PgTable, {constraint, known, tables}: OfConstraint): Piece => {
  const {kind, name, columns, expression} = constraint;
  const list = columns.map((column) => sqliteName(known.get(column) ?? column)).join(', ');
  const what = `'${name}' of '${table.name}'`;
  if (kind === 'p') return {sql: `PRIMARY KEY (${list})`};
  if (kind === 'u') return {sql: `CONSTRAINT ${sqliteName(name)} UNIQUE (${list})`};
  if (kind === 'f') return foreignKey(constraint, {list, what, tables});
  if (kind === 'x') return lost('exclusion', what, {why: 'SQLite has none', source: name});
  const check = toSqlite(expression ?? '', known);
  return 'sql' in check
    ? {sql: `CONSTRAINT ${sqliteName(name)} CHECK (${check.sql})`}
    : lost('check', what, {why: check.why, source: expression ?? ''});
};

const foreignKey = (
  {name, parent, isHere, parentColumns, onUpdate, onDelete, ...rest}: PgConstraint,
  {list, what, tables}: {list: string; what: string; tables: TableNames},
): Piece => {
  const named = isHere && parent !== null ? tables.get(parent) : undefined;
  if (named === undefined)
    return lost('foreign key', what, {
      ...{why: `'${parent}' is not among the tables that are exported`, source: list},
    });
  const deferral = rest.isDeferrable
    ? ` DEFERRABLE INITIALLY ${rest.isDeferred ? 'DEFERRED' : 'IMMEDIATE'}`
    : '';
  return {
    sql: `CONSTRAINT ${sqliteName(name)} FOREIGN KEY (${list}) REFERENCES ${sqliteName(named.name)} (${parentColumns.map((column) => sqliteName(named.columns.get(column) ?? column)).join(', ')}) ON UPDATE ${actions[onUpdate]} ON DELETE ${actions[onDelete]}${deferral}`,
  };
};

type OfIndex = Pick<Given, 'name' | 'indexName'> & {readonly index: PgIndex; readonly known: Known};

const indexSql = (table: PgTable, {index, known, name, indexName}: OfIndex): Piece => {
  const what = `index '${index.name}' on '${table.name}'`;
  const told = (why: string) => lost('index', what, {why, source: index.definition});
  if (index.method !== 'btree') return told(`SQLite has no index of the method ${index.method}`);
  const parts = index.parts.map(({text}) => toSqlite(text, known));
  const where = index.where === null ? undefined : toSqlite(index.where, known);
  const refused = [...parts, ...(where ? [where] : [])].find((part) => 'why' in part);
  if (refused && 'why' in refused) return told(refused.why);
  const keys = parts.map(
    (part, at) => `${'sql' in part ? part.sql : ''}${index.parts[at]?.isDescending ? ' DESC' : ''}`,
  );
  const condition = where && 'sql' in where ? ` WHERE ${where.sql}` : '';
  return {
    sql: `CREATE ${index.isUnique ? 'UNIQUE ' : ''}INDEX ${sqliteName(indexName(index.name))} ON ${sqliteName(name)} (${keys.join(', ')})${condition}`,
  };
};
