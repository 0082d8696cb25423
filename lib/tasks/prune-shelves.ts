import {OpsError} from '../model/errors.ts';
import type {Context} from './context.ts';
import {readShelves} from './find-set.ts';
import {type Pruned, planPrune, prune} from './prune.ts';
import {adviceOn, factsOf} from './tell-falls.ts';

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
  /** Another run was at work on it: what it would have removed is still there. */
  readonly isLocked: boolean;
};

/**
 * Retention on every shelf: one that is refused or locked does not keep the others from being pruned.
 * Errors: usage where nothing was removed because it was refused; toolFailed.
 */
export const pruneShelves = async (
  context: Context,
  {database, isDryRun, allowLarge}: PruneRequest,
): Promise<readonly PrunedShelf[]> => {
  const done: PrunedShelf[] = [];
  for (const shelf of await readShelves(context, database)) {
    const carriedOut = isDryRun
      ? undefined
      : await pruneUnlessLocked(context, shelf.folder, allowLarge);
    const pruned = carriedOut ?? (await planPrune(context, shelf.folder, {allowLarge}));
    const isLocked = !isDryRun && carriedOut === undefined;
    const isRefused = !isLocked && pruned.objections.length > 0;
    if (isLocked) context.reporter.warn(`'${shelf.database}': another run is at work on it`);
    done.push({...pruned, database: shelf.database, isRefused, isLocked});
  }
  if (isDryRun) return done;
  const refused = done.filter(({isRefused}) => isRefused);
  if (refused.length > 0 && done.every(({removed}) => removed.length === 0)) throw refusal(refused);
  for (const one of refused)
    context.reporter.warn(`${tellRefusal(one)}: nothing was removed there`);
  return done;
};

const pruneUnlessLocked = async (
  context: Context,
  folder: string,
  allowLarge: boolean,
): Promise<Pruned | undefined> => {
  try {
    return await prune(context, folder, {allowLarge});
  } catch (error) {
    if (error instanceof OpsError && error.kind === 'locked') return undefined;
    throw error;
  }
};

const refusal = (refused: readonly PrunedShelf[]): OpsError =>
  new OpsError('usage', `${refused.map(tellRefusal).join('; ')}: nothing was removed`, {
    hint: hintFor(refused.flatMap(({falls}) => falls)),
  });

const hintFor = (falls: Pruned['falls']): string =>
  falls.length > 0
    ? adviceOn(falls)
    : '`pgkeep prune --dry-run` shows each set; pin what must stay, or run again with --allow-large-prune if it is meant to be so';

const tellRefusal = ({database, falls, objections}: PrunedShelf): string =>
  `'${database}': ${[...factsOf(falls), ...objections.slice(falls.length)].join('; ')}`;
