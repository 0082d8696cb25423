/** Reads every value of every table twice, in C, and gives what they are. */
import {unseen} from '../../model/migrate/merge-looks.ts';
import {
  type Asked,
  furtherQuestions,
  isPlainByForm,
  type Profile,
  questionsFor,
} from '../../model/migrate/profile.ts';
import type {Progress} from '../../model/report.ts';
import type {Context} from '../context.ts';
import {createSlots, type Slots} from '../slots.ts';
import {together} from '../together.ts';
import {type Answers, type Asking, askAll, firstLooks, type Look} from './ask-portions.ts';
import {columnKey, invalidTexts, isPlainText, type TextColumn} from './odd-texts.ts';
import {portionsOf} from './portions.ts';

export type Reading = {
  readonly path: string;
  readonly escapes: boolean;
  readonly jobs: number;
  /** Statements that put a view before a table. */
  readonly views?: readonly string[];
};

/** By several workers at once: no more programs read than there are slots. */
export type SharedReading = Reading & {readonly slots: Slots};

export type ToProfile = {
  readonly name: string;
  /** A name that the rowid has beside the columns; undefined where there is none. */
  readonly rowid: string | undefined;
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
  const shared: SharedReading = {...reading, slots: createSlots(reading.jobs)};
  const worker = async (inner: Context) => {
    // Several at a time: starting a program costs more than a small table.
    for (let some = queue.splice(0, 8); some.length > 0; some = queue.splice(0, 8)) {
      for (const [name, profile] of await profileSome(inner, shared, some))
        found.set(name, profile);
      update({done: found.size, total: tables.length, unit: 'tables'});
    }
  };
  const workers = Math.min(reading.jobs, Math.ceil(queue.length / 8));
  await together(
    context,
    Array.from({length: workers}, () => worker),
  );
  return found;
};

const profileSome = async (
  context: Context,
  reading: SharedReading,
  tables: readonly ToProfile[],
) => {
  const portions = await portionsOf(context, reading, tables);
  const looks = await firstLooks(context, reading, portions);
  const questions = byTable(tables, (table) => questionsOf(table, looks.get(table.name)));
  const answers = await askAll(context, reading, {portions, questions});
  // After the answers: a text that is a moment needs no second look at its bytes.
  const texts = byTable(tables, (table) => textsIn(table, looks.get(table.name), answers));
  const isPlain = await isPlainText(context, reading, {portions, texts});
  const invalid: ReadonlyMap<string, number> = isPlain
    ? new Map()
    : await invalidTexts(context, reading, texts);
  const profileOf = (table: string, column: string, all: Answers): Profile => {
    const look = looks.get(table);
    const key = columnKey(table, column);
    const first = look?.columns.get(column) ?? unseen;
    const rows = look?.rows ?? 0;
    return {...first, rows, answers: all.get(key) ?? new Map(), invalid: invalid.get(key) ?? 0};
  };
  const further = byTable(tables, ({name: table, columns}) =>
    columns.flatMap(({name: column}) =>
      furtherQuestions(profileOf(table, column, answers), {isPlain}).map((question) => ({
        column,
        question,
      })),
    ),
  );
  const all = await askAll(context, reading, {portions, questions: further}, answers);
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

const byTable = <Value>(
  tables: readonly ToProfile[],
  of: (table: ToProfile) => Value,
): ReadonlyMap<string, Value> => new Map(tables.map((table) => [table.name, of(table)]));

const questionsOf = ({columns}: ToProfile, look: Look | undefined): readonly Asking[] =>
  columns.flatMap((column) =>
    questionsFor(look?.columns.get(column.name) ?? unseen, column).map((question) => ({
      column: column.name,
      question,
    })),
  );

const textsIn = (
  {name: table, columns}: ToProfile,
  look: Look | undefined,
  answers: Answers,
): readonly TextColumn[] =>
  columns.flatMap(({name}) => {
    const {values, least, greatest} = look?.columns.get(name) ?? unseen;
    const [first, last] = [least.storage, greatest.storage];
    const own = answers.get(columnKey(table, name)) ?? new Map();
    const isText = first === 'text' || last === 'text' || last === 'blob';
    if (!isText || isPlainByForm({values, answers: own})) return [];
    return [{name, isPure: first === 'text' && last === 'text'}];
  });
