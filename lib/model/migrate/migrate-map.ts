/** What the operator wants otherwise than the plan has it: a file of `--map`, table by table. */
import * as v from 'valibot';
import {OpsError} from '../errors.ts';
import {type Policy, policyEntries, policySchema} from './policy.ts';

const text = v.pipe(v.string(), v.nonEmpty());
const flag = v.literal(true);

const columnSchema = v.strictObject({
  /** In the target. */
  name: v.optional(text),
  /** As SQL writes it; the values are converted when they have been compared. */
  type: v.optional(text),
  /** How a value becomes one of that type; the type's own reading of it when absent. */
  using: v.optional(text),
  drop: v.optional(flag),
  ...policyEntries,
});

const indexSchema = v.strictObject({
  name: v.optional(text),
  /** `btree` when absent; `gin`, `brin`, … */
  using: v.optional(text),
  /** Columns or expressions, as SQL writes them. */
  on: text,
  where: v.optional(text),
  unique: v.optional(flag),
});

const tableSchema = v.strictObject({
  name: v.optional(text),
  skip: v.optional(flag),
  columns: v.optional(v.record(text, columnSchema)),
  indexes: v.optional(v.array(indexSchema)),
  /** With --data-only, where the table has rows. */
  'on-existing': v.optional(v.picklist(['refuse', 'truncate', 'append'])),
});

const mapSchema = v.strictObject({
  tables: v.optional(v.record(text, tableSchema)),
  /** What becomes of values that do not fit, in every column that does not say it itself. */
  defaults: v.optional(policySchema),
  /** Statements for the new tables, when all of them are there. */
  after: v.optional(v.array(text)),
});

export type MigrateMap = v.InferOutput<typeof mapSchema>;
export type TableWish = v.InferOutput<typeof tableSchema>;
export type ColumnWish = v.InferOutput<typeof columnSchema>;

/** What a file says. Errors: usage, all faults at once. */
export const parseMap = (value: unknown, path: string): MigrateMap => {
  const result = v.safeParse(mapSchema, value ?? {});
  if (result.success) return result.output;
  const faults = result.issues.map(
    (issue) => `- ${v.getDotPath(issue) ?? '(the whole file)'}: ${issue.message}`,
  );
  throw new OpsError('usage', `${path}: ${faults.length} faults\n${faults.join('\n')}`, {
    hint: '`pgkeep migrate --dry-run --write-map FILE` writes one that is right',
  });
};

/** SQLite's names know no capitals. */
const wishIn = <Wish>(wishes: Readonly<Record<string, Wish>> | undefined, name: string) =>
  Object.entries(wishes ?? {}).find(([key]) => key.toLowerCase() === name.toLowerCase())?.[1];

export const tableWish = ({tables}: MigrateMap, table: string): TableWish | undefined =>
  wishIn(tables, table);

export const columnWish = (
  map: MigrateMap,
  table: string,
  column: string,
): ColumnWish | undefined => wishIn(tableWish(map, table)?.columns, column);

export const policyOf = (map: MigrateMap, table: string, column: string): Policy => {
  const {
    'on-odd': odd = map.defaults?.['on-odd'],
    'on-nul': nul = map.defaults?.['on-nul'],
    'on-invalid': invalid = map.defaults?.['on-invalid'],
  } = columnWish(map, table, column) ?? {};
  return {'on-odd': odd, 'on-nul': nul, 'on-invalid': invalid};
};

export type Known = {
  readonly table: string;
  readonly columns: readonly string[];
  /** Part of the primary key. */
  readonly key: readonly string[];
};

/** Errors: usage for what the source does not have, and for a key that would lose a column. */
export const assertKnown = ({tables}: MigrateMap, known: readonly Known[]): void => {
  const has = (names: readonly string[], name: string) =>
    names.some((other) => other.toLowerCase() === name.toLowerCase());
  const faults = Object.entries(tables ?? {}).flatMap(([table, {columns}]) => {
    const found = known.find((each) => has([each.table], table));
    if (!found) return [`there is no table '${table}' in the source`];
    return Object.entries(columns ?? {}).flatMap(([column, {drop}]) => {
      if (!has(found.columns, column)) return [`'${table}' has no column '${column}'`];
      return drop && has(found.key, column)
        ? [`'${column}' is part of the key of '${table}' and can't be left out`]
        : [];
    });
  });
  if (faults.length === 0) return;
  throw new OpsError('usage', faults.join('; '), {hint: 'correct the file of --map'});
};

/** The plan as such a file: nothing in it changes anything until somebody does. */
export const mapOf = (
  columns: readonly {
    readonly table: string;
    readonly tableName: string;
    readonly column: string;
    readonly name: string;
    readonly type: string;
  }[],
): MigrateMap => {
  const tables: Record<string, {name: string; columns: Record<string, ColumnWish>}> = {};
  for (const {table, tableName, column, name, type} of columns) {
    tables[table] ??= {name: tableName, columns: {}};
    (tables[table]?.columns ?? {})[column] = {name, type};
  }
  return {tables};
};
