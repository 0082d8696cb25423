/** How the outcome of several databases is told: a line each, a summary, one document. */
import {type OpsError, worstExit} from '../lib/model/errors.ts';
import {printable} from '../lib/model/redact.ts';
import type {Outcome} from '../lib/tasks/backup-several.ts';
import {errorDocument} from './_tell.ts';

/** `done` says what was done, as in '2 backed up'. */
export const outcomeLines = <Result>(
  outcomes: readonly Outcome<Result>[],
  {line, done}: {line: (result: Result) => string; done: string},
): string => {
  const failed = outcomes.filter((outcome) => 'error' in outcome).length;
  return [
    ...outcomes.flatMap((outcome) =>
      'error' in outcome ? failureLines(outcome) : [line(outcome.result)],
    ),
    `${outcomes.length} databases: ${outcomes.length - failed} ${done}, ${failed} failed`,
  ].join('\n');
};

const failureLines = ({database, error}: {database: string; error: OpsError}) => [
  `FAILED  ${printable(database)}  ${printable(error.message)} (exit code ${error.exit})`,
  ...(error.hint === undefined ? [] : [`    hint: ${printable(error.hint)}`]),
];

/** `{databases: [{database, …} | {database, error}]}`, secrets masked. */
export const outcomeDocument = <Result>(
  outcomes: readonly Outcome<Result>[],
  {json, redact}: {json: (result: Result) => object; redact: (text: string) => string},
) => ({
  databases: outcomes.map((outcome) =>
    'error' in outcome
      ? {database: outcome.database, error: errorDocument(outcome.error, redact)}
      : {database: outcome.database, ...json(outcome.result)},
  ),
});

/** The exit code of the gravest. */
export const exitOf = (outcomes: readonly Outcome<unknown>[]): number =>
  worstExit(outcomes.map((outcome) => ('error' in outcome ? outcome.error.exit : 0)));
