/** Looks for texts that are more than plain ASCII: programs that read bytes are faster at it than SQL. */
import * as asks from '../../commands/migrate-profile.ts';
import {sqliteRead, sqliteScript} from '../../commands/sqlite.ts';
import {firstByte} from '../../commands/stream.ts';
import {ToolError} from '../../io/shell.ts';
import {askSqlite} from '../../io/sources/sqlite.ts';
import {OpsError} from '../../model/errors.ts';
import type {Context} from '../context.ts';
import type {Reading} from './profile-tables.ts';

export type WithTexts = {
  readonly table: {readonly name: string};
  readonly columns: readonly string[];
};

/** Whether the texts are ASCII with nothing in it to escape, as most are: then nothing more is asked of them. */
export const isPlainText = async (
  {shell}: Context,
  {path, escapes, views = []}: Reading,
  tables: readonly WithTexts[],
): Promise<boolean> => {
  if (tables.length === 0) return true;
  const statements = tables.map(({table, columns}) => asks.allTexts(table.name, columns));
  const read = sqliteRead(path, {printing: 'apart', escapes});
  const {stdout} = await shell.pipe([read, asks.withoutPlainText, firstByte], {
    ...{input: sqliteScript([...views, ...statements]), output: 'text', mayStopEarly: true},
  });
  return stdout === '';
};

/** All texts of all tables past one program; only where it finds something, column by column. */
export const invalidTexts = async (
  context: Context,
  reading: Reading,
  tables: readonly WithTexts[],
) => {
  const found = new Map<string, number>();
  if (!(await hasInvalid(context, reading, tables))) return found;
  for (const {table, columns} of tables) {
    const statements = columns.map((column) => asks.invalidTexts(table.name, column));
    const lines = await askSqlite(context.shell, reading, statements);
    for (const [at, column] of columns.entries())
      found.set(columnKey(table.name, column), Number(lines[at]));
  }
  return found;
};

const hasInvalid = async (
  {shell}: Context,
  {path, escapes, views = []}: Reading,
  tables: readonly WithTexts[],
): Promise<boolean> => {
  const statements = tables.map(({table, columns}) => asks.allTexts(table.name, columns));
  try {
    await shell.pipe([sqliteRead(path, {printing: 'values', escapes}), asks.linesOfNoUtf8], {
      input: sqliteScript([...views, ...statements]),
      output: 'text',
      mayStopEarly: true,
    });
    return true;
  } catch (error) {
    // Exit code 1 of grep: no such line.
    if (isNoMatch(error)) return false;
    throw error;
  }
};

const isNoMatch = (error: unknown): boolean =>
  error instanceof OpsError &&
  error.message.startsWith('grep ') &&
  error.cause instanceof ToolError &&
  error.cause.exitCode === 1;

export const columnKey = (table: string, column: string): string => JSON.stringify([table, column]);
