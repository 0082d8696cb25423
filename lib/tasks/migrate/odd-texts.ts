/** Looks for texts that are more than plain ASCII: programs that read bytes are faster at it than SQL. */
import type {Part} from '../../commands/migrate-part.ts';
import * as asks from '../../commands/migrate-profile.ts';
import {sqliteRead, sqliteScript} from '../../commands/sqlite.ts';
import {firstByte} from '../../commands/stream.ts';
import {ToolError} from '../../io/shell.ts';
import {askSqlite} from '../../io/sources/sqlite.ts';
import {OpsError} from '../../model/errors.ts';
import type {Context} from '../context.ts';
import {together} from '../together.ts';
import type {Portion} from './portions.ts';
import type {Reading, SharedReading} from './profile-tables.ts';

/** `isPure`: it holds texts alone, and NULL. */
export type TextColumn = {readonly name: string; readonly isPure: boolean};

/** Columns that have texts, by the table's name. */
export type Texts = ReadonlyMap<string, readonly TextColumn[]>;

type Asked = {readonly portions: readonly Portion[]; readonly texts: Texts};

/** Whether the texts are ASCII with nothing in it to escape, as most are: then nothing more is asked of them. */
export const isPlainText = async (
  context: Context,
  {path, escapes, views = [], slots}: SharedReading,
  {portions, texts}: Asked,
): Promise<boolean> => {
  const read = sqliteRead(path, {printing: 'apart', escapes});
  const asked = portions
    .map((portion) => portion.flatMap(({part}) => textsOf(part, texts)))
    .filter((statements) => statements.length > 0);
  const found = await together(
    context,
    asked.map((statements) => ({shell}: Context) => {
      const input = sqliteScript([...views, ...statements]);
      return slots.use(1, () =>
        shell.pipe([read, asks.withoutPlainText, firstByte], {
          ...{input, output: 'text', mayStopEarly: true},
        }),
      );
    }),
  );
  return found.every(({stdout}) => stdout === '');
};

const textsOf = (part: Part, texts: Texts): readonly string[] => {
  const columns = texts.get(part.table) ?? [];
  return columns.length === 0 ? [] : [asks.allTexts(part, columns)];
};

/** All texts of all tables past one program; only where it finds something, column by column. */
export const invalidTexts = async (context: Context, reading: Reading, texts: Texts) => {
  const found = new Map<string, number>();
  if (!(await hasInvalid(context, reading, texts))) return found;
  for (const [table, columns] of texts) {
    if (columns.length === 0) continue;
    const statements = columns.map(({name}) => asks.invalidTexts(table, name));
    const lines = await askSqlite(context.shell, reading, statements);
    for (const [at, {name}] of columns.entries())
      found.set(columnKey(table, name), Number(lines[at]));
  }
  return found;
};

const hasInvalid = async (
  {shell}: Context,
  {path, escapes, views = []}: Reading,
  texts: Texts,
): Promise<boolean> => {
  const statements = [...texts.keys()].flatMap((table) => textsOf({table}, texts));
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
