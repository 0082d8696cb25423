import {OpsError} from '../model/errors.ts';
import type {Context} from './context.ts';
import {readShelves} from './find-set.ts';
import {type Pruned, planPrune, prune} from './prune.ts';
import {tellFalls} from './tell-falls.ts';

export type PruneRequest = {
  /** Undefined: every database's shelf. */
  readonly database: string | undefined;
  readonly isDryRun: boolean;
  readonly allowLarge: boolean;
};

export type PrunedShelf = Pruned & {
  readonly database: string;
  /** Something kept the policy from being carried out. */
  readonly isRefused: boolean;
};

/**
 * Retention on every shelf: one that is refused does not keep the others from being pruned.
 * Errors: usage where nothing was removed because it was refused; locked; toolFailed.
 */
export const pruneShelves = async (
  context: Context,
  {database, isDryRun, allowLarge}: PruneRequest,
): Promise<readonly PrunedShelf[]> => {
  const done: PrunedShelf[] = [];
  for (const shelf of await readShelves(context, database)) {
    const pruned = isDryRun
      ? await planPrune(context, shelf.folder)
      : await prune(context, shelf.folder, {allowLarge});
    const isRefused = pruned.objections.length > 0 && !allowLarge;
    done.push({...pruned, database: shelf.database, isRefused});
  }
  if (isDryRun) return done;
  const refused = done.filter(({isRefused}) => isRefused);
  if (refused.length > 0 && done.every(({removed}) => removed.length === 0)) throw refusal(refused);
  for (const one of refused)
    context.reporter.warn(`${tellRefusal(one)}: nothing was removed there`);
  return done;
};

const refusal = (refused: readonly PrunedShelf[]): OpsError =>
  new OpsError('usage', `${refused.map(tellRefusal).join('; ')}: nothing was removed`, {
    hint: '`pgkeep prune --dry-run` shows each set; pin what must stay, or run again with --allow-large-prune if it is meant to be so',
  });

const tellRefusal = ({database, falls, objections}: PrunedShelf): string =>
  `'${database}': ${[...tellFalls(falls), ...objections.slice(falls.length)].join('; ')}`;
