/** A table of the target that the application has made. */
export type TargetColumn = {
  readonly name: string;
  /** As the server describes it, with its schema. */
  readonly type: string;
  /** Of an enum; empty for other types. */
  readonly labels: readonly string[];
  readonly isNotNull: boolean;
  readonly hasDefault: boolean;
  readonly isGenerated: boolean;
};

/** A foreign key whose rows go, or lose their values, with the rows that they refer to. */
export type TakenAlong = {
  readonly table: string;
  readonly schema: string;
  readonly name: string;
  readonly columns: readonly string[];
  readonly refersTo: readonly string[];
};

export type TargetTable = {
  readonly name: string;
  readonly isMine: boolean;
  readonly mayWrite: boolean;
  readonly hasRules: boolean;
  /** Row-level security keeps rows from this role. */
  readonly hidesRows: boolean;
  readonly isPartitioned: boolean;
  /** Other tables inherit from it, or it from them. */
  readonly isInherited: boolean;
  readonly columns: readonly TargetColumn[];
  /** Columns that tell rows apart and are never NULL: the primary key first. */
  readonly keys: readonly (readonly string[])[];
  /** Of the application, that fire, its partitions' own too: quoted, on which, and with what enables them again. */
  readonly triggers: readonly {
    readonly name: string;
    readonly on: string;
    readonly enable: string;
  }[];
  /** Tables of the schema that its foreign keys refer to, and those anywhere that refer to it. */
  readonly parents: readonly string[];
  readonly children: readonly string[];
  readonly takenAlong: readonly TakenAlong[];
  /** Sequences that its whole numbers come from, however they are called. */
  readonly sequences: readonly {readonly sequence: string; readonly column: string}[];
};

/** The same letters; else the same but for capitals, where only one is so. */
export const findName = <Named extends {readonly name: string}>(
  there: readonly Named[],
  name: string,
): Named | undefined => {
  const exact = there.find((each) => each.name === name);
  if (exact) return exact;
  const folded = there.filter((each) => each.name.toLowerCase() === name.toLowerCase());
  return folded.length === 1 ? folded[0] : undefined;
};
