import {join} from 'node:path';
import {readShelf, type StoredSet} from '../io/store.ts';
import {OpsError} from '../model/errors.ts';
import type {Context} from './context.ts';
import {type Pruned, prune} from './prune.ts';

/** A new set smaller than this share of the one before it stops retention: it may be the bad one. */
const suspiciousShare = 0.5;

/**
 * Retention after a backup: not carried out when the new set is suspiciously small, when the
 * policy would remove more than half at once, or when another run is at work; each with a warning,
 * since the backup itself stands.
 */
export const pruneAfter = async (context: Context, set: StoredSet): Promise<Pruned | undefined> => {
  const shelf = join(set.folder, '..');
  const {sets} = await readShelf(shelf);
  const before = sets.filter(({manifest}) => manifest.id < set.manifest.id).at(-1);
  if (before && bytesOf(set) < bytesOf(before) * suspiciousShare) {
    context.reporter.warn(
      `the new set has ${bytesOf(set)} bytes, the one before ${bytesOf(before)}: no older set was removed; look at what is gone, then run \`pgkeep prune\``,
    );
    return undefined;
  }
  try {
    const pruned = await prune(context, shelf);
    if (pruned.objection !== undefined)
      context.reporter.warn(
        `no set was removed: ${pruned.objection}; \`pgkeep prune --dry-run\` shows them`,
      );
    return pruned;
  } catch (error) {
    if (!(error instanceof OpsError) || error.kind !== 'locked') throw error;
    context.reporter.warn(`no set was removed: ${error.message}`);
    return undefined;
  }
};

const bytesOf = ({manifest}: StoredSet) => manifest.files.reduce((sum, {bytes}) => sum + bytes, 0);
