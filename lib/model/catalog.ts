/** What a server's catalogs answered: the rows of `commands/catalog.ts`. */

export type ServerFacts = {
  readonly versionNumber: number;
  readonly version: string;
  readonly database: string;
  readonly databaseOid: number;
  readonly databaseBytes: number;
  readonly role: string;
  readonly isSuperuser: boolean;
  readonly superuser: string;
  readonly encoding: string;
  readonly collation: string;
  readonly characterType: string;
  readonly isInRecovery: boolean;
  /** Set for the role or the database: pg_dump would then write every definition in another way. */
  readonly quotesAll: boolean;
  readonly address: string;
  readonly port: number;
  /** Of the server: with the rest it tells whether two ways lead to the same one. */
  readonly startedAt: string;
  /** How many locks the server has room for, all sessions together. */
  readonly lockSlots: number;
  readonly locksHeld: number;
};

export type Relation = {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  /** r table, p partitioned table, f foreign table, m materialized view. */
  readonly kind: 'r' | 'p' | 'f' | 'm';
  readonly isUnlogged: boolean;
  /** As the snapshot sees it: another number outside means that it was rewritten since. */
  readonly fileNode: number;
  readonly pages: number;
  readonly columns: readonly string[];
  readonly isReadable: boolean;
  /** Row-level security would hide rows from this role. */
  readonly hidesRows: boolean;
  /** The WHERE clause of an extension's configuration table. */
  readonly condition: string | null;
  /** The oid of the topmost table of its partitioning; null where it is not part of one. */
  readonly root: number | null;
  /** The oid of the partitioned table whose rows can only be compared all together; null for most. */
  readonly tree: number | null;
};

export type Sequence = {
  readonly oid: number;
  readonly schema: string;
  readonly name: string;
  readonly isCycling: boolean;
  readonly increment: string;
  readonly isReadable: boolean;
};

export type LargeObject = {readonly oid: number; readonly owner: string};

/** A name for people: `public.orders`, quoted only where it must be. */
export const displayName = ({
  schema,
  name,
}: {
  readonly schema: string;
  readonly name: string;
}): string => [schema, name].map(displayIdentifier).join('.');

/** A role or another name for people, as it may be typed into SQL: quoted only where it must be. */
export const displayIdentifier = (name: string): string =>
  /^[a-z_][a-z0-9_$]*$/.test(name) ? name : `"${name.replaceAll('"', '""')}"`;

/** Rows of its own that a dump holds. */
export const holdsRows = ({kind}: Pick<Relation, 'kind'>): boolean => kind === 'r';

/** What is compared as one: a table, or a tree of partitions whose rows may change places among them. */
export type Comparable = Relation & {
  readonly partitions?: readonly Relation[];
  /** The table that pg_dump loads such a tree through. */
  readonly via?: Relation;
};

/** The tables with rows, partitions that can't be told apart gathered into their tree. */
export const comparables = (relations: readonly Relation[]): readonly Comparable[] => {
  const byOid = new Map(relations.map((relation) => [relation.oid, relation]));
  const tables = relations.filter(holdsRows);
  const trees = new Set(tables.flatMap(({tree}) => tree ?? []));
  return [
    ...tables.filter(({tree}) => tree === null),
    ...[...trees].flatMap((oid) => {
      const top = byOid.get(oid);
      const via = byOid.get(top?.root ?? oid);
      return top && via ? [{...top, via, partitions: tables.filter(({tree}) => tree === oid)}] : [];
    }),
  ];
};
