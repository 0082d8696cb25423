/** The plan and the report of a migrate as their readers want them: at a terminal, and in a change record. */
import {inCount, inPlural} from '../amounts.ts';
import type {NotCarried} from './incoming.ts';
import {type FilledRows, lossSections} from './loss-text.ts';
import {markdownTable} from './markdown-table.ts';
import type {MigratePlan} from './migrate-plan.ts';
import type {Account} from './policy.ts';
import {rowPlanText} from './row-plan.ts';
import {sampleTables, type TableSample} from './sample.ts';

/** One choice of a type, with what it rests on. */
export type Decision = {
  readonly table: string;
  readonly column: string;
  readonly declared: string;
  /** In the target. */
  readonly tableName: string;
  readonly name: string;
  readonly type: string;
  readonly why: string;
  readonly isWidened: boolean;
  readonly values: number;
  readonly nulls: number;
  readonly least: string;
  readonly greatest: string;
  /** Values that stand in the way of the type that was declared. */
  readonly samples: readonly {
    readonly at: string;
    readonly class: string;
    readonly value: string;
  }[];
};

export type Reported = {
  readonly plan: MigratePlan;
  readonly decisions: readonly Decision[];
  readonly notCarried: readonly NotCarried[];
  /** Tables whose rows do not all come as they are. */
  readonly accounts: readonly Account[];
  /** The files with each of those rows and cells. */
  readonly rejects?: readonly string[];
  /** Tables of the source that are not in the plan, since they were left out. */
  readonly leftOut: readonly string[];
  /** What else could be done, for whoever changes the map. */
  readonly offers: readonly string[];
};

/** The plan's head as pairs of a word and what it says. */
export const headLines = ({
  plan,
}: Pick<Reported, 'plan'>): readonly (readonly [string, string])[] => {
  const {server, database, schema, role, tables} = plan;
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  return [
    ['migrate', `${plan.source}: ${inPlural(tables.length, 'table')}, ${inPlural(rows, 'row')}`],
    [
      'into',
      `'${database}', schema '${schema}', on ${server.address}:${server.port} (PostgreSQL ${server.version}), as '${role}'`,
    ],
    ...(plan.savesFirst
      ? ([['saved', 'what is in the database now, as a backup set first']] as const)
      : []),
  ];
};

/** Tables in the order of loading: name, rows, what has the name now. */
export const tableRows = ({
  tables,
  rows: plans = [],
}: MigratePlan): readonly (readonly string[])[] =>
  tables.map(({source, name, rows, present}) => [
    source === name ? name : `${source} → ${name}`,
    inCount(rows),
    present === undefined
      ? plans
          .filter((plan) => plan.source === source)
          .map(rowPlanText)
          .join('')
      : `replaces the ${present.kind}${present.rows === undefined ? '' : ` with ${inCount(present.rows)} rows`}`,
  ]);

/** Each column: where, what was declared, what it becomes, and why. */
export const decisionRows = (decisions: readonly Decision[]): readonly (readonly string[])[] =>
  decisions.map(({table, column, declared, type, why, isWidened}) => [
    `${table}.${column}`,
    declared === '' ? '(none)' : declared,
    `${type}${isWidened ? ' !' : ''}`,
    why,
  ]);

/** Of widened columns, the values that made it so. */
export const sampleLines = (decisions: readonly Decision[]): readonly string[] =>
  decisions.flatMap(({table, column, samples}) =>
    samples.map(
      (sample) => `${table}.${column}: ${sample.class} ${sample.value} (row ${sample.at})`,
    ),
  );

export const notCarriedLines = (notCarried: readonly NotCarried[]): readonly string[] =>
  notCarried.map(
    ({what, why, source}) => `${what}: ${why}${source === undefined ? '' : `\n    ${source}`}`,
  );

export type Outcome = Reported & {
  readonly tables: readonly {
    readonly source: string;
    readonly name: string;
    readonly rows: number;
    readonly sha256: string | undefined;
    readonly seconds: number;
  }[];
  /** Of rows alone, into tables that were there: what became of them. */
  readonly filled: readonly FilledRows[] | undefined;
  readonly copy: string;
  readonly otherCopies?: readonly string[];
  readonly snapshot: string | undefined;
  readonly seconds: number;
  readonly comparison: string;
  readonly samples: readonly TableSample[];
};

/** The report for a change record. */
export const markdownOf = (outcome: Outcome): string =>
  [
    `# Migration ${outcome.plan.run}`,
    '',
    ...headLines(outcome).map(([word, said]) => `- **${word}**: ${said}`),
    `- **took**: ${outcome.seconds.toFixed(1)} s; compared: ${outcome.comparison}`,
    `- **the source is kept as** ${[outcome.copy, ...(outcome.otherCopies ?? [])].join(', ')}`,
    ...(outcome.snapshot === undefined
      ? []
      : [`- **what was there**: backup set ${outcome.snapshot}`]),
    '',
    '## Tables',
    '',
    ...markdownTable(
      ['table', 'rows', 'SHA-256 of the rows on both sides', 'seconds'],
      outcome.tables.map(({source, name, rows, sha256, seconds}) => [
        source === name ? name : `${source} → ${name}`,
        inCount(rows),
        sha256 ?? 'not compared',
        seconds.toFixed(1),
      ]),
    ),
    '',
    ...lossSections(outcome),
    ...sampleTables(outcome.samples).flatMap(({title, head, rows}) => [
      ...[`### Sample of ${title}`, '', ...markdownTable(head, rows), ''],
    ]),
    '## Types',
    '',
    ...markdownTable(['column', 'declared', 'type', 'why'], decisionRows(outcome.decisions)),
    '',
    '## Not carried',
    '',
    ...(outcome.notCarried.length === 0
      ? ['Nothing: all of it is there.']
      : notCarriedLines(outcome.notCarried).map((line) => `- ${line.replaceAll('\n', ' ')}`)),
    '',
  ].join('\n');
