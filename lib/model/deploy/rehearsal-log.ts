/** What the log of the copy tells of a migration: its statements, the locks that they took, what they wrote anew. */
import {maskedStatement} from './masked-statement.ts';
import type {RehearsedRewrite, RehearsedStatement, RehearsedTable} from './rehearsal.ts';

/** Statements with the same text. */
export type LoggedStatement = {
  readonly statement: string;
  readonly milliseconds: number;
  readonly times: number;
};

/** What an event trigger noted. Tables are numbers: the names of some are gone by then. */
export type Note = {
  readonly event: 'ddl_command_end' | 'sql_drop' | 'table_rewrite';
  readonly statement: string;
  /** Since the statement began. */
  readonly milliseconds: number;
  readonly locks: readonly {readonly table: number; readonly mode: string}[] | null;
  readonly table?: number;
  readonly dropped?: readonly string[] | null;
};

/** A table as it was before or is after. */
export type TableFacts = {
  readonly oid: number;
  readonly table: string;
  /** Of its file: another one, and it was written anew. */
  readonly node: number | null;
  readonly bytes: number;
  readonly rows: number;
};

const mostStatements = 40;

/** The slowest, one for all that differ in their values alone; in the order in which they were first run. */
export const statementsOf = (logged: readonly LoggedStatement[]): readonly RehearsedStatement[] => {
  const sums = new Map<string, {milliseconds: number; times: number}>();
  for (const {statement, milliseconds, times} of logged) {
    const masked = maskedStatement(statement);
    const sum = sums.get(masked) ?? {milliseconds: 0, times: 0};
    sums.set(masked, {
      milliseconds: sum.milliseconds + milliseconds,
      times: sum.times + times,
    });
  }
  const all = [...sums].map(([statement, sum]) => ({statement, ...rounded(sum), times: sum.times}));
  const slowest = new Set(
    all
      .filter((each) => !isFrame(each))
      .toSorted((a, b) => b.milliseconds - a.milliseconds)
      .slice(0, mostStatements),
  );
  return all.filter((each) => slowest.has(each));
};

/** What stands around the work, where it takes no time itself. */
const isFrame = ({statement, milliseconds}: RehearsedStatement): boolean =>
  milliseconds < 100 &&
  /^(BEGIN|START TRANSACTION|COMMIT|ROLLBACK|SET|SHOW|DISCARD|DEALLOCATE)\b/i.test(statement);

const rounded = ({milliseconds}: {milliseconds: number}) => ({
  milliseconds: Math.round(milliseconds * 10) / 10,
});

const untold = 'no event tells: VACUUM FULL, CLUSTER or TRUNCATE';

/** Of tables that held anything: those whose event was noted, and those that have another file now. */
export const rewritesOf = (
  notes: readonly Note[],
  before: readonly TableFacts[],
  after: readonly TableFacts[],
): readonly RehearsedRewrite[] =>
  before
    .filter(({rows}) => rows > 0)
    .flatMap(({oid, table, node, bytes}) => {
      const noted = notes.filter((note) => note.event === 'table_rewrite' && note.table === oid);
      const now = after.find((each) => each.oid === oid);
      const ways = [...new Set(noted.map(({statement}) => maskedStatement(statement)))];
      const isMoved = now !== undefined && now.node !== node;
      return (ways.length === 0 && isMoved ? [untold] : ways).map((by) => ({table, by, bytes}));
    });

/** Those whose number of rows differs, and those that came or went. */
export const tablesOf = (
  before: readonly TableFacts[],
  after: readonly TableFacts[],
): readonly RehearsedTable[] => {
  const rows = (tables: readonly TableFacts[]) => new Map(tables.map(({oid, rows}) => [oid, rows]));
  const [was, is] = [rows(before), rows(after)];
  const all = new Map([...before, ...after].map(({oid, table}) => [oid, table]));
  return [...all]
    .map(([oid, table]) => ({table, rowsBefore: was.get(oid), rowsAfter: is.get(oid)}))
    .filter(({rowsBefore, rowsAfter}) => rowsBefore !== rowsAfter);
};
