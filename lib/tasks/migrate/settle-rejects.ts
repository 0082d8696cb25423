/** What does not come is written down before anything is touched; whether the run may go on without it is the operator's word. */
import {inPlural} from '../../model/amounts.ts';
import {OpsError} from '../../model/errors.ts';
import {lossOf, takenLine} from '../../model/migrate/policy.ts';
import type {Context} from '../context.ts';
import type {PlannedSource} from './carry-out.ts';

export type Strictness = {
  /** Beside the copy of the source when undefined. */
  readonly folder: string | undefined;
  readonly isStrict: boolean;
};

/** The same plan with the files of its rejects. Errors: notIntact where something is lost and nothing may be. */
export const settleRejects = async (
  context: Context,
  planned: PlannedSource,
  {folder, isStrict}: Strictness,
): Promise<PlannedSource> => {
  const {reported, copy, writeRejects} = planned;
  const {accounts} = reported;
  if (accounts.length === 0 || writeRejects === undefined) return planned;
  const place = folder ?? copy.replace(/\.db$/, '.rejects');
  const files = await writeRejects(context, place);
  const {rows, cells} = lossOf(accounts);
  const isLost = rows + cells > 0;
  if (!isLost || !isStrict)
    return files.length === 0 ? planned : {...planned, reported: {...reported, rejects: files}};
  const lines = accounts.flatMap(({taken}) => taken.map(takenLine));
  throw new OpsError(
    'notIntact',
    `${inPlural(rows, 'row')} would be rejected and ${inPlural(cells, 'cell')} made NULL: ${lines.join('; ')}; nothing was touched`,
    {
      hint: `they are in ${files.join(', ')}: mend them in the source, or go on without them with --no-strict`,
    },
  );
};
