/**
 * What a source brings, as PostgreSQL will hold it: the noun between every source (SQLite, Redis,
 * JSON) and the load. Names are anything; types, defaults and expressions are SQL of our own making,
 * never text of the source as it stands.
 */
export type IncomingColumn = {
  readonly name: string;
  /** As SQL writes it: `bigint`, `timestamp with time zone`. */
  readonly type: string;
  /** A collation of the staging schema by name; the database's own when absent. */
  readonly collation?: string;
  readonly isNotNull: boolean;
  /** The server computes it from this expression: its values are not loaded. */
  readonly generated?: string;
  /**
   * How the server writes a value in the form that the source's lines for comparison have; the type's own
   * text when absent. `{x}` stands for the column.
   */
  readonly canonical?: string;
};

export type IncomingTable = {
  /** What it is called in the source, for people. */
  readonly source: string;
  readonly name: string;
  readonly columns: readonly IncomingColumn[];
  /** As counted in the source, rejected ones apart. */
  readonly rows: number;
  /** About how much there is to load: the largest is begun first. */
  readonly bytes: number;
  /** The lines that are loaded are also those that the server's are compared with: one reading does for both. */
  readonly comparesAsLoaded: boolean;
  /** Other types that the operator wants: made when the rows have been compared, before all keys. */
  readonly conversions?: readonly Finish[];
  /** Keys, indexes, identities: done when the rows are there, in this order. */
  readonly finishes: readonly Finish[];
  /** Taken apart by a time: the server puts each row where it belongs, so that their order is its own. */
  readonly partitioning?: Partitioning;
  /** Columns that a comparison by itself passes over: they were converted when they had been compared. */
  readonly notCompared?: readonly string[];
  /** What has all of its rows when every statement after the load was done: a query; the table itself when absent. */
  readonly later?: (schema: string) => string;
};

export type Partitioning = {
  readonly column: string;
  /** Bounds as the column's type reads them, the second of them excluded. */
  readonly parts: readonly {readonly name: string; readonly from: string; readonly to: string}[];
  /** For whatever is of none of them, NULL included. */
  readonly rest: string;
};

export type FinishKind =
  | 'primary key'
  | 'unique'
  | 'index'
  | 'check'
  | 'default'
  | 'identity'
  | 'foreign key'
  | 'view'
  | 'comment'
  | 'partition'
  | 'table'
  | 'sql';

/** One thing to be made after the rows are there. */
export type Finish = {
  readonly kind: FinishKind;
  /** `index 'by_day' on 'event'`. */
  readonly what: string;
  /** The name of the relation that it makes, where others could have it already. */
  readonly makes?: string;
  /** Names without a schema: the search path is the staging schema. They hold together or not at all. */
  readonly statements: readonly string[];
  /** As the source wrote it, for the report. */
  readonly source?: string;
  /** Where the server refuses: the run fails, it is reported as not carried, or another way is tried. */
  readonly otherwise: 'fail' | 'report' | Finish;
  /** What comes after it, where it was made. */
  readonly next?: Finish;
};

/** Something of the source that the target does not have, or not as it was: told, never dropped in silence. */
export type NotCarried = {
  readonly kind: string;
  readonly what: string;
  readonly why: string;
  /** The source's own text of it. */
  readonly source?: string;
};

/** A table as it was loaded: rows and the SHA-256 of the lines. */
export type Loaded = {readonly rows: number; readonly sha256: string};

/** The order to load in: the largest first, so that no long one is begun last; names decide between equals. */
export const loadOrder = <Table extends Pick<IncomingTable, 'bytes' | 'name'>>(
  tables: readonly Table[],
): readonly Table[] =>
  tables.toSorted((a, b) => b.bytes - a.bytes || (a.name < b.name ? -1 : a.name > b.name ? 1 : 0));

/** What is made by a name: the table, and what it is taken apart into. */
export const relationsOf = ({
  name,
  partitioning,
}: Pick<IncomingTable, 'name' | 'partitioning'>): readonly string[] => [
  name,
  ...(partitioning ? [...partitioning.parts.map((part) => part.name), partitioning.rest] : []),
];

/** The columns that are in the lines: the server computes the others. */
export const loadedColumns = ({
  columns,
}: Pick<IncomingTable, 'columns'>): readonly IncomingColumn[] =>
  columns.filter(({generated}) => generated === undefined);
