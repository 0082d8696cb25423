/** Indexes of a SQLite table, unique or not, with their conditions and expressions. */
import type {Finish} from '../model/migrate/incoming.ts';
import type {Namer} from '../model/migrate/names.ts';
import {readIndex} from '../model/migrate/sqlite-ddl.ts';
import {
  columnOf,
  type NamedColumn,
  type NamedIndex,
  type NamedTable,
} from '../model/migrate/sqlite-table.ts';
import {type Finished, made, told} from './migrate-finished.ts';
import {identifier} from './sql.ts';
import {type KnownColumn, translate} from './sqlite-expression.ts';

type Indexing = {readonly index: NamedIndex; readonly namer: Namer};

export const indexFinish = (table: NamedTable, {index, namer}: Indexing): Finished => {
  const text = index.sql === null ? undefined : readIndex(index.sql);
  const known = knownColumns(table);
  const parts = partsOf(table, index, {text, known});
  const where = text?.where && translate(text.where, {columns: known});
  const isConstraint = index.origin === 'u';
  const columns = index.columns.flatMap(({name}) => (name === null ? [] : [name]));
  const name = namer.nameFor(isConstraint ? `${table.name}_${columns.join('_')}_key` : index.name);
  const what = `${index.isUnique ? 'unique index' : 'index'} '${name}' on '${table.name}'`;
  const source = index.sql ?? `UNIQUE (${columns.join(', ')})`;
  const kind = index.isUnique ? 'unique' : 'index';
  const refused = [...parts, ...(where ? [where] : [])].find((part) => 'why' in part);
  if (refused && 'why' in refused) return told({kind, what, why: refused.why, source});
  const words = wordsOf(parts, index);
  const condition = where && 'sql' in where ? ` WHERE ${where.sql}` : '';
  const list = words.map((word) => word.trim()).join(', ');
  const make = (word: string): string =>
    `CREATE ${word}INDEX ${identifier(name)} ON ${identifier(table.name)} (${list})${condition}`;
  const bare = words.every((word) => /^"(?:[^"]|"")*" ?$/.test(word));
  const constraint =
    isConstraint && bare && !table.partitioning
      ? [
          `ALTER TABLE ${identifier(table.name)} ADD CONSTRAINT ${identifier(name)} UNIQUE USING INDEX ${identifier(name)}`,
        ]
      : [];
  // Unique in one partition is not unique in all: the server refuses it, and the index is of use without it.
  const instead: Finish = {
    ...{kind: 'index', what: `index '${name}' on '${table.name}'`, makes: name},
    ...{statements: [make('')], otherwise: 'report'},
  };
  return made({
    ...{kind, what, makes: name, source},
    otherwise: index.isUnique && table.partitioning ? instead : 'report',
    statements: [make(index.isUnique ? 'UNIQUE ' : ''), ...constraint],
  });
};

type Texts = {
  readonly text: ReturnType<typeof readIndex> | undefined;
  readonly known: ReadonlyMap<string, KnownColumn>;
};

const partsOf = (table: NamedTable, {columns}: NamedIndex, {text, known}: Texts): readonly Part[] =>
  columns.map((part, at) => {
    const column = part.name === null ? undefined : columnOf(table, part.name);
    if (column) return {sql: collated(column, part.collation ?? 'BINARY')};
    if (part.name !== null) return {why: `its column '${part.name}' is left out`};
    const translated = translate(text?.parts[at] ?? [], {columns: known});
    return 'sql' in translated ? {sql: `(${translated.sql})`} : translated;
  });

type Part = {readonly sql: string} | {readonly why: string};

const wordsOf = (parts: readonly Part[], {columns}: NamedIndex): readonly string[] =>
  parts.map((part, at) =>
    [('sql' in part && part.sql) || '', ...(columns[at]?.isDescending ? ['DESC'] : [])].join(' '),
  );

/** An index compares as it says, which may be otherwise than its column. ASCII letters alone are folded by NOCASE. */
const collated = ({name, collation, choice}: NamedColumn, wanted: string): string => {
  const column = identifier(name);
  const isText = choice.type === 'text' || choice.type.startsWith('character');
  if (!isText || wanted === (collation ?? 'BINARY')) return column;
  if (wanted === 'NOCASE') return `lower(${column} COLLATE "C")`;
  if (wanted === 'RTRIM') return `rtrim(${column}, ' ')`;
  return `${column} COLLATE "C"`;
};

export const knownColumns = ({columns}: NamedTable): ReadonlyMap<string, KnownColumn> =>
  new Map(
    columns.map(({fact, name, choice, wished}) => [
      fact.name.toLowerCase(),
      {name, type: wished ?? choice.type},
    ]),
  );
