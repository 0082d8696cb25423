/** What a SQLite database is made of, as its own PRAGMAs tell it. https://www.sqlite.org/pragma.html */
import * as v from 'valibot';

const text = v.string();
const flag = v.pipe(
  v.number(),
  v.transform((value) => value !== 0),
);

const schemas = {
  database: v.object({
    kind: v.literal('database'),
    encoding: text,
    version: text,
    userVersion: v.number(),
    applicationId: v.number(),
  }),
  table: v.object({
    kind: v.literal('table'),
    name: text,
    type: v.picklist(['table', 'view', 'virtual', 'shadow']),
    isWithoutRowid: flag,
    isStrict: flag,
  }),
  column: v.object({
    kind: v.literal('column'),
    table: text,
    name: text,
    type: text,
    isNotNull: flag,
    default: v.nullable(text),
    /** The place in the primary key, from 1; 0 for none. */
    key: v.number(),
    /** 2 and 3 are generated, virtual and stored. */
    hidden: v.number(),
  }),
  foreignKey: v.object({
    kind: v.literal('foreignKey'),
    table: text,
    id: v.number(),
    seq: v.number(),
    parent: text,
    from: text,
    /** Null: the parent's primary key. */
    to: v.nullable(text),
    onUpdate: text,
    onDelete: text,
  }),
  index: v.object({
    kind: v.literal('index'),
    table: text,
    name: text,
    isUnique: flag,
    /** `c`: CREATE INDEX, `u`: UNIQUE, `pk`: PRIMARY KEY. */
    origin: text,
    isPartial: flag,
  }),
  indexColumn: v.object({
    kind: v.literal('indexColumn'),
    index: text,
    seq: v.number(),
    /** -1: the rowid, -2: an expression. */
    cid: v.number(),
    name: v.nullable(text),
    isDescending: flag,
    collation: v.nullable(text),
  }),
  object: v.object({
    kind: v.literal('object'),
    type: text,
    name: text,
    table: text,
    sql: v.nullable(text),
  }),
  sequence: v.object({kind: v.literal('sequence'), table: text, value: text}),
};

const anySchema = v.variant('kind', Object.values(schemas) as never);

type Fact<Kind extends keyof typeof schemas> = v.InferOutput<(typeof schemas)[Kind]>;
export type TableFact = Fact<'table'>;
export type ColumnFact = Fact<'column'>;
export type ForeignKeyFact = Fact<'foreignKey'>;
export type IndexFact = Fact<'index'>;
export type IndexColumnFact = Fact<'indexColumn'>;
export type ObjectFact = Fact<'object'>;

export type SqliteFacts = {
  readonly encoding: string;
  readonly version: string;
  /** What applications note in the file's head. */
  readonly userVersion: number;
  readonly applicationId: number;
  readonly tables: readonly TableFact[];
  readonly columns: readonly ColumnFact[];
  readonly foreignKeys: readonly ForeignKeyFact[];
  readonly indexes: readonly IndexFact[];
  readonly indexColumns: readonly IndexColumnFact[];
  readonly objects: readonly ObjectFact[];
  /** AUTOINCREMENT's high-water marks. */
  readonly sequences: ReadonlyMap<string, bigint>;
};

/** What the description printed, one JSON object a line. Errors: whatever JSON and the schema say of what is none. */
export const parseFacts = (printed: string): SqliteFacts => {
  const all = printed
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => v.parse(anySchema, JSON.parse(line)) as Fact<keyof typeof schemas>);
  const only = <Kind extends keyof typeof schemas>(kind: Kind) =>
    all.filter((fact) => fact.kind === kind) as unknown as readonly Fact<Kind>[];
  const [database] = only('database');
  return {
    encoding: database?.encoding ?? 'UTF-8',
    version: database?.version ?? '',
    userVersion: database?.userVersion ?? 0,
    applicationId: database?.applicationId ?? 0,
    tables: only('table'),
    columns: only('column'),
    foreignKeys: only('foreignKey'),
    indexes: only('index'),
    indexColumns: only('indexColumn'),
    objects: only('object'),
    sequences: new Map(
      only('sequence').flatMap(({table, value}) =>
        /^-?\d+$/.test(value) ? [[table, BigInt(value)] as const] : [],
      ),
    ),
  };
};
