/** What a migration's end means: its exit code, and what the database says afterwards, which counts more. */

export type SchemaState = {
  readonly revision: string | null;
  /** One word for the whole schema. */
  readonly word: string;
  readonly invalidIndexes: readonly string[];
};

export type MigrationEnd = {
  readonly before: SchemaState;
  readonly after: SchemaState;
  /** Undefined: it was ended from outside. */
  readonly exitCode: number | undefined;
  /** What it is to come to; null where nothing tells. */
  readonly head: string | null;
  /** It gave up on a lock, by itself or because pgkeep cancelled its wait. */
  readonly gaveUpOnLock: boolean;
};

export type MigrationVerdict =
  | {readonly kind: 'done' | 'retry'}
  /** Production is what it was. */
  | {readonly kind: 'unchanged'; readonly why: string}
  /** Production is neither what it was nor what it was to be. */
  | {readonly kind: 'partial'; readonly why: string};

export const judgeMigration = (end: MigrationEnd): MigrationVerdict => {
  const {before, after, exitCode, head, gaveUpOnLock} = end;
  const isChanged = after.revision !== before.revision || after.word !== before.word;
  const invalid = after.invalidIndexes.filter((name) => !before.invalidIndexes.includes(name));
  const left = invalid.length > 0 ? `; invalid indexes: ${invalid.join(', ')}` : '';
  const failed =
    exitCode === undefined ? 'it was ended before its time' : `it ended with exit code ${exitCode}`;
  if (exitCode !== 0) {
    if (!isChanged) return gaveUpOnLock ? {kind: 'retry'} : {kind: 'unchanged', why: failed};
    const moved =
      after.revision === before.revision
        ? 'the schema is another than before although the revision is the same'
        : `the revision went from ${said(before.revision)} to ${said(after.revision)}`;
    return {kind: 'partial', why: `${failed}, and ${moved}${left}`};
  }
  if (head !== null && after.revision !== head) {
    const why = `it ended with exit code 0, but the revision is ${said(after.revision)} and not ${head}${left}`;
    return isChanged ? {kind: 'partial', why} : {kind: 'unchanged', why};
  }
  if (invalid.length > 0)
    return {kind: 'partial', why: `it left invalid indexes: ${invalid.join(', ')}`};
  return {kind: 'done'};
};

const said = (revision: string | null): string => (revision === null ? 'none' : `'${revision}'`);
