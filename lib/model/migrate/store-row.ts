/**
 * The table `json_store`: one row for each document or key. An application reads `kind`, `data` and
 * `updated_at`; the other columns hold what Redis knows besides, and are there only where Redis is the source.
 */
import {byteaCell, type CopyCell, copyLine, timeCell} from './copy-text.ts';
import type {Finish, IncomingColumn} from './incoming.ts';
import type {JsonValue} from './json-value.ts';

export const storeName = 'json_store';

export type StoreValue = {
  /** `string`, `hash`, `list`, `set`, `zset`, `stream`, or the name of a module's type. */
  readonly type: string;
  /**
   * `json`: the string holds a document. `text`: every string as it is. `base64`: every string in `data`
   * so. `bytes`: a string, in the column `bytes`. `dump`: what DUMP gave, in `bytes`.
   */
  readonly encoding: 'json' | 'text' | 'base64' | 'bytes' | 'dump';
  /** As JSONB prints it; undefined where the value is in `bytes`. */
  readonly data: string | undefined;
  readonly bytes: Buffer | undefined;
  /** What `json` holds. */
  readonly document: JsonValue | undefined;
};

export type StoreRow = StoreValue & {
  readonly kind: string;
  /** Undefined where it is not to be compared. */
  readonly updatedAtMilliseconds: number | undefined;
  readonly expiresAtMilliseconds: number | undefined;
  /** Times to live of single fields of a hash, as JSONB prints them. */
  readonly fieldsExpireAt: string | undefined;
  /** Of Redis, 0 to 15. */
  readonly database: number;
};

/**
 * A key as text: itself, or `\x` and hexadecimal digits where it is no text that PostgreSQL takes. No two
 * keys have one kind: a key that begins with `\x` is written in digits too.
 */
export const kindOf = (key: Buffer): string => {
  const text = textOf(key);
  return text === undefined || text.startsWith('\\x') ? `\\x${key.toString('hex')}` : text;
};

export const keyOf = (kind: string): Buffer =>
  kind.startsWith('\\x') ? Buffer.from(kind.slice(2), 'hex') : Buffer.from(kind);

const utf8 = new TextDecoder('utf-8', {fatal: true, ignoreBOM: true});

/** Bytes as text; undefined where they are no UTF-8, or hold a NUL, which PostgreSQL's text can't. */
export const textOf = (bytes: Buffer): string | undefined => {
  if (bytes.includes(0)) return undefined;
  try {
    return utf8.decode(bytes);
  } catch {
    return undefined;
  }
};

const column = (name: string, type: string, isNotNull: boolean): IncomingColumn => ({
  name,
  type,
  isNotNull,
});

/** What every application of the store reads. */
export const documentColumns: readonly IncomingColumn[] = [
  column('kind', 'text', true),
  column('data', 'jsonb', true),
  column('updated_at', 'timestamp with time zone', true),
];

/** Of keys of Redis: `data` is NULL where the value is in `bytes`. */
export const redisColumns: readonly IncomingColumn[] = [
  column('kind', 'text', true),
  column('data', 'jsonb', false),
  column('updated_at', 'timestamp with time zone', true),
  column('type', 'text', true),
  column('encoding', 'text', true),
  column('bytes', 'bytea', false),
  column('expires_at', 'timestamp with time zone', false),
  column('fields_expire_at', 'jsonb', false),
  column('db', 'smallint', true),
];

/** The same for lines without times of writing. */
export const timelessColumns: readonly IncomingColumn[] = redisColumns.map((each) =>
  each.name === 'updated_at' ? {...each, canonical: 'NULL'} : each,
);

/** A line of `documentColumns`. */
export const documentLine = (row: {
  readonly kind: string;
  readonly data: string;
  readonly updatedAtMilliseconds: number;
}): string => copyLine([row.kind, row.data, timeCell(row.updatedAtMilliseconds)]);

/** A line of `redisColumns`. */
export const redisLine = (row: StoreRow): string => {
  const {expiresAtMilliseconds: expires, updatedAtMilliseconds: updated, bytes} = row;
  const cells: readonly CopyCell[] = [
    ...[row.kind, row.data, updated === undefined ? undefined : timeCell(updated)],
    ...[row.type, row.encoding],
    bytes === undefined ? undefined : byteaCell(bytes),
    expires === undefined ? undefined : timeCell(expires),
    ...[row.fieldsExpireAt, String(row.database)],
  ];
  return copyLine(cells);
};

const finish = (kind: Finish['kind'], what: string, change = `ADD ${what}`): Finish => ({
  kind,
  what: `${what} on '${storeName}'`,
  statements: [`ALTER TABLE ${storeName} ${change}`],
  otherwise: 'fail',
});

/** Keys and defaults: an application goes on to write `kind`, `data` and perhaps `updated_at`. */
export const storeFinishes = ({
  isRedis,
  hasSeveralDatabases,
}: {
  readonly isRedis: boolean;
  readonly hasSeveralDatabases: boolean;
}): readonly Finish[] => [
  finish('primary key', hasSeveralDatabases ? 'PRIMARY KEY (db, kind)' : 'PRIMARY KEY (kind)'),
  finish(
    'default',
    'ALTER updated_at SET DEFAULT now()',
    'ALTER COLUMN updated_at SET DEFAULT now()',
  ),
  ...(isRedis ? redisFinishes : []),
];

const redisFinishes: readonly Finish[] = [
  ...[
    ['type', "'string'"],
    ['encoding', "'json'"],
    ['db', '0'],
  ].map(([name, value]) => {
    const what = `ALTER COLUMN ${name} SET DEFAULT ${value}`;
    return finish('default', what, what);
  }),
  finish('check', 'CHECK', 'ADD CONSTRAINT json_store_value CHECK (num_nonnulls(data, bytes) = 1)'),
  {
    kind: 'index',
    what: `index on '${storeName}' (expires_at)`,
    makes: 'json_store_expires_at',
    statements: [
      `CREATE INDEX json_store_expires_at ON ${storeName} (expires_at) WHERE expires_at IS NOT NULL`,
    ],
    otherwise: 'fail',
  },
];
