/** Reads every value of every table twice, in C, and gives what they are. */
import * as asks from '../../commands/migrate-profile.ts';
import {sqliteRead, sqliteScript} from '../../commands/sqlite.ts';
import {ToolError} from '../../io/shell.ts';
import {askSqlite} from '../../io/sources/sqlite.ts';
import {OpsError} from '../../model/errors.ts';
import {
  type Asked,
  classesOf,
  type FirstLook,
  type Profile,
  type Question,
  questionsFor,
  type Shown,
  type StorageClass,
} from '../../model/migrate/profile.ts';
import type {Progress} from '../../model/report.ts';
import type {Context} from '../context.ts';
import {together} from '../together.ts';

export type Reading = {readonly path: string; readonly escapes: boolean; readonly jobs: number};

export type ToProfile = {
  readonly name: string;
  readonly columns: readonly (Asked & {readonly name: string})[];
};

/** By the column's name. */
export type TableProfile = {readonly rows: number; readonly columns: ReadonlyMap<string, Profile>};

/** The tables one after the other by several workers. Errors: notIntact. */
export const profileTables = async (
  context: Context,
  reading: Reading,
  {tables, update}: {readonly tables: readonly ToProfile[]; readonly update: Progress['update']},
): Promise<ReadonlyMap<string, TableProfile>> => {
  const found = new Map<string, TableProfile>();
  const queue = [...tables];
  const worker = async (inner: Context) => {
    // Several at a time: starting a program costs more than a small table.
    for (let some = queue.splice(0, 8); some.length > 0; some = queue.splice(0, 8)) {
      for (const [name, profile] of await profileSome(inner, reading, some))
        found.set(name, profile);
      update({done: found.size, total: tables.length, unit: 'tables'});
    }
  };
  await together(
    context,
    Array.from({length: reading.jobs}, () => worker),
  );
  return found;
};

const profileSome = async (context: Context, reading: Reading, tables: readonly ToProfile[]) => {
  const looks = await firstLooks(context, reading, tables);
  const asked = tables.map((table) => questionsOf(table, looks.get(table.name)));
  const withTexts = tables.map((table) => ({
    table,
    columns: textColumns(table, looks.get(table.name)),
  }));
  const [answers, invalid] = await together<
    [ReadonlyMap<string, ReadonlyMap<Question, number>>, ReadonlyMap<string, number>]
  >(context, [
    (inner) => secondLooks(inner, reading, asked),
    (inner) => invalidTexts(inner, reading, withTexts),
  ]);
  return tables.map((table): readonly [string, TableProfile] => {
    const look = looks.get(table.name);
    const columns = table.columns.map(({name}): readonly [string, Profile] => {
      const key = keyOf(table.name, name);
      const first = look?.columns.get(name) ?? empty;
      const profile = {
        ...{...first, rows: look?.rows ?? 0, answers: answers.get(key) ?? new Map()},
        invalid: invalid.get(key) ?? 0,
      };
      return [name, profile];
    });
    return [table.name, {rows: look?.rows ?? 0, columns: new Map(columns)}];
  });
};

const keyOf = (table: string, column: string) => JSON.stringify([table, column]);

const nothing: Shown = {storage: 'null', text: ''};
const empty: FirstLook = {values: 0, least: nothing, greatest: nothing};

type Look = {readonly rows: number; readonly columns: ReadonlyMap<string, FirstLook>};

const firstLooks = async ({shell}: Context, reading: Reading, tables: readonly ToProfile[]) => {
  const statements = tables.map(({name, columns}) =>
    asks.firstLook(
      name,
      columns.map((column) => column.name),
    ),
  );
  const lines = [...(await askSqlite(shell, reading, statements))];
  return new Map(
    tables.map(({name, columns}): readonly [string, Look] => {
      const rows = Number(lines.shift());
      const looks = columns.map((column) => [column.name, lookIn(lines.shift() ?? '')] as const);
      return [name, {rows, columns: new Map(looks)}];
    }),
  );
};

type Printed = readonly [
  number,
  readonly [StorageClass, unknown],
  readonly [StorageClass, unknown],
];

const lookIn = (line: string): FirstLook => {
  const [values, least, greatest] = JSON.parse(line) as Printed;
  const shown = ([storage, text]: readonly [StorageClass, unknown]): Shown => ({
    storage,
    text: String(text ?? ''),
  });
  return {values, least: shown(least), greatest: shown(greatest)};
};

type Questions = {
  readonly table: string;
  readonly questions: readonly {readonly column: string; readonly question: Question}[];
};

const questionsOf = ({name: table, columns}: ToProfile, look: Look | undefined): Questions => ({
  table,
  questions: columns.flatMap((column) =>
    questionsFor(look?.columns.get(column.name) ?? empty, column).map((question) => ({
      column: column.name,
      question,
    })),
  ),
});

const secondLooks = async ({shell}: Context, reading: Reading, asked: readonly Questions[]) => {
  const some = asked.filter(({questions}) => questions.length > 0);
  const answers = new Map<string, Map<Question, number>>();
  if (some.length === 0) return answers;
  const lines = [
    ...(await askSqlite(
      shell,
      reading,
      some.map(({table, questions}) => asks.secondLook(table, questions)),
    )),
  ];
  for (const {table, questions} of some)
    for (const {column, question} of questions) {
      const key = keyOf(table, column);
      const own = answers.get(key) ?? new Map<Question, number>();
      answers.set(key, own.set(question, Number(lines.shift())));
    }
  return answers;
};

const textColumns = ({columns}: ToProfile, look: Look | undefined): readonly string[] =>
  columns
    .map(({name}) => name)
    .filter((name) => {
      const {least, greatest} = look?.columns.get(name) ?? empty;
      return least.storage === 'text' || greatest.storage === 'text' || greatest.storage === 'blob';
    });

type WithTexts = {readonly table: ToProfile; readonly columns: readonly string[]};

/** All texts of all tables past one program; only where it finds something, column by column. */
const invalidTexts = async (context: Context, reading: Reading, tables: readonly WithTexts[]) => {
  const some = tables.filter(({columns}) => columns.length > 0);
  const found = new Map<string, number>();
  if (some.length === 0 || !(await hasInvalid(context, reading, some))) return found;
  for (const {table, columns} of some) {
    const statements = columns.map((column) => asks.invalidTexts(table.name, column));
    const lines = await askSqlite(context.shell, reading, statements);
    for (const [at, column] of columns.entries())
      found.set(keyOf(table.name, column), Number(lines[at]));
  }
  return found;
};

const hasInvalid = async (
  {shell}: Context,
  {path, escapes}: Reading,
  tables: readonly WithTexts[],
): Promise<boolean> => {
  const statements = tables.map(({table, columns}) => asks.allTexts(table.name, columns));
  try {
    await shell.pipe([sqliteRead(path, {printing: 'values', escapes}), asks.linesOfNoUtf8], {
      input: sqliteScript(statements),
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

/** The class that most of the values have: what is of another is the exception. */
export const usualClass = (profile: Profile): string =>
  Object.entries(classesOf(profile)).toSorted(([, a], [, b]) => b - a)[0]?.[0] ?? 'null';
