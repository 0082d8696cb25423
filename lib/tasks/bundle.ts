/** A set as one file that can be carried anywhere, and back among the sets. */

import {dirname, join, resolve} from 'node:path';
import {listMembers, packInto, unpackTo} from '../io/archive.ts';
import {ownFolder} from '../io/durable.ts';
import {withLock} from '../io/lock.ts';
import {type Staging, withStaging} from '../io/staging.ts';
import {openSet, prepareShelf, readShelf, type StoredSet, shelfFolder} from '../io/store.ts';
import {bundleFaults, membersOf} from '../model/bundle.ts';
import {OpsError} from '../model/errors.ts';
import {type Manifest, parseManifest} from '../model/manifest.ts';
import type {Context} from './context.ts';
import {findSet} from './find-set.ts';
import {readingSet} from './reading-set.ts';
import {sweep} from './sweep.ts';
import {checkFiles} from './verify.ts';

export type Bundled = {readonly set: StoredSet; readonly file: string};

/**
 * Pack a set into a tar file; the same set gives the same bytes. What was found out about it
 * (proofs, pins) stays behind: it is no part of the set.
 * Errors: usage for an unknown set or a file that is there; notIntact for a damaged set.
 */
export const bundle = async (
  context: Context,
  {name, database, out}: {name: string; database: string | undefined; out: string | undefined},
): Promise<Bundled> => {
  const set = await findSet(context, name, database);
  return readingSet(context, set, () => pack(context, set, out));
};

const pack = async (
  context: Context,
  set: StoredSet,
  out: string | undefined,
): Promise<Bundled> => {
  const problems = await checkFiles(context, set);
  if (problems.length > 0)
    throw new OpsError(
      'notIntact',
      `the set ${set.manifest.id} is damaged: ${problems.join('; ')}`,
      {
        hint: 'bundle another one: `pgkeep list` shows them',
      },
    );
  const shelf = dirname(set.folder);
  const file = resolve(out ?? `${shelf.split('/').at(-1)}-${set.manifest.id}.tar`);
  await packInto(file, {folder: shelf, names: membersOf(set.manifest)});
  return {set, file};
};

/**
 * Take a bundle in among the sets, after every member has been checked against its manifest. It
 * counts as unproven here until it is verified here.
 * Errors: notIntact for a damaged or hostile bundle; usage where a set of that id is there.
 */
export const openBundle = async (context: Context, file: string): Promise<StoredSet> => {
  const {members, first} = await listMembers(resolve(file));
  if (!members[0]?.path.endsWith('/manifest.json'))
    throw new OpsError('notIntact', `'${file}' is no bundle: it does not begin with a manifest`, {
      hint: '`pgkeep bundle SET` makes one',
    });
  const manifest = parseManifest(first, `the manifest in '${file}'`);
  const faults = bundleFaults(manifest, members);
  if (faults.length > 0)
    throw new OpsError(
      'notIntact',
      `'${file}' is not what its manifest says: ${faults.join('; ')}`,
      {
        hint: 'nothing of it was kept; fetch the bundle again from where it was made',
      },
    );
  const {backups} = context.settings;
  const shelf = shelfFolder(backups, manifest.database);
  await prepareShelf(backups, shelf);
  const lock = {
    file: join(shelf, '.lock'),
    verb: 'bundle --open',
    since: context.now.toISOString(),
  };
  return withLock(context.shell, lock, async () => {
    await sweep(context, shelf);
    const {sets} = await readShelf(shelf);
    if (sets.some((set) => set.manifest.id === manifest.id))
      throw new OpsError(
        'usage',
        `the set ${manifest.id} of '${manifest.database}' is there already`,
      );
    return withStaging(shelf, manifest.id, (staging) =>
      unpack(context, resolve(file), {manifest, staging}),
    );
  });
};

const unpack = async (
  context: Context,
  file: string,
  {manifest, staging}: {manifest: Manifest; staging: Staging},
): Promise<StoredSet> => {
  const names = new Map(manifest.files.map(({name}) => [`${manifest.id}/${name}`, name]));
  for (const folder of new Set([...names.values()].map(dirname)))
    await ownFolder(join(staging.folder, folder));
  await unpackTo(file, (member) => {
    const name = names.get(member);
    return name === undefined ? undefined : join(staging.folder, name);
  });
  const problems = await checkFiles(context, {folder: staging.folder, manifest});
  if (problems.length > 0)
    throw new OpsError('notIntact', `'${file}' is damaged: ${problems.join('; ')}`, {
      hint: 'nothing of it was kept; fetch the bundle again from where it was made',
    });
  return openSet(await staging.publish(manifest, undefined));
};
