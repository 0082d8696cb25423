import {readFile} from 'node:fs/promises';
import {parseQueries} from '../lib/model/bench-queries.ts';
import {benchText} from '../lib/model/bench-text.ts';
import {OpsError} from '../lib/model/errors.ts';
import {path, wholeNumber} from '../lib/model/setting-kinds.ts';
import type {Bench} from '../lib/tasks/bench.ts';
import {defineDoor, main, settingFlag} from './_main.ts';
import type {DrawTable} from './_table-text.ts';

const defaultRuns = 5;

export const door = defineDoor({
  name: 'bench',
  summary: 'the same queries on SQLite and PostgreSQL: answers compared, then times',
  description:
    'Each query begins with a line `-- name: NAME` and is one SELECT, WITH or VALUES; where the engines need different words there are two, `-- name: NAME [sqlite]` and `-- name: NAME [postgres]`. No time is shown for a query whose rows are not the same on both (exit 4). Nothing is changed on either side.',
  needs: 'connection',
  options: {
    queries: {value: 'FILE', kind: path(), summary: 'the named queries'},
    sqlitePath: {
      value: 'FILE',
      kind: path(),
      summary: 'the SQLite database to compare with; the one of DATABASE_URL or DB_PATH by default',
    },
    runs: {
      value: 'N',
      kind: wholeNumber({from: 1, to: 1_000}),
      summary: `runs of each query on each side; the median is shown (${defaultRuns} by default)`,
    },
    tools: settingFlag('tools'),
  },
  async run(context, {flags, connection}) {
    const [{bench}, {table}] = await Promise.all([
      import('../lib/tasks/bench.ts'),
      import('../lib/io/table.ts'),
    ]);
    const queries = parseQueries(await textOf(needed('queries', flags.queries)));
    const sqlitePath = needed('sqlite-path', flags.sqlitePath ?? context.settings.sqlitePath);
    const {runs = defaultRuns} = flags;
    return {bench: await bench(context, {connection, queries, sqlitePath, runs}), table};
  },
  show: ({bench, table}: {bench: Bench; table: DrawTable}) => benchText(bench, table),
  json: ({bench}) => bench,
  exit: ({bench}) => (bench.queries.every(({milliseconds}) => milliseconds) ? 0 : 4),
});

const needed = (flag: string, value: string | undefined): string => {
  if (value !== undefined) return value;
  throw new OpsError('usage', `--${flag} is missing`, {hint: `name the file: --${flag} FILE`});
};

const textOf = async (file: string): Promise<string> => {
  try {
    return await readFile(file, 'utf8');
  } catch (cause) {
    throw new OpsError('usage', `'${file}' can't be read`, {hint: 'name a file of queries', cause});
  }
};

await main(door, import.meta);
