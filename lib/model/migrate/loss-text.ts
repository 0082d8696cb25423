/** What of a source did not come, or came to rows that were there: as its readers want it. */
import {inCount, inPlural} from '../amounts.ts';
import {markdownTable} from './markdown-table.ts';
import {type Account, deedWords, takenLine} from './policy.ts';

/** What does not come, or not as it was: by table and column, with the reason. */
export const takenLines = (accounts: readonly Account[]): readonly string[] =>
  accounts.flatMap(({taken}) => taken.map(takenLine));

/** Each table with its rows in the source, what was rejected, and what was done to its cells. */
const accountRows = (accounts: readonly Account[]) =>
  accounts.map(({table, rows, rejected, taken}) => [
    table,
    inCount(rows),
    inCount(rejected),
    taken
      .filter(({deed}) => deed !== 'reject')
      .map(({column, deed, count}) => `${column}: ${inCount(count)} ${deedWords[deed][2]}`)
      .join('; '),
  ]);

export type FilledRows = {
  readonly name: string;
  readonly how: string;
  readonly inserted: number;
  readonly others: number;
  /** Keys of some of those. */
  readonly someOthers: readonly (readonly string[])[];
};

/** What came into each table, and what the target has otherwise and kept. */
export const filledLines = (filled: readonly FilledRows[]): readonly string[] =>
  filled.map(({name, inserted, others, someOthers}) => {
    const keys = someOthers.map((key) => `(${key.join(', ')})`).join(', ');
    const kept =
      others === 0 ? '' : `; ${inPlural(others, 'row')} with other values stayed: ${keys}`;
    return `${name}: ${inPlural(inserted, 'row')} came${kept}`;
  });

type Told = {
  readonly accounts: readonly Account[];
  readonly rejects?: readonly string[];
  readonly filled: readonly FilledRows[] | undefined;
};

/** Of the report: nothing where every row came as it was. */
export const lossSections = ({accounts, rejects = [], filled}: Told): readonly string[] => [
  ...(filled === undefined
    ? []
    : [
        '## Into tables that were there',
        '',
        ...filledLines(filled).map((line) => `- ${line}`),
        '',
      ]),
  ...(accounts.length === 0
    ? []
    : [
        '## Rejected and changed',
        '',
        ...markdownTable(
          ['table', 'rows in the source', 'rejected', 'cells'],
          accountRows(accounts),
        ),
        '',
        ...takenLines(accounts).map((line) => `- ${line}`),
        ...rejects.map((file) => `- each of them: ${file}`),
        '',
      ]),
];
