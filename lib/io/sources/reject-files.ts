/** The files of what does not come, or not as it was: a line of JSON for each cell, written by SQLite itself. */
import {createHash} from 'node:crypto';
import {lstat, rename} from 'node:fs/promises';
import {join} from 'node:path';
import {sqliteRead, sqliteScript} from '../../commands/sqlite.ts';
import {OpsError} from '../../model/errors.ts';
import {slugOf} from '../../model/set-name.ts';
import {checksumOf} from '../checksum.ts';
import {intoFile, removeFile} from '../descriptor.ts';
import {ownFolder, syncFolder} from '../durable.ts';
import type {Shell} from '../shell.ts';
import type {FileReading} from './sqlite.ts';

export type Records = {
  /** Statements that print the lines, by table. */
  readonly records: ReadonlyMap<string, readonly string[]>;
  readonly folder: string;
};

/** `<folder>/<table>.jsonl`, 0600, each whole or not there. Gives their paths. Errors: usage for one that is there; unavailable, toolFailed. */
export const writeRejectFiles = async (
  shell: Shell,
  {path, escapes}: FileReading,
  {records, folder}: Records,
): Promise<readonly string[]> => {
  if (records.size === 0) return [];
  await ownFolder(folder);
  const files: string[] = [];
  for (const [table, statements] of records) {
    const file = join(folder, `${fileNameOf(table)}.jsonl`);
    const aside = `${file}.partial`;
    await removeFile(aside);
    try {
      const read = sqliteRead(path, {printing: 'values', escapes});
      await intoFile(aside, (output) =>
        shell.pipe([read], {input: sqliteScript(statements), output}),
      );
      await refuseOther(file, aside);
      await rename(aside, file);
    } finally {
      await removeFile(aside);
    }
    files.push(file);
  }
  await syncFolder(folder);
  return files;
};

/** What an earlier run wrote down may be all that is left of its rows: only the same is put in its place. */
const refuseOther = async (file: string, next: string): Promise<void> => {
  if ((await lstat(file).catch(() => undefined)) === undefined) return;
  const [there, here] = [await checksumOf(file), await checksumOf(next)];
  if (there.sha256 === here.sha256) return;
  throw new OpsError('usage', `'${file}' is there already, with other lines`, {
    hint: 'nothing was touched: name another folder with --rejects, or move it away',
  });
};

/** The table's own name where any file system takes it. */
const fileNameOf = (table: string): string =>
  /^[a-z0-9_][a-z0-9_-]{0,62}$/i.test(table)
    ? table
    : `${slugOf(table)}-${createHash('sha256').update(table).digest('hex').slice(0, 8)}`;
