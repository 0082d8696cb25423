/** A type of PostgreSQL as SQL writes it, by what its values are like. */
export type Family =
  | 'smallint'
  | 'integer'
  | 'bigint'
  | 'numeric'
  | 'real'
  | 'double'
  | 'boolean'
  | 'text'
  | 'bytea'
  | 'date'
  | 'time'
  | 'timestamp'
  | 'timestamptz'
  | 'uuid'
  | 'json'
  | 'jsonb'
  | 'enum';

export type TypeShape = {
  readonly family: Family;
  /** `varchar(20)`: 20; `numeric(10,2)`: 10 and 2. */
  readonly sizes: readonly number[];
  /** Of an enum: what it knows. */
  readonly labels: readonly string[];
};

const families: readonly (readonly [RegExp, Family])[] = [
  [/^(smallint|int2)$/, 'smallint'],
  [/^(integer|int|int4)$/, 'integer'],
  [/^(bigint|int8)$/, 'bigint'],
  [/^(numeric|decimal)$/, 'numeric'],
  [/^(real|float4)$/, 'real'],
  [/^(double precision|float8|float)$/, 'double'],
  [/^(boolean|bool)$/, 'boolean'],
  [/^(text|character varying|varchar|character|char|bpchar|citext)$/, 'text'],
  [/^bytea$/, 'bytea'],
  [/^date$/, 'date'],
  [/^time( without time zone)?$/, 'time'],
  [/^timestamp( without time zone)?$/, 'timestamp'],
  [/^(timestamp with time zone|timestamptz)$/, 'timestamptz'],
  [/^uuid$/, 'uuid'],
  [/^json$/, 'json'],
  [/^jsonb$/, 'jsonb'],
];

/** Undefined for a type whose values only the server knows. */
export const shapeOf = (type: string, labels: readonly string[] = []): TypeShape | undefined => {
  if (labels.length > 0) return {family: 'enum', sizes: [], labels};
  const bare = type.trim().toLowerCase().replace(/\s+/g, ' ');
  const [, sizes = ''] = /\(([-\d\s,]+)\)/.exec(bare) ?? [];
  const name = bare.replace(/\s*\([-\d\s,]+\)/, '').replace(/^("?\w+"?)\.(?=citext$)/, '');
  const family = families.find(([pattern]) => pattern.test(name))?.[1];
  if (family === undefined || sizes.includes('-')) return undefined;
  const own = sizes
    .split(',')
    .filter((size) => /\d/.test(size))
    .map(Number);
  // `character` alone is one character.
  return {family, labels: [], sizes: /^char(acter)?$/.test(name) && own.length === 0 ? [1] : own};
};
