/** The two readings of tables, in portions side by side; what they say put together again. */
import * as asks from '../../commands/migrate-profile.ts';
import {askSqlite} from '../../io/sources/sqlite.ts';
import {mergeLooks} from '../../model/migrate/merge-looks.ts';
import type {FirstLook, Question, Shown, StorageClass} from '../../model/migrate/profile.ts';
import type {Context} from '../context.ts';
import {together} from '../together.ts';
import {columnKey} from './odd-texts.ts';
import type {Portion} from './portions.ts';
import type {SharedReading} from './profile-tables.ts';

export type Look = {readonly rows: number; readonly columns: ReadonlyMap<string, FirstLook>};

/** By the table's name. Errors: notIntact. */
export const firstLooks = async (
  context: Context,
  reading: SharedReading,
  portions: readonly Portion[],
): Promise<ReadonlyMap<string, Look>> => {
  const seen = new Map<string, readonly Look[]>();
  const found = await together(
    context,
    portions.map(
      (portion) =>
        ({shell}: Context) =>
          reading.slots.use(1, () => looksAt(shell, reading, portion)),
    ),
  );
  for (const [name, look] of found.flat()) seen.set(name, [...(seen.get(name) ?? []), look]);
  return new Map([...seen].map(([name, looks]) => [name, inOne(looks)]));
};

const looksAt = async (
  shell: Context['shell'],
  reading: SharedReading,
  portion: Portion,
): Promise<readonly (readonly [string, Look])[]> => {
  const statements = portion.map(({part, table}) =>
    asks.firstLook(
      part,
      table.columns.map(({name}) => name),
    ),
  );
  const lines = [...(await askSqlite(shell, reading, statements))].values();
  const next = () => lines.next().value ?? '';
  return portion.map(({table: {name, columns}}) => {
    const rows = Number(next());
    return [name, {rows, columns: new Map(columns.map((column) => [column.name, lookIn(next())]))}];
  });
};

const inOne = (looks: readonly Look[]): Look => ({
  rows: looks.reduce((sum, {rows}) => sum + rows, 0),
  columns: new Map(
    [...(looks[0]?.columns.keys() ?? [])].map((column) => [
      column,
      mergeLooks(looks.flatMap(({columns}) => columns.get(column) ?? [])),
    ]),
  ),
});

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

export type Asking = {readonly column: string; readonly question: Question};

/** By the key of the column. */
export type Answers = ReadonlyMap<string, ReadonlyMap<Question, number>>;

type Asked = {
  readonly portions: readonly Portion[];
  /** By the table's name. */
  readonly questions: ReadonlyMap<string, readonly Asking[]>;
};

/** The answers, beside those that there are already. Errors: notIntact. */
export const askAll = async (
  context: Context,
  reading: SharedReading,
  {portions, questions}: Asked,
  before: Answers = new Map(),
): Promise<Answers> => {
  const asked = portions
    .map((portion) => portion.filter(({part}) => (questions.get(part.table) ?? []).length > 0))
    .filter((portion) => portion.length > 0);
  const found = await together(
    context,
    asked.map(
      (portion) =>
        ({shell}: Context) =>
          reading.slots.use(1, () => answersOf(shell, reading, {portion, questions})),
    ),
  );
  const answers = new Map([...before].map(([key, own]) => [key, new Map(own)] as const));
  for (const {key, question, count} of found.flat()) {
    const own = answers.get(key) ?? new Map<Question, number>();
    const sum = own.get(question) ?? 0;
    answers.set(
      key,
      own.set(question, question === 'longest' ? Math.max(sum, count) : sum + count),
    );
  }
  return answers;
};

const answersOf = async (
  shell: Context['shell'],
  reading: SharedReading,
  {portion, questions}: {readonly portion: Portion; readonly questions: Asked['questions']},
) => {
  const of = (table: string) => questions.get(table) ?? [];
  const statements = portion.map(({part}) => asks.secondLook(part, of(part.table)));
  const lines = [...(await askSqlite(shell, reading, statements))].values();
  return portion.flatMap(({part: {table}}) =>
    of(table).map(({column, question}) => ({
      ...{key: columnKey(table, column), question},
      count: Number(lines.next().value),
    })),
  );
};
