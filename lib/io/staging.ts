/** Building a set aside: made complete by its manifest, published by one rename, removed if it is not. */
import {mkdir, rename} from 'node:fs/promises';
import {join} from 'node:path';
import {OpsError} from '../model/errors.ts';
import {type Manifest, readableManifest} from '../model/manifest.ts';
import type {Proof} from '../model/proof.ts';
import {sha256Of} from './checksum.ts';
import {syncFile, syncFolder, writeDurably} from './durable.ts';
import {removeFolder} from './remove-folder.ts';
import {manifestName, namesIn, recordProof} from './store.ts';

export type Staging = {
  /** Absolute path of the folder where the set is built. */
  readonly folder: string;
  /** Make the set durable, whole and visible, in that order; gives its final folder. */
  publish(manifest: Manifest, proof: Proof | undefined): Promise<string>;
};

/**
 * Build a set aside; what is not published is removed, whatever happened.
 * Needs the lock of the shelf: it sweeps what dead runs left.
 */
export const withStaging = async <Value>(
  shelf: string,
  id: string,
  work: (staging: Staging) => Promise<Value>,
): Promise<Value> => {
  const folder = join(shelf, `.${id}.partial`);
  try {
    await mkdir(folder, {mode: 0o700}).catch((cause: NodeJS.ErrnoException) => {
      throw cause.code === 'EEXIST' ? notRemoved(folder, cause) : cause;
    });
    return await work({
      folder,
      publish: (manifest, proof) => publish(shelf, folder, {manifest, proof}),
    });
  } finally {
    // What can't be removed now is swept by the next run: what `work` had to say is the news.
    await removeFolder(folder).catch(() => {});
  }
};

/** What a run of the same second left, and nobody could sweep. */
const notRemoved = (folder: string, cause: unknown) =>
  new OpsError('toolFailed', `'${folder}' is there already, and can't be removed`, {
    hint: 'remove it by hand, look at the disk (dmesg) if that fails, then run again',
    cause,
  });

// The order is the safety: bytes, then the folders that name them, then the manifest that makes
// them a set, then the one rename that shows it, then the folder that remembers the rename.
const publish = async (
  shelf: string,
  folder: string,
  {manifest, proof}: {manifest: Manifest; proof: Proof | undefined},
) => {
  const content = readableManifest(manifest);
  for (const {name} of manifest.files) await syncFile(join(folder, name));
  for (const inner of await namesIn(folder, {foldersOnly: true}))
    await syncFolder(join(folder, inner));
  if (proof) await recordProof({folder, manifestSha256: sha256Of(content)}, proof);
  await writeDurably(join(folder, manifestName), content);
  const final = join(shelf, manifest.id);
  await rename(folder, final);
  await syncFolder(shelf);
  return final;
};
