/** What the operator wants otherwise than the plan has it: a file of `--map`, table by table. */
import * as v from 'valibot';
import {OpsError} from '../errors.ts';
import {keyFaults, keyWishSchema} from './key-wish.ts';
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
  /** Cells that are empty, NULL or '', get a UUID of their own; so does every later row without one. */
  generate: v.optional(v.literal('uuid')),
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
  /** One partition for each month that there are rows of, and one for all others. */
  partition: v.optional(v.strictObject({by: text, every: v.literal('month')})),
});

const mapSchema = v.strictObject({
  tables: v.optional(v.record(text, tableSchema)),
  /** What becomes of values that do not fit, in every column that does not say it itself. */
  defaults: v.optional(policySchema),
  /** Of Redis: keys that become rows of a table of their own. */
  keys: v.optional(v.array(keyWishSchema)),
  /** Statements for the new tables, when all of them are there. */
  after: v.optional(v.array(text)),
});

/** The line of a file in which something stands; undefined where nobody knows. */
export type LineOf = (path: readonly string[]) => number | undefined;

export type MigrateMap = v.InferOutput<typeof mapSchema> & {readonly lineOf?: LineOf};
export type TableWish = v.InferOutput<typeof tableSchema>;
export type ColumnWish = v.InferOutput<typeof columnSchema>;

/** What a file says. Errors: settings, all faults at once, each with its line. */
export const parseMap = (
  value: unknown,
  {path, lineOf}: {readonly path: string; readonly lineOf: LineOf},
): MigrateMap => {
  const result = v.safeParse(mapSchema, value ?? {});
  if (result.success) {
    const lost = [
      ...lostNames(value as MigrateMap | null, result.output),
      ...keyFaults(result.output.keys ?? []),
    ];
    if (lost.length === 0) return {...result.output, lineOf};
    throw faultyMap(path, lost);
  }
  throw faultyMap(
    path,
    result.issues.map((issue) => {
      const keys = (issue.path ?? []).map(({key}) => String(key));
      return `${atLine(lineOf(keys))}${keys.join('.') || 'the whole file'}: ${issue.message}`;
    }),
  );
};

export const faultyMap = (path: string, faults: readonly string[]): OpsError =>
  new OpsError(
    'settings',
    `${path}: ${faults.length === 1 ? '1 fault' : `${faults.length} faults`}\n${faults.map((fault) => `- ${fault}`).join('\n')}`,
    {hint: '`pgkeep migrate --dry-run --write-map FILE` writes one that is right'},
  );

export const atLine = (line: number | undefined): string =>
  line === undefined ? '' : `line ${line}: `;

/** Valibot passes over names that every object of JavaScript has. */
const lostNames = (given: MigrateMap | null, read: MigrateMap): readonly string[] =>
  Object.entries(given?.tables ?? {}).flatMap(([table, wish]) => {
    const kept = read.tables && Object.hasOwn(read.tables, table) ? read.tables[table] : undefined;
    if (!kept) return [`the name '${table}' can't stand in a map: take it out`];
    return Object.keys(wish.columns ?? {})
      .filter((column) => !Object.hasOwn(kept.columns ?? {}, column))
      .map((column) => `the name '${column}' of '${table}' can't stand in a map: take it out`);
  });

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
