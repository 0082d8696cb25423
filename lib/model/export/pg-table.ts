/** A table of PostgreSQL as its catalog tells it. */
export type PgColumn = {
  readonly name: string;
  /** As `format_type` says it, limits included. */
  readonly type: string;
  /** Without limits, and of a domain what it is a domain of. */
  readonly base: string;
  /** `b` base, `e` enum, `c` composite, `r` range, `m` multirange. */
  readonly kind: string;
  readonly isArray: boolean;
  readonly isNotNull: boolean;
  readonly default: string | null;
  readonly generated: string | null;
  /** A collation that takes different texts for the same: its name. */
  readonly folding: string | null;
  /** What its domain, and the domain of that, ask of a value. */
  readonly domainRules: readonly string[];
  /** Of an enum. */
  readonly labels: readonly string[] | null;
  /** What it counts by, identity or serial; `last` is null before the first number. */
  readonly sequence: {readonly start: string; readonly last: string | null} | null;
};

export type PgConstraint = {
  readonly name: string;
  /** `p` primary key, `u` unique, `f` foreign key, `c` check, `x` exclusion. */
  readonly kind: 'p' | 'u' | 'f' | 'c' | 'x';
  readonly columns: readonly string[];
  readonly expression: string | null;
  readonly parent: string | null;
  /** Of a foreign key: its parent is in the same schema. */
  readonly isHere: boolean | null;
  readonly parentColumns: readonly string[];
  readonly onUpdate: string;
  readonly onDelete: string;
  readonly isDeferrable: boolean;
  readonly isDeferred: boolean;
  /** To it one NULL is another's equal. */
  readonly joinsNulls: boolean;
};

export type PgIndex = {
  readonly name: string;
  readonly isUnique: boolean;
  readonly joinsNulls: boolean;
  readonly method: string;
  readonly definition: string;
  readonly where: string | null;
  readonly parts: readonly {
    readonly text: string;
    readonly isColumn: boolean;
    readonly isDescending: boolean;
  }[];
};

export type PgTable = {
  readonly name: string;
  readonly owner: string;
  readonly bytes: number;
  readonly isPartitioned: boolean;
  /** Tables whose rows are asked for with its own. */
  readonly inherits: readonly string[];
  readonly columns: readonly PgColumn[];
  readonly constraints: readonly PgConstraint[];
  readonly indexes: readonly PgIndex[];
  readonly triggers: readonly {readonly name: string; readonly definition: string}[];
};

export type PgOther = {readonly kind: string; readonly name: string; readonly text: string};
