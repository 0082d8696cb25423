/** Writes a store as files: all aside first, read back, and only then each in its place. */

import {createHash} from 'node:crypto';
import {lstat, readFile, rename} from 'node:fs/promises';
import {dirname} from 'node:path';
import {OpsError} from '../../model/errors.ts';
import {parseJson} from '../../model/migrate/json-value.ts';
import {jsonbText} from '../../model/migrate/jsonb-text.ts';
import {
  cellsIn,
  indented,
  type OwnFile,
  ownFileOf,
  storeLine,
} from '../../model/migrate/store-file.ts';
import {printable} from '../../model/redact.ts';
import {checksumOf} from '../checksum.ts';
import {intoFile, removeFile} from '../descriptor.ts';
import {ownFolder, syncFolder} from '../durable.ts';
import {linesIn, lineWriter} from '../line-file.ts';

export type StorePaths = Readonly<Record<OwnFile, string>> & {
  /** For everything that has no file of its own. */
  readonly lines: string;
};

export type WrittenFile = {readonly path: string; readonly rows: number};

type Written = WrittenFile & {readonly aside: string};

/**
 * Write the rows of `copy`, whose lines have these columns. Gives the files, none for what there is no row of. Errors:
 * notIntact where a file read back is not what was written; toolFailed.
 */
export const writeStore = async (
  copy: string,
  {paths, columns, run}: {paths: StorePaths; columns: readonly string[]; run: string},
): Promise<readonly WrittenFile[]> => {
  const files: Written[] = [];
  try {
    for (const path of Object.values(paths)) await ownFolder(dirname(path));
    await writeAside(copy, {paths, columns}, files);
    for (const {path, aside} of files) {
      await keepOld(path, run);
      await rename(aside, path);
      await syncFolder(dirname(path));
    }
    return files.map(({path, rows}) => ({path, rows}));
  } finally {
    await Promise.all(Object.values(paths).map((path) => removeFile(asideOf(path))));
  }
};

const asideOf = (path: string) => `${path}.incoming`;

/** Those of these files that are there. */
export const presentAmong = async (paths: StorePaths): Promise<readonly string[]> => {
  const there = await Promise.all(
    Object.values(paths).map((path) =>
      lstat(path).then(
        () => [path],
        () => [],
      ),
    ),
  );
  return there.flat();
};

const keepOld = async (path: string, run: string) => {
  await rename(path, `${path}.before-${run}`).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error;
  });
};

type Form = {readonly paths: StorePaths; readonly columns: readonly string[]};

const writeAside = async (
  copy: string,
  {paths, columns}: Form,
  files: Written[],
): Promise<void> => {
  const hash = createHash('sha256');
  const documents = new Map<OwnFile, string>();
  const state = {rows: 0};
  const aside = asideOf(paths.lines);
  await removeFile(aside);
  await intoFile(aside, async (descriptor) => {
    const writer = lineWriter(descriptor);
    for await (const lines of linesIn(copy, {atOnce: 100}))
      for (const line of lines) {
        const cells = cellsIn(Buffer.from(line, 'latin1').toString('utf8'), columns);
        const own = ownFileOf(cells);
        if (own) documents.set(own, cells['data'] ?? '');
        else {
          const text = storeLine(cells);
          hash.update(text);
          writer.write(text);
          state.rows += 1;
        }
      }
    writer.end();
  });
  for (const [own, data] of documents) files.push(await writeDocument(paths[own], data));
  if (state.rows === 0) return;
  if ((await checksumOf(aside)).sha256 !== hash.digest('hex')) throw notTheSame(paths.lines);
  files.push({path: paths.lines, rows: state.rows, aside});
};

const writeDocument = async (path: string, data: string): Promise<Written> => {
  const aside = asideOf(path);
  await removeFile(aside);
  await intoFile(aside, async (descriptor) => {
    const writer = lineWriter(descriptor);
    writer.write(`${indented(parseJson(data, {for: 'jsonb'}))}\n`);
    writer.end();
  });
  const back = jsonbText(parseJson(await readFile(aside, 'utf8'), {for: 'jsonb'}));
  if (back !== data) throw notTheSame(path);
  return {path, rows: 1, aside};
};

const notTheSame = (path: string) =>
  new OpsError('notIntact', `'${printable(path)}' read back is not what was written`, {
    hint: 'check the disk (dmesg), then run again: the files are what they were',
  });
