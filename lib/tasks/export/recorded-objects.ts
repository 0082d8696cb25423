/** What SQLite had besides rows: its own statements again, where what they are about is what it was. */
import {oneStatement} from '../../model/export/source-statement.ts';
import type {NotCarried} from '../../model/migrate/incoming.ts';
import type {SourceRecord} from '../../model/migrate/source-record.ts';
import {tokensOf} from '../../model/migrate/sqlite-lexer.ts';

export type RecordedObjects = {
  readonly tables: readonly string[];
  /** Indexes, triggers and views. */
  readonly after: readonly string[];
  readonly views: readonly string[];
  /** Of all of them. */
  readonly names: readonly string[];
  readonly notCarried: readonly NotCarried[];
};

type StateOf = (record: SourceRecord, table: string) => 'as it was' | 'anew' | undefined;
type Recorded = SourceRecord['objects'][number];

export const recordedObjects = (
  records: readonly SourceRecord[],
  stateOf: StateOf,
  clashing: ReadonlySet<SourceRecord>,
): RecordedObjects => {
  const draft = {
    tables: [] as string[],
    after: [] as string[],
    views: [] as string[],
    names: [] as string[],
    notCarried: [] as NotCarried[],
  };
  const seen = new Map<string, string>();
  for (const record of records) {
    const virtual = record.objects.filter(({sql}) => /^CREATE\s+VIRTUAL\s/i.test(sql));
    for (const object of record.objects) {
      const key = `${object.type} ${object.name.toLowerCase()}`;
      const why = reasonAgainst(object, {
        record,
        stateOf,
        virtual,
        isClashing: clashing.has(record),
      });
      if (why === 'not ours' || seen.get(key) === object.sql) continue;
      const isTaken = seen.has(key);
      const statement = why === undefined && !isTaken ? oneStatement(object) : undefined;
      seen.set(key, object.sql);
      if (statement === undefined)
        draft.notCarried.push(
          told(object, why ?? (isTaken ? 'another one has this name' : noStatement)),
        );
      else if (object.type === 'table') draft.tables.push(statement);
      else draft.after.push(statement);
      if (statement !== undefined) draft.names.push(object.name);
      if (statement !== undefined && object.type === 'view') draft.views.push(object.name);
    }
  }
  const isAnalyzed = records.some(({objects}) => objects.some(({name}) => name === 'sqlite_stat1'));
  return isAnalyzed ? {...draft, after: [...draft.after, 'ANALYZE']} : draft;
};

const noStatement = 'what is noted of it is not the one statement that makes it';

const told = ({type, name, sql}: Recorded, why: string): NotCarried => ({
  ...{kind: type, what: `${type} '${name}'`, why, source: sql},
});

type Ground = {
  readonly record: SourceRecord;
  readonly stateOf: StateOf;
  readonly virtual: readonly Recorded[];
  /** What it calls its tables is what those of another database are called. */
  readonly isClashing: boolean;
};

/** Undefined: it is made. `not ours`: nothing to tell of. */
const reasonAgainst = (
  object: Recorded,
  {record, stateOf, virtual, isClashing}: Ground,
): string | undefined => {
  const {type, name, table, sql} = object;
  if (virtual.includes(object))
    return 'what it held never came to PostgreSQL: make and fill it anew';
  if (isClashing && type !== 'table')
    return 'a table of another database has a name that its own had';
  if (type === 'view' || (type === 'trigger' && isView(record, table))) return undefined;
  const state = stateOf(record, type === 'table' ? name : tableName(record, table));
  // Another migrate has it, or it was left out.
  if (state === undefined) return type === 'table' ? gone(record, name) : 'not ours';
  if (state === 'anew' && type === 'table') return oneStatement(object) ? 'not ours' : noStatement;
  if (state === 'anew') return `the table '${table}' is no longer what it was`;
  const missing = type === 'trigger' ? virtual.find((other) => names(sql, other.name)) : undefined;
  return missing && `it writes to '${missing.name}', which is not there`;
};

const gone = ({tables}: SourceRecord, name: string): string =>
  tables.some(({source}) => source === name)
    ? 'there is no such table any more, or it is left out'
    : 'not ours';

const isView = ({objects}: SourceRecord, name: string) =>
  objects.some((other) => other.type === 'view' && other.name.toLowerCase() === name.toLowerCase());

const tableName = ({tables}: SourceRecord, name: string): string =>
  tables.find(({source}) => source.toLowerCase() === name.toLowerCase())?.source ?? name;

const names = (sql: string, name: string): boolean =>
  tokensOf(sql).some(({value}) => value.toLowerCase() === name.toLowerCase());
