/** A column of PostgreSQL as one of SQLite: as it came from there, else by its type. */

import {type Affinity, affinityOf} from '../migrate/declared-type.ts';
import {isNumeric, type KeptClass, type ValueClass} from '../migrate/kept-class.ts';
import type {RecordedTable} from '../migrate/source-record.ts';
import type {ExportedColumn, Wording} from './exported-column.ts';
import type {PgColumn} from './pg-table.ts';

type Recorded = RecordedTable['columns'][number];

export type ChosenColumn = {
  readonly column: ExportedColumn;
  /** By its type, in a sentence; undefined where it is as it came. */
  readonly why: string | undefined;
  /** What SQLite had declared holds these values. */
  readonly fitsDeclared: boolean;
};

export type ColumnGround = {
  readonly recorded: Recorded | undefined;
  /** Of exact numbers: some is neither an integer nor a double of SQLite. */
  readonly isInexact: boolean;
  /** The second column that keeps the classes of its values is there. */
  readonly hasClasses: boolean;
};

export const chooseColumn = (
  column: PgColumn,
  {recorded, isInexact, hasClasses}: ColumnGround,
): ChosenColumn => {
  if (recorded && recorded.type === column.type && !isInexact)
    return {
      column: asItCame(column, {recorded, hasClasses}),
      why:
        recorded.classColumn === null || hasClasses
          ? undefined
          : `'${recorded.classColumn}' is gone, which kept what was ${recorded.usual === 'text' ? 'no text' : `not ${recorded.usual}`}`,
      fitsDeclared: true,
    };
  const {declared, wording, storage, why} = byType(column, isInexact);
  const fitsDeclared = recorded !== undefined && fits(storage, recorded, wording);
  const kept: KeptClass = {
    by: storage === 'number' ? 'affinity' : storage,
    usual: usualOf(storage),
  };
  const said = fitsDeclared ? recorded.declared : declared;
  return {
    column: {
      ...{name: column.name, source: recorded?.source ?? column.name, type: column.base},
      ...{declared: said, affinity: fitsDeclared ? recorded.affinity : affinityOf(declared)},
      ...{wording, textForm: undefined, kept, classColumn: undefined},
      isGenerated: recorded?.isGenerated ?? false,
    },
    why: `${column.type}: ${why}`,
    fitsDeclared,
  };
};

const asItCame = (
  column: PgColumn,
  {recorded, hasClasses}: {readonly recorded: Recorded; readonly hasClasses: boolean},
): ExportedColumn => ({
  ...{name: column.name, source: recorded.source, type: column.base},
  ...{declared: recorded.declared, affinity: recorded.affinity},
  wording: recorded.form,
  textForm: recorded.textForm ?? undefined,
  kept: {by: recorded.by, usual: recorded.usual},
  classColumn: hasClasses ? (recorded.classColumn ?? undefined) : undefined,
  isGenerated: recorded.isGenerated,
});

/** `number`: an integer or a double, as the column's affinity has it. */
type Storage = ValueClass | 'number';

const usualOf = (storage: Storage): ValueClass => (storage === 'number' ? 'real' : storage);

const neverNumbers: readonly Wording[] = ['text form', 'moment', 'moment with zone'];

const fits = (storage: Storage, {affinity}: {affinity: Affinity}, wording: Wording): boolean => {
  if (storage === 'blob') return affinity === 'blob';
  if (storage === 'text') return !isNumeric(affinity) || neverNumbers.includes(wording);
  return isNumeric(affinity) && !(affinity === 'real' && storage === 'integer');
};

type ByType = {
  readonly declared: string;
  readonly wording: Wording;
  readonly storage: Storage;
  readonly why: string;
};

const text = (wording: Wording, why: string, declared = 'TEXT'): ByType => ({
  ...{declared, wording, storage: 'text', why},
});

const integer = (declared: string): ByType => ({
  ...{declared, wording: 'integer', storage: 'integer', why: 'whole numbers'},
});

const byType = (column: PgColumn, isInexact: boolean): ByType => {
  const {base, type, kind, isArray} = column;
  if (isArray) return text('as json', 'a list as JSON');
  if (kind === 'c') return text('as json', 'its parts as JSON');
  if (kind === 'e') return text('other text', 'its label');
  if (base === 'numeric')
    return isInexact
      ? text('numeric text', 'as text: some number is neither an integer nor a double of SQLite')
      : {
          ...{declared: limitedNumeric(type), wording: 'numeric', storage: 'number'},
          why: 'every number is an integer or a double of SQLite',
        };
  return simple[base] ?? limited(base, type) ?? text('other text', 'as PostgreSQL writes it');
};

const limitedNumeric = (type: string) =>
  /^numeric\(\d+,\d+\)$/.test(type) ? type.toUpperCase() : 'NUMERIC';

const limited = (base: string, type: string): ByType | undefined => {
  const [, size] = /\((\d+)\)$/.exec(type) ?? [];
  if (base === 'character varying')
    return text('other text', 'text', size === undefined ? 'TEXT' : `VARCHAR(${size})`);
  return base === 'character' || base === 'bpchar'
    ? text(
        'other text',
        'text without the blanks that fill it up',
        size === undefined ? 'TEXT' : `CHAR(${size})`,
      )
    : undefined;
};

const simple: Readonly<Record<string, ByType>> = {
  smallint: integer('SMALLINT'),
  integer: integer('INTEGER'),
  bigint: integer('BIGINT'),
  oid: integer('BIGINT'),
  boolean: {declared: 'BOOLEAN', wording: 'boolean', storage: 'integer', why: '1 and 0'},
  real: {declared: 'REAL', wording: 'single', storage: 'real', why: 'a double of the same digits'},
  'double precision': {
    declared: 'DOUBLE PRECISION',
    wording: 'double',
    storage: 'real',
    why: 'a double',
  },
  bytea: {declared: 'BLOB', wording: 'bytes', storage: 'blob', why: 'bytes'},
  text: text('other text', 'text'),
  date: text('other text', 'ISO text', 'DATE'),
  'time without time zone': text('other text', 'ISO text', 'TIME'),
  'timestamp without time zone': text('moment', 'ISO text with microseconds', 'TIMESTAMP'),
  'timestamp with time zone': text(
    'moment with zone',
    'ISO text in UTC with microseconds',
    'TIMESTAMP',
  ),
  uuid: text('other text', 'text'),
  json: text('other text', 'its text'),
  jsonb: text('other text', 'its text'),
};
