/** Reads every value of every table twice, in C, and gives what they are. */
import * as asks from '../../commands/migrate-profile.ts';
import {askSqlite} from '../../io/sources/sqlite.ts';
import {
  type Asked,
  type FirstLook,
  furtherQuestions,
  type Profile,
  type Question,
  questionsFor,
  type Shown,
  type StorageClass,
} from '../../model/migrate/profile.ts';
import type {Progress} from '../../model/report.ts';
import type {Context} from '../context.ts';
import {together} from '../together.ts';
import {columnKey, invalidTexts, isPlainText} from './odd-texts.ts';

export type Reading = {
  readonly path: string;
  readonly escapes: boolean;
  readonly jobs: number;
  /** Statements that put a view before a table. */
  readonly views?: readonly string[];
};

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
  const withTexts = tables
    .map((table) => ({table, columns: textColumns(table, looks.get(table.name))}))
    .filter(({columns}) => columns.length > 0);
  const [answers, isPlain] = await together<[Answers, boolean]>(context, [
    (inner) => askAll(inner, reading, asked),
    (inner) => isPlainText(inner, reading, withTexts),
  ]);
  const invalid: ReadonlyMap<string, number> = isPlain
    ? new Map()
    : await invalidTexts(context, reading, withTexts);
  const profileOf = (table: string, column: string, all: Answers): Profile => {
    const look = looks.get(table);
    const key = columnKey(table, column);
    const first = look?.columns.get(column) ?? empty;
    const rows = look?.rows ?? 0;
    return {...first, rows, answers: all.get(key) ?? new Map(), invalid: invalid.get(key) ?? 0};
  };
  const further = tables.map(({name: table, columns}) => ({
    table,
    questions: columns.flatMap(({name: column}) =>
      furtherQuestions(profileOf(table, column, answers), {isPlain}).map((question) => ({
        column,
        question,
      })),
    ),
  }));
  const all = await askAll(context, reading, further, answers);
  return tables.map(({name, columns}): readonly [string, TableProfile] => [
    name,
    {
      rows: looks.get(name)?.rows ?? 0,
      columns: new Map(
        columns.map((column) => [column.name, profileOf(name, column.name, all)] as const),
      ),
    },
  ]);
};

type Answers = ReadonlyMap<string, ReadonlyMap<Question, number>>;

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

/** The answers, beside those that there are already. */
const askAll = async (
  {shell}: Context,
  reading: Reading,
  asked: readonly Questions[],
  before: Answers = new Map(),
): Promise<Answers> => {
  const some = asked.filter(({questions}) => questions.length > 0);
  if (some.length === 0) return before;
  const answers = new Map([...before].map(([key, own]) => [key, new Map(own)] as const));
  const statements = some.map(({table, questions}) => asks.secondLook(table, questions));
  const lines = [...(await askSqlite(shell, reading, statements))];
  for (const {table, questions} of some)
    for (const {column, question} of questions) {
      const key = columnKey(table, column);
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
