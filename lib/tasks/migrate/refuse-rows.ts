import {OpsError} from '../../model/errors.ts';
import type {MigratePlan} from '../../model/migrate/migrate-plan.ts';
import {refusedLines} from '../../model/migrate/row-plan.ts';

/** Errors: usage where rows can't come as they are asked for, or come to rows and nobody said what becomes of those. */
export const refuseRows = ({refusals = [], rows = [], schema, database}: MigratePlan): void => {
  if (refusals.length > 0)
    throw new OpsError(
      'usage',
      `${refusals.map(({what}) => what).join('; ')}; nothing was touched`,
      {hint: refusals.map(({hint}) => hint).join('; ')},
    );
  const refused = refusedLines(rows);
  if (refused.length === 0) return;
  throw new OpsError(
    'usage',
    `the schema '${schema}' of '${database}' has already: ${refused.join(', ')}; nothing was touched`,
    {
      hint: '--on-existing truncate empties them first (kept beside; `pgkeep undo` takes it back), --on-existing append brings the rows alone that are missing',
    },
  );
};
