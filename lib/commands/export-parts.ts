/** Of which class a value of PostgreSQL is in SQLite, and what it is there: the way back of each form of migrate. */
import type {ExportedColumn, Wording} from '../model/export/exported-column.ts';
import {isNumeric, type ValueClass} from '../model/migrate/kept-class.ts';
import {textForm} from '../model/migrate/text-forms.ts';
import {identifier} from './sql.ts';

export type Part = {
  /** Undefined: whatever no part before this one has taken. */
  readonly when: string | undefined;
  readonly storage: ValueClass;
  /** An integer, a double, a text or bytes, by `storage`; of `digits` and `julian` the text. */
  readonly value: string;
  readonly how?: 'bytes' | 'digits' | 'julian';
};

export const partsOf = (column: ExportedColumn): readonly Part[] =>
  ways[column.wording](identifier(column.name), column);

type Way = (value: string, column: ExportedColumn) => readonly Part[];

const rest = (storage: ValueClass, value: string): Part => ({when: undefined, storage, value});
/** By its bytes: a column's own collation may refuse to be searched. */
const textOf = (value: string) => `(${value}::text COLLATE "C")`;

const [lowest, highest] = ['-9223372036854775808', '9223372036854775807'];

/** Numbers of a class, or what the column's affinity makes of them. PostgreSQL alone knows NaN. */
const numbers: Way = (value, column) => {
  const {type, affinity, kept} = column;
  const isWhole =
    type === 'numeric'
      ? `${value} = trunc(${value}) AND ${value} BETWEEN ${lowest} AND ${highest}`
      : `${value} = trunc(${value}) AND ${value} > ${lowest} AND ${value} < 9223372036854775808`;
  const asInteger = (when: string): Part => ({
    ...{when, storage: 'integer', value: `(${value})::bigint`},
  });
  const ends: readonly Part[] = [
    {when: `${value} = 'NaN'`, storage: 'text', value: `'NaN'::text`},
    // SQLite keeps no negative zero where it makes numbers of what comes.
    rest('real', `((${value})::float8${isNumeric(affinity) ? ' + 0' : ''})`),
  ];
  if (kept.by === 'column')
    return [asInteger(`${classIs(column, 'integer')} AND ${isWhole}`), ...ends];
  const makesWhole = affinity === 'integer' || affinity === 'numeric' || kept.by === 'integer';
  return makesWhole ? [asInteger(isWhole), ...ends] : ends;
};

const classIs = ({classColumn, kept}: ExportedColumn, storage: ValueClass): string =>
  classColumn === undefined
    ? String(kept.usual === storage)
    : `coalesce(${identifier(classColumn)}, '${kept.usual}') = '${storage}'`;

const blank = String.raw`[ \t\n\v\f\r]*`;
const number = String.raw`[+-]?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?`;
const matches = (value: string, pattern: string) => `${value} ~ '^${pattern}$'`;

/** A column of numbers makes a number of a text that looks like one. https://www.sqlite.org/datatype3.html#type_affinity_of_a_column */
const texts: Way = (value, {affinity}) => {
  if (!isNumeric(affinity)) return [rest('text', value)];
  const bare = `btrim(${value}, E' \\t\\n\\v\\f\\r')`;
  const isNumber = `${matches(value, blank + number + blank)} AND length(${value}) < 400`;
  const isWhole = `${isNumber} AND CASE WHEN ${isNumber} THEN trunc(${bare}::numeric) = ${bare}::numeric AND ${bare}::numeric BETWEEN ${lowest} AND ${highest} END`;
  return [
    ...(affinity === 'real'
      ? []
      : [{when: isWhole, storage: 'integer' as const, value: `${bare}::numeric::bigint`}]),
    {when: isNumber, storage: 'real', value: bare, how: 'digits'},
    rest('text', value),
  ];
};

/** What a second column says of a value is believed only where the value is like that. */
const carried = (value: string, column: ExportedColumn): readonly Part[] => {
  const isInteger = `${classIs(column, 'integer')} AND ${matches(value, '(0|-?[1-9][0-9]{0,18})')}`;
  const isReal = `${classIs(column, 'real')} AND ${matches(value, String.raw`-?([0-9]+\.[0-9]+(e[+-]?[0-9]{1,3})?|Infinity)`)}`;
  return [
    {
      when: `CASE WHEN ${isInteger} THEN ${value}::numeric BETWEEN ${lowest} AND ${highest} ELSE false END`,
      ...{storage: 'integer', value},
    },
    {when: isReal, storage: 'real', value, how: 'digits'},
  ];
};

const anything: Way = (value, column) =>
  column.kept.by === 'column'
    ? [...carried(textOf(value), column), rest('text', textOf(value))]
    : texts(textOf(value), column);

/** Also of a database of UTF-16, where each second byte of a digit is a NUL. */
const bytes: Way = (value, column) => {
  const said = `replace(encode(${value}, 'escape'), E'\\\\000', '')`;
  const asText: Part = {when: undefined, storage: 'text', value, how: 'bytes'};
  if (column.kept.by === 'blob') return [rest('blob', value)];
  if (column.kept.by !== 'column') return [asText];
  return [
    ...carried(said, column),
    {...asText, when: classIs(column, 'text')},
    rest('blob', value),
  ];
};

const microseconds = (value: string) => `(extract(epoch from ${value}) * 1000000)::bigint`;
const isEndless = (value: string): Part => ({
  ...{when: `NOT isfinite(${value})`, storage: 'text', value: `${value}::text`},
});

/** Whole units; what the application wrote more exactly is not rounded. */
const epoch =
  (unit: number): Way =>
  (value) => [
    isEndless(value),
    {
      when: `${microseconds(value)} % ${unit} = 0`,
      ...{storage: 'integer', value: `${microseconds(value)} / ${unit}`},
    },
    rest('real', `(${microseconds(value)}::float8 / ${unit})`),
  ];

const since =
  (microsecondsBefore: string): Way =>
  (value, column) => [
    isEndless(value),
    ...numbers(`((${microseconds(value)} - ${microsecondsBefore})::float8 / 1000000)`, {
      ...column,
      type: 'double precision',
    }),
  ];

const julian: Way = (value) => [
  isEndless(value),
  {
    when: `date_trunc('milliseconds', ${value}) = ${value}`,
    ...{storage: 'real', value: `to_char(${value}, 'YYYY-MM-DD HH24:MI:SS.MS')`, how: 'julian'},
  },
  rest('real', `(extract(epoch from ${value}) / 86400 + 2440587.5)::float8`),
];

/** In the form that it came in, where that says all of it. */
const formed: Way = (value, {textForm: name, type}) => {
  const canonical = textForm(name ?? '')?.canonical?.replaceAll('{x}', () => value);
  if (canonical === undefined) return [rest('text', `${value}::text`)];
  return [
    {
      when: `CASE WHEN ${inOurYears(value)} THEN (${canonical})::${type} = ${value} END`,
      ...{storage: 'text', value: canonical},
    },
    rest('text', `${value}::text`),
  ];
};

const inOurYears = (value: string) => `${value} >= '0001-01-01' AND ${value} < '10000-01-01'`;
const written =
  (format: string): Way =>
  (value, {type}) => {
    const local = type.endsWith('with time zone') ? `(${value} AT TIME ZONE 'UTC')` : value;
    return [
      {when: inOurYears(value), storage: 'text', value: `to_char(${local}, '${format}')`},
      rest('text', `${value}::text`),
    ];
  };

const asText: Way = (value) => [rest('text', textOf(value))];
const asTexts: Way = (value, column) => texts(textOf(value), column);

const ways: Readonly<Record<Wording, Way>> = {
  integer: (value) => [rest('integer', value)],
  decimal: numbers,
  double: numbers,
  numeric: numbers,
  /** As few digits as mean it: the double nearest to those. */
  single: (value, column) => numbers(`${value}::text::float8`, column),
  text: asTexts,
  'text of anything': anything,
  bytes: (value) => [rest('blob', value)],
  'bytes of anything': bytes,
  boolean: (value) => [rest('integer', `${value}::int`)],
  'boolean words': asText,
  'boolean letters': (value) => [rest('text', `left(${value}::text, 1)`)],
  'text form': formed,
  json: asTexts,
  array: asText,
  'integer text': asText,
  'epoch seconds': epoch(1_000_000),
  'epoch milliseconds': epoch(1_000),
  'epoch microseconds': epoch(1),
  'epoch real': since('0'),
  webkit: (value) => [
    isEndless(value),
    rest('integer', `${microseconds(value)} + 11644473600000000`),
  ],
  cocoa: since('978307200000000'),
  julian,
  class: asText,
  'numeric text': asText,
  moment: written('YYYY-MM-DD HH24:MI:SS.US'),
  'moment with zone': written('YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
  'other text': asText,
  'as json': (value) => [rest('text', `to_json(${value})::text`)],
};
