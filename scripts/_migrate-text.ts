/** How a migrate is told: its plan, its end, and a comparison by itself. */
import {inPlural} from '../lib/model/amounts.ts';
import {filledLines, takenLines} from '../lib/model/migrate/loss-text.ts';
import {
  decisionRows,
  headLines,
  notCarriedLines,
  type Outcome,
  type Reported,
  sampleLines,
  tableRows,
} from '../lib/model/migrate/plan-text.ts';
import type {Account} from '../lib/model/migrate/policy.ts';
import {sampleTables, type TableSample} from '../lib/model/migrate/sample.ts';
import {printable} from '../lib/model/redact.ts';
import type {ComparedTable} from '../lib/tasks/migrate/compare-only.ts';
import type {DrawTable} from './_table-text.ts';

export const planText = (reported: Reported, table: DrawTable): string =>
  [
    ...headLines(reported).map(([word, said]) => `${word.padEnd(10)} ${printable(said)}`),
    '',
    table({head: ['table', 'rows', ''], rows: tableRows(reported.plan), right: [1]}),
    '',
    ...(reported.decisions.length > 0
      ? [
          table({
            head: ['column', 'declared', 'type', 'why'],
            rows: decisionRows(reported.decisions),
          }),
          '',
        ]
      : []),
    ...sampleLines(reported.decisions).map((line) => `value: ${printable(line)}`),
    ...takenLines(reported.accounts).map((line) => `taken: ${printable(line)}`),
    ...notCarriedLines(reported.notCarried).map(
      (line) => `not carried: ${printable(line, {keepLines: true})}`,
    ),
    ...reported.plan.cautions.map((text) => `note: ${printable(text)}`),
    ...(reported.plan.refusals ?? []).map(
      ({what, hint}) => `refused: ${printable(what)}; ${printable(hint)}`,
    ),
    ...reported.plan.faults.map(({what, hint}) => `fault: ${printable(what)}; ${printable(hint)}`),
  ].join('\n');

export const told = (
  {
    plan,
    tables,
    notCarried,
    snapshot,
    copy,
    otherCopies,
    seconds,
    comparison,
    accounts,
    rejects,
    filled,
    samples,
  }: Outcome,
  table: DrawTable,
): string => {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  return [
    `${inPlural(tables.length, 'table')} with ${inPlural(rows, 'row')} ${tables.length === 1 ? 'is' : 'are'} in '${printable(plan.database)}' now, ${comparison}, in ${seconds.toFixed(1)} s`,
    ...filledLines(filled ?? []).map((line) => printable(line)),
    ...takenLines(accounts).map((line) => `taken: ${printable(line)}`),
    ...(rejects ?? []).map((file) => `each of them: ${printable(file)}`),
    ...notCarriedLines(notCarried).map(
      (line) => `not carried: ${printable(line, {keepLines: true})}`,
    ),
    `the source is kept as ${printable([copy, ...(otherCopies ?? [])].join(', '))}`,
    ...(snapshot === undefined ? [] : [`what was there: backup set ${snapshot}`]),
    ...sampleBlocks(samples, table),
  ].join('\n');
};

/** Both sides below each other, table by table. */
const sampleBlocks = (samples: readonly TableSample[], table: DrawTable): readonly string[] =>
  sampleTables(samples).flatMap(({title, ...drawn}) => [
    '',
    `sample of ${printable(title)}`,
    table(drawn),
  ]);

export const comparedText = (
  compared: readonly ComparedTable[],
  {accounts, table}: {readonly accounts: readonly Account[]; readonly table: DrawTable},
): string =>
  compared
    .flatMap(({source, rows, isSame, differences, notCompared}) => [
      `${isSame ? 'same' : 'DIFFERENT'}  ${printable(source)}, ${rows} rows`,
      ...differences.map((line) => `  ${printable(line)}`),
      ...(notCompared.length === 0
        ? []
        : [`  not compared, since the map converts them: ${printable(notCompared.join(', '))}`]),
    ])
    .concat(takenLines(accounts).map((line) => `not there, as the map has it: ${printable(line)}`))
    .concat(sampleBlocks(compared, table))
    .join('\n');
