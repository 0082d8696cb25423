/**
 * The set of what was there, when a restore ended with nothing changed: it is what production still is, and
 * the three that retention keeps of such sets are for those that are not. One that a killed run left stays.
 */
import {whileNobodyReads} from '../io/readers.ts';
import {isPinnedNow, readShelf, removeSet, type StoredSet} from '../io/store.ts';
import {OpsError} from '../model/errors.ts';
import {standingOf} from '../model/proof.ts';
import type {Context} from './context.ts';

const patienceSeconds = 60;

/** Removes it, or says why it stays: the error that ended the restore stays the news. Needs the lock of the shelf. */
export const forgetSnapshot = async (
  context: Context,
  {snapshot, shelf, error}: {snapshot: StoredSet; shelf: string; error: unknown},
): Promise<void> => {
  const {id} = snapshot.manifest;
  const why = await whyItStays(shelf, snapshot, error);
  if (why !== undefined)
    return context.reporter.warn(`the set ${id} of what is there stays: ${why}`);
  const shell = context.shell.apart(AbortSignal.timeout(patienceSeconds * 1_000));
  try {
    await whileNobodyReads(shell, shelf, () => removeSet(snapshot));
    context.reporter.step(`the set ${id} was removed again: nothing has changed`);
  } catch (cause) {
    const said = cause instanceof Error ? cause.message : String(cause);
    context.reporter.warn(`the set ${id} of what is there stays: ${said}`);
  }
};

const whyItStays = async (shelf: string, snapshot: StoredSet, error: unknown) => {
  if (error instanceof OpsError && error.kind === 'undecided')
    return 'it is not known whether something has changed';
  if (isPinnedNow(snapshot.folder)) return 'it is pinned';
  const {sets} = await readShelf(shelf);
  const {database, server} = snapshot.manifest;
  const hasOther = sets.some(
    ({folder, manifest, proofs}) =>
      folder !== snapshot.folder &&
      manifest.database === database &&
      manifest.server.systemIdentifier === server.systemIdentifier &&
      !standingOf(proofs).isDamaged,
  );
  return hasOther ? undefined : 'there is no other of this database and server';
};
