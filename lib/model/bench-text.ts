/** What `bench` found, as people read it. */

import {inCount} from './amounts.ts';
import type {Comparison} from './bench-compare.ts';
import {medianOf} from './bench-compare.ts';
import type {Engine} from './bench-queries.ts';
import {printable} from './redact.ts';

type Both<Value> = Readonly<Record<Engine, Value>>;

export type BenchFacts = {
  readonly queries: readonly {
    readonly name: string;
    readonly comparison: Comparison | undefined;
    readonly refusal: {readonly engine: Engine; readonly message: string} | undefined;
    readonly milliseconds: Both<readonly number[]> | undefined;
    readonly plans: Both<string> | undefined;
  }[];
  readonly nothing: Both<number> | undefined;
  readonly versions: Both<string>;
  readonly runs: number;
};

type Draw = (drawn: {
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  readonly right: readonly number[];
}) => string;

/** A table, what differs, and the plans. */
export const benchText = (facts: BenchFacts, draw: Draw): string => {
  const {queries, versions, runs, nothing} = facts;
  const head = ['query', 'rows', 'answers', 'SQLite', 'PostgreSQL', 'times SQLite'];
  const rows = queries.map((query) => [query.name, ...cellsOf(query)]);
  const said = [
    `SQLite ${versions.sqlite}, PostgreSQL ${versions.postgres}; medians of ${runs}, warm, by turns, until the last row had come`,
    ...(nothing
      ? [
          `an empty query takes ${inMilliseconds(nothing.sqlite)} and ${inMilliseconds(nothing.postgres)}: that is in every time above`,
        ]
      : []),
  ];
  return [
    draw({head, rows, right: [1, 3, 4, 5]}),
    ...['', ...said],
    ...queries.flatMap(faultLines),
    ...queries.flatMap(planLines),
  ].join('\n');
};

type Query = BenchFacts['queries'][number];

const cellsOf = ({comparison, milliseconds}: Query): readonly string[] => {
  const rows = comparison ? inCount(comparison.rows.postgres) : '';
  const verdict = comparison?.verdict ?? 'refused';
  if (!milliseconds) return [rows, verdict, '', '', ''];
  const [sqlite, postgres] = [medianOf(milliseconds.sqlite), medianOf(milliseconds.postgres)];
  return [
    ...[rows, verdict === 'other order' ? 'same, in another order' : verdict],
    ...[inMilliseconds(sqlite), inMilliseconds(postgres), (postgres / sqlite).toFixed(2)],
  ];
};

/** `0.42 ms`, `12.3 ms`, `1,204 ms`. */
const inMilliseconds = (milliseconds: number): string => {
  const digits = milliseconds < 10 ? 2 : milliseconds < 100 ? 1 : 0;
  return `${digits > 0 ? milliseconds.toFixed(digits) : inCount(Math.round(milliseconds))} ms`;
};

const faultLines = ({name, comparison, refusal}: Query): readonly string[] => {
  if (refusal)
    return ['', `${printable(name)}: refused by ${refusal.engine}: ${printable(refusal.message)}`];
  if (comparison?.verdict !== 'different') return [];
  const {sqlite, postgres} = comparison.rows;
  const counts = sqlite === postgres ? '' : `, ${inCount(sqlite)} and ${inCount(postgres)} rows`;
  return [
    '',
    `${printable(name)}: the answers differ${counts}`,
    ...comparison.differences.map((line) => printable(line)),
  ];
};

const planLines = ({name, plans}: Query): readonly string[] =>
  plans
    ? [
        '',
        `-- ${printable(name)}`,
        'SQLite:',
        indented(plans.sqlite),
        'PostgreSQL:',
        indented(plans.postgres),
      ]
    : [];

const indented = (text: string): string => printable(text, {keepLines: true}).replace(/^/gm, '  ');
