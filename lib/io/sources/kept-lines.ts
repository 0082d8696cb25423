/** The lines that were read from a source, kept beside the backups: they alone are loaded and compared with. */
import {rename} from 'node:fs/promises';
import {dirname, join} from 'node:path';
import {timeOf} from '../../model/set-id.ts';
import {intoFile, removeFile} from '../descriptor.ts';
import {ownFolder, privateFolder, syncFolder} from '../durable.ts';
import {namesIn} from '../store.ts';

/** No shelf of a database is called so. */
const folderName = '.sources';

export type KeptAs = {
  /** Where sets live. */
  readonly backups: string;
  /** Of the source, for people. */
  readonly name: string;
  readonly run: string;
};

/** Where to write, and a name that others than this run do not use for what is read once. */
export type Place = {readonly descriptor: number; readonly passing: string};

/** `backups/.sources/<name>-<run>.copy`, 0600; `psql`'s COPY reads it. Errors: unavailable, toolFailed. */
export const keepLines = async <Value>(
  {backups, name, run}: KeptAs,
  write: (place: Place) => Promise<Value>,
): Promise<{readonly path: string; readonly value: Value}> => {
  const folder = join(backups, folderName);
  await ownFolder(backups);
  await privateFolder(folder);
  const path = join(folder, `${slug(name)}-${run}.copy`);
  const aside = `${path}.partial`;
  await sweep(folder, run);
  const written: Value[] = [];
  try {
    await intoFile(aside, async (descriptor) => {
      written.push(await write({descriptor, passing: `${aside}-keys`}));
    });
    await rename(aside, path);
  } finally {
    await removeFile(aside);
  }
  await syncFolder(dirname(path));
  return {path, value: written[0] as Value};
};

/** What runs that were killed have left behind, once nobody can be at it any more. */
const sweep = async (folder: string, run: string): Promise<void> => {
  for (const name of await namesIn(folder)) {
    const [, id] = /-(\d{8}T\d{6}Z)\.copy\../.exec(name) ?? [];
    if (id !== undefined && timeOf(run) - timeOf(id) > dayMilliseconds)
      await removeFile(join(folder, name));
  }
};

const dayMilliseconds = 86_400_000;

const slug = (name: string): string =>
  name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')
    .slice(0, 60) || 'source';
