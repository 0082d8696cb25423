/** What a rehearsal found: the migration run on a restored copy, and both versions started against it. */

/** Whether the version that serves now lives with the schema that the migration leaves. */
export type Verdict = 'safe' | 'unsafe' | 'unknown';

export type RehearsedStatement = {
  /** Shortened, and without the values in it. */
  readonly statement: string;
  readonly milliseconds: number;
};

export type RehearsedLock = {
  readonly table: string;
  /** The strongest, as PostgreSQL calls it: `AccessExclusiveLock`. */
  readonly mode: string;
  /** How long it was held, measured; on the copy, where nothing else runs. */
  readonly milliseconds: number;
};

export type RehearsedTable = {
  readonly table: string;
  /** Undefined: it was not there. */
  readonly rowsBefore: number | undefined;
  readonly rowsAfter: number | undefined;
};

export type Rehearsal = {
  readonly at: string;
  /** The set that was restored, and whether it was taken for this. */
  readonly set: string;
  readonly seconds: number;
  readonly revisionBefore: string | null;
  readonly revisionAfter: string | null;
  readonly migrateSeconds: number;
  readonly statements: readonly RehearsedStatement[];
  /** Exclusive locks alone: what readers or writers would wait for. */
  readonly locks: readonly RehearsedLock[];
  /** Tables that were written anew, with what did it. */
  readonly rewrites: readonly {readonly table: string; readonly by: string}[];
  /** Tables whose number of rows changed. */
  readonly tables: readonly RehearsedTable[];
  readonly invalidIndexes: readonly string[];
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  readonly verdict: Verdict;
  /** What the verdict rests on, a sentence. */
  readonly why: string;
};
