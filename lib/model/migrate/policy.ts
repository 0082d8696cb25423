/** What becomes of values that a column of PostgreSQL does not take as they are: said column by column in a map. */
import * as v from 'valibot';

export const policyEntries = {
  /** Of another class than the column, or nothing of its type: the column widens, the cell is NULL, the row stays away. */
  'on-odd': v.optional(v.picklist(['widen', 'null', 'reject'])),
  /** Texts with a NUL in them. */
  'on-nul': v.optional(v.picklist(['bytea', 'strip', 'escape', 'null', 'reject'])),
  /** Texts that are no UTF-8. */
  'on-invalid': v.optional(v.picklist(['bytea', 'replace', 'null', 'reject'])),
};

const schema = v.strictObject(policyEntries);
export type Policy = v.InferOutput<typeof schema>;
export const policySchema = schema;

/** What was done to a value: each such cell is recorded. */
export type Deed = 'reject' | 'null' | 'strip' | 'escape' | 'replace';

/** In a sentence: `2 rows rejected`. */
export const deedWords: Readonly<Record<Deed | 'misfit', readonly [string, string, string]>> = {
  misfit: ['value', 'values', 'for which there is no place'],
  reject: ['row', 'rows', 'rejected'],
  null: ['cell', 'cells', 'made NULL'],
  strip: ['cell', 'cells', 'without their NULs'],
  escape: ['cell', 'cells', 'with their NULs as \\u0000'],
  replace: ['cell', 'cells', 'with U+FFFD for bytes of no letter'],
};

/** Rows and cells that are lost; what was changed as the map has it is none of them. */
export const isLoss = (deed: Deed): boolean => deed === 'reject' || deed === 'null';

/** How many values of a column met with what, and why. */
export type Taken = {
  readonly table: string;
  readonly column: string;
  readonly deed: Deed;
  readonly reason: string;
  readonly count: number;
};

/** Every row of a table accounted for. */
export type Account = {
  readonly table: string;
  /** In the source. */
  readonly rows: number;
  readonly rejected: number;
  readonly taken: readonly Taken[];
};

export const takenLine = ({
  table,
  column,
  deed,
  reason,
  count,
}: Omit<Taken, 'deed'> & {readonly deed: Deed | 'misfit'}): string => {
  const [one, many, done] = deedWords[deed];
  return `${table}.${column}: ${count} ${count === 1 ? one : many} ${done}: ${reason}`;
};

/** No row stays away, and no cell is NULL instead. */
export const isLossless = (accounts: readonly Account[]): boolean => {
  const {rows, cells} = lossOf(accounts);
  return rows + cells === 0;
};

/** The loss of all tables: rows that stay away, cells that are NULL instead. */
export const lossOf = (accounts: readonly Account[]) => ({
  rows: accounts.reduce((sum, {rejected}) => sum + rejected, 0),
  cells: accounts
    .flatMap(({taken}) => taken)
    .reduce((sum, {deed, count}) => sum + (deed === 'null' ? count : 0), 0),
});
