import {inPlural} from '../lib/model/amounts.ts';
import {OpsError} from '../lib/model/errors.ts';
import {notCarriedLines} from '../lib/model/migrate/plan-text.ts';
import {printable} from '../lib/model/redact.ts';
import {path} from '../lib/model/setting-kinds.ts';
import type {ExportedSqlite} from '../lib/tasks/export-sqlite.ts';
import {defineDoor, main, settingFlag} from './_main.ts';

export const door = defineDoor({
  name: 'export',
  summary: 'PostgreSQL into a SQLite database or a file of JSON, compared with the server',
  description:
    'With --sqlite-path the way back of `migrate`: tables as SQLite had them, every value of the class that it had there, keys, indexes, triggers and views by SQLite’s own statements; what came since goes by the types of PostgreSQL, and what can’t be carried is told. With --json-path one object with an array for each table, `{"table": [rows]}`, a row on a line, in the order of the primary key; all tables as they were at one moment. Numbers have all their digits, times are ISO texts in UTC, bytes are `\\x` and hexadecimal digits. Only rows are in it: `backup` keeps a database.',
  needs: 'connection',
  options: {
    sqlitePath: {
      value: 'FILE',
      kind: path(),
      summary: 'the SQLite database to write; none may be there',
      conflicts: ['jsonPath'],
    },
    jsonPath: {
      value: 'FILE',
      kind: path(),
      summary: 'the file of JSON to write; none may be there',
      conflicts: ['include', 'exclude'],
    },
    schema: {value: 'NAME', summary: 'the schema whose tables are meant; `public` by default'},
    include: {
      value: 'TABLE',
      repeatable: true,
      summary: 'this table alone (`*` and `?` are known), and others that are named so',
    },
    exclude: {value: 'TABLE', repeatable: true, summary: 'all tables but this one'},
    tools: settingFlag('tools'),
  },
  async run(context, {flags, connection}) {
    const {jsonPath, sqlitePath, schema = 'public', include, exclude} = flags;
    if (sqlitePath !== undefined) {
      const {exportSqlite} = await import('../lib/tasks/export-sqlite.ts');
      const request = {connection, path: sqlitePath, schema, include, exclude};
      return exportSqlite(context, request);
    }
    if (jsonPath === undefined)
      throw new OpsError('usage', '--sqlite-path or --json-path is missing', {
        hint: 'name the file to write',
      });
    const {exportJson} = await import('../lib/tasks/export-json.ts');
    return exportJson(context, {connection, path: jsonPath, schema});
  },
  show: (exported) => toldOf(exported),
});

type Told = Pick<ExportedSqlite, 'path' | 'database' | 'seconds'> & {
  readonly tables: readonly {readonly rows: number}[];
} & Partial<Pick<ExportedSqlite, 'orphans' | 'decisions' | 'notCarried'>>;

const toldOf = ({
  path,
  database,
  tables,
  seconds,
  orphans = [],
  decisions = [],
  notCarried = [],
}: Told): string => {
  const rows = tables.reduce((sum, table) => sum + table.rows, 0);
  const types = decisions.map(({table, column, declared, why}) =>
    printable(`${table}.${column} → ${declared}: ${why}`),
  );
  const left = notCarriedLines(notCarried).map((line) => printable(line, {keepLines: true}));
  return [
    `${inPlural(tables.length, 'table')} with ${inPlural(rows, 'row')} of '${printable(database)}' are in ${printable(path)}, every byte compared, in ${seconds.toFixed(1)} s`,
    ...orphans.map(({table, rows: count}) => printable(orphaned(table, count))),
    ...(types.length > 0 ? ['', 'Columns that no migrate from SQLite made:', ...types] : []),
    ...(left.length > 0 ? ['', 'Not carried:', ...left] : []),
  ].join('\n');
};

const orphaned = (table: string, rows: number | null): string =>
  rows === null
    ? `whether rows of '${table}' refer to nothing SQLite can't say: its foreign keys name what is no key`
    : `${inPlural(rows, 'reference')} of rows of '${table}' ${rows === 1 ? 'is' : 'are'} to nothing, on the server too: PRAGMA foreign_key_check shows them`;

await main(door, import.meta);
