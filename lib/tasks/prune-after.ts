import {join} from 'node:path';
import type {StoredSet} from '../io/store.ts';
import {causesOf, OpsError} from '../model/errors.ts';
import type {Context} from './context.ts';
import {type Pruned, planPrune, prune} from './prune.ts';
import {tellFalls} from './tell-falls.ts';

export type AfterBackup = {
  /** Older sets stay this time; the alarm is still looked for. */
  readonly noPrune: boolean;
  readonly allowLarge: boolean;
};

/**
 * Retention after a backup: not carried out when the new set is suspiciously small, when the policy
 * would remove more than half at once, when another run is at work, or when the disk refuses; each with a warning, since
 * the backup itself stands. Undefined where nothing was looked at.
 */
export const pruneAfter = async (
  context: Context,
  set: StoredSet,
  {noPrune, allowLarge}: AfterBackup,
): Promise<Pruned | undefined> => {
  const shelf = join(set.folder, '..');
  const {reporter} = context;
  try {
    const pruned = noPrune
      ? await planPrune(context, shelf, {allowLarge: false})
      : await prune(context, shelf, {allowLarge});
    if (allowLarge && !noPrune) return pruned;
    for (const text of tellFalls(pruned.falls)) reporter.warn(text);
    const others = pruned.objections.slice(pruned.falls.length);
    if (!noPrune && others.length > 0)
      reporter.warn(`no set was removed: ${others.join('; ')}; see \`pgkeep prune --dry-run\``);
    for (const note of pruned.notes) reporter.warn(note);
    return pruned;
  } catch (error) {
    if (context.signal.aborted || !(error instanceof OpsError)) throw error;
    const why = error.kind === 'locked' ? [] : causesOf(error);
    reporter.warn(`retention was not carried out: ${[error.message, ...why].join(': ')}`);
    return undefined;
  }
};
