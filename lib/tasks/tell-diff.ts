/** A diff as people read it: what changed, the rest in a line. */
import {table} from '../io/table.ts';
import {inBytes, inCount} from '../model/amounts.ts';
import type {Change, SetDiff, TableChange} from '../model/diff.ts';
import {printable} from '../model/redact.ts';
import type {SchemaChange} from '../model/schema-text.ts';
import type {Diffed} from './diff.ts';

/** More lines are for programs: `--json` has them all. */
const mostLines = 100;
const longestCell = 80;

export const tellDiff = ({before, after, diff}: Diffed): string => {
  const sides = [before, after].map(({manifest}, index) =>
    printable(
      `${index === 0 ? 'from' : 'to  '}  ${manifest.id}  ${manifest.database}  ${manifest.startedAt}`,
    ),
  );
  const parts = [
    [...sides, ...diff.warnings.map((text) => `warning: ${printable(text)}`)].join('\n'),
    tablesPart(diff),
    definitionPart(diff.schema),
    [
      ...namesPart('extensions', diff.extensions),
      ...namesPart('roles', diff.roles),
      ...namesPart('sequences', diff.sequences),
    ].join('\n'),
    [
      `database  ${span(diff.databaseBytes, inBytes)}`,
      `set       ${span(diff.dumpBytes, inBytes)}`,
    ].join('\n'),
  ];
  return parts.filter((part) => part !== '').join('\n\n');
};

const tablesPart = ({tables, rows}: SetDiff): string => {
  const shown = tables.filter(({state}) => state !== 'same' && state !== 'unknown');
  const countOf = (state: TableChange['state']) =>
    tables.filter((one) => one.state === state).length;
  const rest = [
    ...tablesLine(countOf('same'), ['is the same', 'are the same']),
    ...tablesLine(countOf('unknown'), [
      'has as many rows as before; its content is not comparable',
      'have as many rows as before; their content is not comparable',
    ]),
  ];
  if (shown.length === 0) return rest.join('\n');
  const ordered = shown.toSorted((a, b) => weight(b) - weight(a));
  const [before, after, change] = [rows.before, rows.after, signed(rows.change, inCount)];
  const drawn = table({
    head: ['table', 'rows before', 'after', 'change', 'size', 'change', 'what'],
    rows: [
      ...ordered.slice(0, mostLines).map(rowOf),
      ['all tables', count(before), count(after), change, '', '', ''],
    ],
    right: [1, 2, 3, 4, 5],
  });
  const more = shown.length - mostLines;
  const cutOff = more > 0 ? [`${inCount(more)} more that changed: --json has them all`] : [];
  return [drawn, ...cutOff, ...rest].join('\n');
};

const tablesLine = (amount: number, [one, many]: readonly [string, string]): readonly string[] =>
  amount === 0 ? [] : [`${inCount(amount)} ${amount === 1 ? `table ${one}` : `tables ${many}`}`];

const rowOf = (one: TableChange): readonly string[] => [
  cut(one.table),
  ...[count(one.rows.before), count(one.rows.after), signed(one.rows.change, inCount)],
  one.bytes.after === null ? '' : inBytes(one.bytes.after),
  signed(one.bytes.change, inBytes),
  cut(whatOf(one)),
];

// With other columns the digests differ whatever the rows are: only the count says something.
const whatOf = ({state, digest, rows, newColumns, droppedColumns}: TableChange): string => {
  if (state === 'new' || state === 'dropped') return state;
  const columns = [
    ...newColumns.map((name) => `+${name}`),
    ...droppedColumns.map((name) => `-${name}`),
  ];
  const isSameShape = columns.length === 0;
  return [
    ...(isSameShape ? [] : [`columns ${columns.join(' ')}`]),
    ...((isSameShape && digest === 'changed') || (rows.change ?? 0) !== 0 ? ['rows changed'] : []),
  ].join('; ');
};

/** Gone ones first, then by how many rows changed. */
const weight = ({state, rows}: TableChange): number =>
  state === 'dropped' ? Number.MAX_SAFE_INTEGER : Math.abs(rows.change ?? rows.after ?? 0);

const definitionPart = (schema: readonly SchemaChange[] | null): string => {
  if (schema === null) return 'definition: it can not be compared';
  if (schema.length === 0) return '';
  const lines = schema.slice(0, mostLines).map(({entry, change, was, is}) => {
    const sides = [was && `was '${cut(was)}'`, is && `is '${cut(is)}'`].filter(Boolean).join(', ');
    return printable(`  ${change.padEnd(7)}  ${entry}${sides ? `: ${sides}` : ''}`);
  });
  const more = schema.length - mostLines;
  return ['definition:', ...lines, ...(more > 0 ? [`  ${inCount(more)} more`] : [])].join('\n');
};

type Names = {new: readonly string[]; dropped: readonly string[]; changed?: readonly string[]};

const namesPart = (title: string, {new: come, dropped, changed = []}: Readonly<Names>) => {
  const shown = [
    ...come.map((name) => `new ${name}`),
    ...dropped.map((name) => `dropped ${name}`),
    ...changed,
  ];
  const more = shown.length > mostLines ? [`${inCount(shown.length - mostLines)} more`] : [];
  return shown.length === 0
    ? []
    : [printable(`${title}: ${[...shown.slice(0, mostLines), ...more].join('; ')}`)];
};

const count = (value: number | null): string => (value === null ? '-' : inCount(value));

const signed = (change: number | null, tell: (amount: number) => string): string =>
  change === null || change === 0 ? '' : `${change > 0 ? '+' : '-'}${tell(Math.abs(change))}`;

const span = ({before, after, change}: Change, tell: (amount: number) => string): string =>
  before === null || after === null
    ? '-'
    : `${tell(before)} to ${tell(after)}${change === 0 ? '' : ` (${signed(change, tell)})`}`;

const cut = (text: string): string =>
  text.length > longestCell ? `${text.slice(0, longestCell - 1)}…` : text;
