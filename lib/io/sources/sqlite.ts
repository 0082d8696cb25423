/** The hands for SQLite files: the program, the safe copy, and reading from it. */
import {open, rename, stat} from 'node:fs/promises';
import {basename, join} from 'node:path';
import * as sentences from '../../commands/sqlite.ts';
import {OpsError} from '../../model/errors.ts';
import {slugOf} from '../../model/set-name.ts';
import {removeFile} from '../descriptor.ts';
import {ownFolder, privateFolder, syncFile, syncFolder} from '../durable.ts';
import {freeBytes} from '../folder-size.ts';
import type {Shell} from '../shell.ts';
import {freeId, sweepPartials} from './copies.ts';

export type Sqlite = {
  /** 3.50 and later print control characters as pictures unless told otherwise. */
  readonly escapes: boolean;
  readonly version: string;
};

const oldest = [3, 37] as const;

/** The `sqlite3` program of this host. Errors: unavailable where there is none, or an older one than works. */
export const findSqlite = async (shell: Shell): Promise<Sqlite> => {
  const {stdout} = await shell
    .run(sentences.sqliteVersion, {kind: 'unavailable'})
    .catch((cause) => {
      shell.signal.throwIfAborted();
      throw new OpsError('unavailable', 'the program sqlite3 does not work here', {
        hint: 'install it (Debian: apt-get install sqlite3)',
        cause,
      });
    });
  const [version = '', major = '0', minor = '0'] = /^(\d+)\.(\d+)[.\d]*/.exec(stdout) ?? [];
  const isOld =
    Number(major) < oldest[0] || (Number(major) === oldest[0] && Number(minor) < oldest[1]);
  if (isOld)
    throw new OpsError(
      'unavailable',
      `sqlite3 is ${version || stdout.slice(0, 40)}, ${oldest.join('.')} or later is needed`,
      {hint: 'it reads a stranger’s file safely only since then: upgrade it'},
    );
  return {version, escapes: Number(major) > 3 || Number(minor) >= 50};
};

/** Errors: usage where it is no file, notIntact where it is no SQLite database. */
export const assertDatabase = async (file: string): Promise<number> => {
  const found = await stat(file).catch(() => undefined);
  if (!found?.isFile())
    throw new OpsError('usage', `there is no file '${file}'`, {
      hint: 'name the database file of the application with --sqlite-path',
    });
  const handle = await open(file, 'r');
  try {
    const {buffer, bytesRead} = await handle.read(Buffer.alloc(16), 0, 16, 0);
    const isDatabase = bytesRead === 0 || buffer.toString('latin1') === 'SQLite format 3\0';
    if (isDatabase) return found.size;
  } finally {
    await handle.close();
  }
  throw new OpsError('notIntact', `'${file}' is no SQLite database`, {
    hint: 'it may be encrypted, compressed or damaged: `sqlite3 FILE .schema` should show its tables',
  });
};

export type Copy = {
  /** Absolute path. */
  readonly path: string;
  readonly bytes: number;
};

/** A writer makes a copy page by page begin anew with each commit: then one reading does it. */
const backupSeconds = 120;

/**
 * A copy of a database in `backups/sqlite`, complete before it has its name; the source is opened for reading
 * alone, and its log with it. Errors: usage, notIntact, unavailable (space), toolFailed.
 */
export const copyDatabase = async (
  shell: Shell,
  file: string,
  {backups, run}: {readonly backups: string; readonly run: string},
): Promise<Copy> => {
  const bytes = await assertDatabase(file);
  const folder = join(backups, 'sqlite');
  await ownFolder(backups);
  await privateFolder(folder);
  await assertRoom(folder, bytes);
  const name = `${slugOf(basename(file).replace(/\.(db|sqlite3?)$/i, ''))}-${await freeId(folder, run)}.db`;
  const partial = `${name}.${process.pid}.partial`;
  const path = join(folder, name);
  await sweepPartials(folder);
  try {
    await copyInto(shell, file, {folder, partial});
    await shell.run(sentences.sqliteSettle(partial), {cwd: folder}).catch((cause: unknown) => {
      shell.signal.throwIfAborted();
      throw notCopied(file, cause);
    });
    await syncFile(join(folder, partial));
    await rename(join(folder, partial), path);
    await syncFolder(folder);
    return {path, bytes: (await stat(path)).size};
  } catch (error) {
    for (const end of ['', '-journal', '-wal', '-shm'])
      await removeFile(join(folder, partial + end));
    throw error;
  }
};

type Place = {readonly folder: string; readonly partial: string};

const copyInto = async (shell: Shell, file: string, {folder, partial}: Place): Promise<void> => {
  const limit = AbortSignal.timeout(backupSeconds * 1_000);
  try {
    await shell.run(sentences.sqliteBackup(file, partial), {cwd: folder, signal: limit});
  } catch (error) {
    shell.signal.throwIfAborted();
    await removeFile(join(folder, partial));
    await shell
      .run(sentences.sqliteVacuumInto(file, partial), {cwd: folder})
      .catch((cause: unknown) => {
        shell.signal.throwIfAborted();
        throw notCopied(file, limit.aborted ? cause : error);
      });
  }
};

const notCopied = (file: string, cause: unknown) => {
  const isDamaged = /malformed|not a database|corrupt/i.test(
    cause instanceof OpsError ? String((cause.cause as Error | undefined)?.message) : '',
  );
  return new OpsError(isDamaged ? 'notIntact' : 'toolFailed', `'${file}' could not be copied`, {
    hint: isDamaged
      ? 'it is damaged: `sqlite3 FILE .recover` saves what can be read into a new one'
      : 'see the cause; stop the application for a moment if it holds the file locked',
    cause,
  });
};

const assertRoom = async (folder: string, bytes: number): Promise<void> => {
  const free = await freeBytes(folder);
  if (free >= bytes * 1.1) return;
  throw new OpsError(
    'unavailable',
    `${free} bytes are free at '${folder}', the copy needs ${bytes}`,
    {
      hint: 'free some space, or set PGKEEP_BACKUPS to a larger disk',
    },
  );
};

export type FileReading = {
  readonly path: string;
  readonly escapes: boolean;
  /** Made first: views that stand before tables. */
  readonly views?: readonly string[];
};

/** The lines that statements print. Errors: notIntact where the file can't be read through. */
export const askSqlite = async (
  shell: Shell,
  {path, escapes, views = []}: FileReading,
  statements: readonly string[],
): Promise<readonly string[]> => {
  const {stdout} = await shell
    .run(sentences.sqliteRead(path, {printing: 'values', escapes}), {
      input: sentences.sqliteScript([...views, ...statements]),
      kind: 'notIntact',
    })
    .catch((error: unknown) => {
      shell.signal.throwIfAborted();
      throw new OpsError(
        'notIntact',
        'the source is damaged, or made for another program: it could not be read',
        {
          hint: '`sqlite3 FILE .recover` saves what can be read into a new file',
          cause: error instanceof OpsError ? error.cause : error,
        },
      );
    });
  return stdout.split('\n').slice(0, -1);
};
