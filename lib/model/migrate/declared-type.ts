/**
 * What a declared type means: to SQLite by its affinity (any text is a type), to PostgreSQL as the
 * type that its author meant. https://www.sqlite.org/datatype3.html#determination_of_column_affinity
 */
export type Affinity = 'integer' | 'text' | 'blob' | 'real' | 'numeric';

export const affinityOf = (declared: string): Affinity => {
  const type = declared.toUpperCase();
  if (type.includes('INT')) return 'integer';
  if (/CHAR|CLOB|TEXT/.test(type)) return 'text';
  if (type.trim() === '' || type.includes('BLOB')) return 'blob';
  if (/REAL|FLOA|DOUB/.test(type)) return 'real';
  return 'numeric';
};

export type Meaning =
  | 'any'
  | 'boolean'
  | 'smallint'
  | 'integer'
  | 'bigint'
  | 'real'
  | 'numeric'
  | 'text'
  | 'bytea'
  | 'date'
  | 'time'
  | 'moment'
  | 'uuid'
  | 'json'
  | 'array';

export type DeclaredType = {
  readonly affinity: Affinity;
  readonly meaning: Meaning;
  /** `varchar(20)`: 20; `decimal(10,2)`: 10 and 2. */
  readonly sizes: readonly number[];
};

/** The first that fits: the order decides between words that hold one another. */
const meanings: readonly (readonly [RegExp, Meaning])[] = [
  [/\[\]/, 'array'],
  [/\bBOOL(EAN)?\b/, 'boolean'],
  [/\bUUID\b|\bGUID\b|UNIQUEIDENTIFIER/, 'uuid'],
  [/\bJSONB?\b/, 'json'],
  [/DATETIME|TIMESTAMP/, 'moment'],
  [/\bDATE\b/, 'date'],
  [/\bTIME\b/, 'time'],
  [/BYTEA|BINARY|BLOB|\bIMAGE\b/, 'bytea'],
  [/CHAR|CLOB|TEXT|STRING|\bENUM\b/, 'text'],
  [/\bTINYINT\b|\bSMALLINT\b|\bINT2\b|\bSMALLSERIAL\b/, 'smallint'],
  [/\bMEDIUMINT\b|\bINT4\b|\bSERIAL\b/, 'integer'],
  [/INT|\bBIGSERIAL\b|\bLONG\b/, 'bigint'],
  [/REAL|FLOA|DOUB/, 'real'],
  [/NUMERIC|DECIMAL|\bDEC\b|NUMBER|MONEY|CURRENCY/, 'numeric'],
];

export const readDeclared = (declared: string): DeclaredType => {
  const type = declared.toUpperCase();
  const meaning = meanings.find(([pattern]) => pattern.test(type))?.[1] ?? 'any';
  const [, sizes = ''] = /\(([\d\s,]*)\)/.exec(type) ?? [];
  return {
    affinity: affinityOf(declared),
    meaning,
    sizes: sizes
      .split(',')
      .map((size) => size.trim())
      .filter((size) => /^\d{1,9}$/.test(size))
      .map(Number),
  };
};
