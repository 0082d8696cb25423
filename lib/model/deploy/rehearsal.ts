/** What a rehearsal found: the migration run on a restored copy, and both versions started against it. */

/** Whether the version that serves now lives with the schema that the migration leaves. */
export type Verdict = 'safe' | 'unsafe' | 'unknown';

export type RehearsedStatement = {
  /** Shortened, and without the values in it. */
  readonly statement: string;
  /** Of all times together. */
  readonly milliseconds: number;
  /** How often it was run, with whatever values. */
  readonly times: number;
};

export type RehearsedLock = {
  readonly table: string;
  /** As PostgreSQL calls it: `AccessExclusiveLock`. */
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

export type RehearsedRewrite = {
  readonly table: string;
  /** The statement, shortened and without the values in it. */
  readonly by: string;
  /** Of the table before, with its indexes. */
  readonly bytes: number;
};

/** How a service did on the copy, in words; null where it was not started. */
export type RehearsedService = {
  readonly service: string;
  /** The version that serves now, before the migration. */
  readonly before: string | null;
  /** The same, after it. */
  readonly after: string | null;
  /** The new version, after it. */
  readonly next: string | null;
};

/** Where the time went, in seconds; 0 for what was not done. */
export type RehearsalParts = {
  readonly restore: number;
  /** The version that serves now, on the copy before the migration. */
  readonly control: number;
  readonly migrate: number;
  /** The same, on the migrated copy. */
  readonly old: number;
  readonly next: number;
};

export type Rehearsal = {
  readonly at: string;
  /** The set that was restored. */
  readonly set: string;
  readonly seconds: number;
  readonly parts: RehearsalParts;
  readonly revisionBefore: string | null;
  readonly revisionAfter: string | null;
  /** Whether the migration wrote anything at all. */
  readonly isAltered: boolean;
  readonly migrateSeconds: number;
  /** Those that took longest, in the order in which they were first run. */
  readonly statements: readonly RehearsedStatement[];
  /** How many the migration ran in all. */
  readonly statementCount: number;
  /** Exclusive locks alone, on tables that were there before: what readers or writers would wait for. */
  readonly locks: readonly RehearsedLock[];
  /** Tables that were written anew, with what did it. */
  readonly rewrites: readonly RehearsedRewrite[];
  /** What is gone: `table column public.item.name`. */
  readonly dropped: readonly string[];
  /** Tables whose number of rows changed. */
  readonly tables: readonly RehearsedTable[];
  readonly bytesBefore: number;
  readonly bytesAfter: number;
  /** Of the database that the set was taken of, now; null where nobody knows. */
  readonly bytesInProduction: number | null;
  readonly services: readonly RehearsedService[];
  readonly verdict: Verdict;
  /** What the verdict rests on, a sentence. */
  readonly why: string;
  /** The end of what the service printed that decided it; empty where none did. */
  readonly log: readonly string[];
  /** What this rehearsal could not show, sentences. */
  readonly notes: readonly string[];
};
