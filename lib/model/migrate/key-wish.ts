/** Keys of Redis that become rows of a table of their own: what a map says of them. */
import * as v from 'valibot';
import {storeName} from './store-row.ts';

/** PostgreSQL would cut a longer one. */
const name = v.pipe(
  v.string(),
  v.nonEmpty(),
  v.check((text) => Buffer.byteLength(text) <= 63, 'longer than the 63 bytes of a name'),
);
const type = v.optional(v.pipe(v.string(), v.nonEmpty()), 'text');

export const keyWishSchema = v.pipe(
  v.strictObject({
    /** `user:*`: all keys that begin so. */
    match: v.pipe(
      v.string(),
      v.regex(/^[^*\\]+\*$/, "'prefix*', with one * at its end, is expected"),
    ),
    table: v.pipe(
      name,
      v.check((text) => text !== storeName, 'is the table of all other keys'),
    ),
    of: v.optional(v.picklist(['hash', 'document']), 'hash'),
    /** What stands for the `*`, as the primary key. */
    key: v.optional(v.strictObject({name: v.optional(name, 'key'), type}), {}),
    /** By the name of the field, or of the member of the document. */
    columns: v.record(name, v.strictObject({field: v.optional(v.string()), type})),
    /** A column of JSONB for all other fields; without one a key that has others is a fault. */
    rest: v.optional(name),
    /** A column for the time to live; without one a key that has one is a fault. */
    expires: v.optional(name),
    /** Of Redis, where several come. */
    database: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0)), 0),
  }),
  v.check(
    (wish) => new Set(columnNames(wish)).size === columnNames(wish).length,
    'has two columns of one name',
  ),
);

export type KeyWish = v.InferOutput<typeof keyWishSchema>;

const columnNames = ({key, columns, rest, expires}: Naming): readonly string[] => [
  ...[key.name, ...Object.keys(columns)],
  ...[rest, expires].filter((each) => each !== undefined),
];

type Naming = {
  readonly key: {readonly name: string};
  readonly columns: Readonly<Record<string, unknown>>;
  readonly rest?: string | undefined;
  readonly expires?: string | undefined;
};

/** What every key of these begins with. */
export const prefixOf = ({match}: Pick<KeyWish, 'match'>): string => match.slice(0, -1);

/** Why these can't be, a sentence each: tables and keys are each of one wish. */
export const keyFaults = (wishes: readonly KeyWish[]): readonly string[] =>
  wishes.flatMap((wish, at) => {
    const before = wishes.slice(0, at);
    const overlaps = ({match, database}: KeyWish) =>
      database === wish.database &&
      (prefixOf(wish).startsWith(match.slice(0, -1)) || match.startsWith(prefixOf(wish)));
    return [
      ...(before.some(({table}) => table === wish.table)
        ? [`keys: two of them are for the table '${wish.table}'`]
        : []),
      ...before
        .filter(overlaps)
        .map(({match}) => `keys: '${match}' and '${wish.match}' mean the same keys`),
    ];
  });
