/** What is said to `pg_restore`. */
import type {Command} from '../model/command.ts';
import type {Connection} from '../model/connection.ts';
import {type Binaries, deadLink, tool} from './postgres.ts';

/** Where pg_restore reads an archive: its standard input, a file, or a folder in directory format. */
export type Archive = 'input' | {readonly file: string} | {readonly folder: string};

/** The table of contents of an archive. Reads no rows: it proves nothing about them. */
export const pgRestoreList = (binaries: Binaries, archive: Archive): Command =>
  pgRestore(binaries, archive, ['--list']);

/**
 * An archive as SQL, to nowhere or to standard output: reads every byte of it.
 * https://www.postgresql.org/docs/current/app-pgrestore.html
 */
export const pgRestoreScript = (
  binaries: Binaries,
  archive: Archive,
  {to, create = false}: {readonly to: 'nowhere' | 'output'; readonly create?: boolean},
): Command =>
  pgRestore(binaries, archive, [
    `--file=${to === 'nowhere' ? '/dev/null' : '-'}`,
    ...(create ? ['--create'] : []),
  ]);

/** An archive into the connection's database, stopping at the first error; the database must be new and empty. */
export const pgRestoreInto = (
  connection: Connection,
  binaries: Binaries,
  {
    archive,
    jobs = 1,
    list,
    isOurs = true,
  }: {
    readonly archive: Archive;
    /** Else nothing is said of owners and grants. */
    readonly isOurs?: boolean;
    readonly jobs?: number;
    /** A file with the entries to restore, as `--list` printed them; all when absent. */
    readonly list?: string | undefined;
  },
): Command =>
  pgRestore(
    binaries,
    archive,
    [
      '--exit-on-error',
      '--no-password',
      ...(jobs > 1 ? [`--jobs=${jobs}`] : []),
      ...(isOurs ? [] : ['--no-owner', '--no-privileges']),
      ...(list === undefined ? [] : [`--use-list=${list}`]),
      `--dbname=${deadLink}`,
    ],
    connection.libpq,
  );

const pgRestore = (
  binaries: Binaries,
  archive: Archive,
  args: readonly string[],
  env: Command['env'] = {},
): Command =>
  tool(binaries, 'pg_restore', {
    args: [...args, ...placeOf(archive)],
    env,
    input: archive === 'input' ? 'data' : 'none',
  });

const placeOf = (archive: Archive): readonly string[] => {
  if (archive === 'input') return [];
  return 'file' in archive ? [archive.file] : ['--format=directory', archive.folder];
};
