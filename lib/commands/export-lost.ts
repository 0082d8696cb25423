/** What of a table of PostgreSQL no table of SQLite can be, each in its words. */
import type {PgColumn, PgTable} from '../model/export/pg-table.ts';
import type {NotCarried} from '../model/migrate/incoming.ts';
import {defaultToSqlite} from './export-expression.ts';

export type Lost = {readonly lost: NotCarried};

export const lost = (
  kind: string,
  what: string,
  {why, source}: {why: string; source: string},
): Lost => ({
  lost: {kind, what, why, source},
});

export const lostDefault = (
  table: PgTable,
  {name, default: text, sequence}: PgColumn,
): Lost | undefined => {
  if (text === null || sequence) return undefined;
  const value = defaultToSqlite(text);
  return 'why' in value
    ? lost('default', `default of '${name}' of '${table.name}'`, {why: value.why, source: text})
    : undefined;
};

export const lostInColumn = (table: PgTable, column: PgColumn): readonly (Lost | undefined)[] => [
  lostExpression(table, column),
  lostFolding(table, column),
  ...lostRules(table, column),
];

const lostExpression = (table: PgTable, {name, generated}: PgColumn): Lost | undefined =>
  generated === null
    ? undefined
    : lost('generated column', `'${name}' of '${table.name}'`, {
        ...{why: 'its values are carried as an ordinary column’s', source: generated},
      });

const lostFolding = (table: PgTable, {name, folding}: PgColumn): Lost | undefined =>
  folding === null
    ? undefined
    : lost('collation', `collation '${folding}' of '${name}' of '${table.name}'`, {
        ...{why: 'made NOCASE, to which the letters A to Z alone are the same', source: folding},
      });

const lostRules = (table: PgTable, {name, domainRules}: PgColumn): readonly Lost[] =>
  domainRules.map((rule) =>
    lost('check', `what the domain of '${name}' of '${table.name}' asks`, {
      ...{why: 'SQLite has no domains', source: rule},
    }),
  );

type Unique = {
  readonly name: string;
  readonly joinsNulls: boolean;
  /** As far as they are columns. */
  readonly columns?: readonly string[];
};

/** Where no column can be NULL there is nothing to lose. */
export const lostEquality = (
  table: PgTable,
  {name, joinsNulls, columns = []}: Unique,
): Lost | undefined => {
  const isNever =
    columns.length > 0 &&
    columns.every((one) => table.columns.some((own) => own.name === one && own.isNotNull));
  return joinsNulls && !isNever
    ? lost('unique', `the equality of NULLs in '${name}' of '${table.name}'`, {
        ...{why: 'to SQLite no NULL is another’s equal: it lets several in', source: name},
      })
    : undefined;
};

export const lostTrigger = (
  table: PgTable,
  {name, definition}: PgTable['triggers'][number],
): Lost | undefined =>
  lost('trigger', `trigger '${name}' on '${table.name}'`, {
    ...{why: 'its program is PostgreSQL’s', source: definition},
  });

export const lostInheritance = (table: PgTable, parent: string): Lost | undefined =>
  lost('inheritance', `inheritance of '${table.name}' (${parent})`, {
    ...{why: 'each table has its own rows alone here', source: parent},
  });
