/**
 * What SQLite said of itself, kept in the target for the way back: its statements, and how each column came. It is
 * the comment of an empty schema of its own. Comments on the tables would be theirs: tools that compare a schema with an
 * application's models (Alembic, Rails) would want them gone. The schema that `undo` needs is dropped some
 * day to free its space. pg_dump brings this one along, and as it names no schema of the tables, renaming theirs
 * does no harm: what it says is believed only of tables that have these columns.
 */
import * as v from 'valibot';
import {noteInComment} from '../comment-note.ts';
import {declaredOf, forms} from './choose-type.ts';
import type {SqliteFacts} from './sqlite-facts.ts';
import type {NamedColumn, NamedTable} from './sqlite-table.ts';

const text = v.string();
const valueClass = v.picklist(['integer', 'real', 'text', 'blob']);
const affinity = v.picklist(['integer', 'text', 'blob', 'real', 'numeric']);

const columnSchema = v.object({
  /** In SQLite. */
  source: text,
  name: text,
  /** As `format_type` says it; null: the operator wanted another than the chosen one. */
  type: v.nullable(text),
  form: v.picklist(forms),
  textForm: v.nullable(text),
  declared: text,
  affinity,
  by: v.picklist([...valueClass.options, 'affinity', 'column']),
  usual: valueClass,
  classColumn: v.nullable(text),
  isGenerated: v.boolean(),
});

const tableSchema = v.object({
  source: text,
  name: text,
  isWithoutRowid: v.boolean(),
  /** In SQLite: INTEGER PRIMARY KEY. */
  rowidAlias: v.nullable(text),
  isAutoincrement: v.boolean(),
  /** AUTOINCREMENT's mark, in digits. */
  highWater: v.nullable(v.pipe(text, v.regex(/^-?\d{1,19}$/))),
  columns: v.array(columnSchema),
});

const recordSchema = v.object({
  pgkeep: v.literal(1),
  record: v.literal('sqlite'),
  run: v.pipe(text, v.regex(/^\d{8}T\d{6}Z$/)),
  encoding: v.picklist(['UTF-8', 'UTF-16le', 'UTF-16be']),
  userVersion: v.pipe(v.number(), v.integer()),
  applicationId: v.pipe(v.number(), v.integer()),
  tables: v.array(tableSchema),
  /** All that has a statement, in the order of its making. */
  objects: v.array(v.object({type: text, name: text, table: text, sql: text})),
});

export type SourceRecord = v.InferOutput<typeof recordSchema>;
export type RecordedTable = SourceRecord['tables'][number];

export const recordPrefix = 'pgkeep_source_';
/** Of the first, second, … source of a run. */
export const recordSchemaName = (run: string, at: number): string =>
  `${recordPrefix}${run.toLowerCase()}${at === 0 ? '' : `_${at + 1}`}`;

export const recordComment = (record: SourceRecord): string =>
  `what the SQLite database of the migrate ${record.run} was: 'pgkeep export --sqlite-path' makes it again from this; without it by the types of PostgreSQL\n${JSON.stringify(record)}`;

/** What a schema's comment says; undefined where it is no record. */
export const recordIn = (comment: string | null): SourceRecord | undefined =>
  noteInComment(comment, recordSchema);

export const recordOf = (
  facts: SqliteFacts,
  named: readonly NamedTable[],
): Omit<SourceRecord, 'run'> => ({
  pgkeep: 1,
  record: 'sqlite',
  encoding: encodingOf(facts),
  userVersion: facts.userVersion,
  applicationId: facts.applicationId,
  tables: named.map((table) => ({
    source: table.fact.name,
    name: table.name,
    isWithoutRowid: table.fact.isWithoutRowid,
    rowidAlias: table.rowidAlias?.fact.name ?? null,
    isAutoincrement: table.text.isAutoincrement,
    highWater: table.highWater === undefined ? null : String(table.highWater),
    columns: table.columns.map((column) => recordedColumn(table, column)),
  })),
  objects: facts.objects.flatMap(({type, name, table, sql}) =>
    sql === null || /^sqlite_(?!stat1$)/i.test(name) ? [] : [{type, name, table, sql}],
  ),
});

const encodingOf = ({encoding}: SqliteFacts): SourceRecord['encoding'] =>
  encoding === 'UTF-16le' || encoding === 'UTF-16be' ? encoding : 'UTF-8';

const recordedColumn = (
  {fact: {isStrict}}: NamedTable,
  {fact, name, choice, wished, kept, classColumn}: NamedColumn,
): RecordedTable['columns'][number] => ({
  source: fact.name,
  name,
  type: wished === undefined ? choice.type : null,
  form: choice.form,
  textForm: choice.textForm ?? null,
  declared: fact.type,
  affinity: declaredOf({declared: fact.type, isStrict}).affinity,
  ...kept,
  classColumn: classColumn ?? null,
  isGenerated: fact.hidden > 1,
});
