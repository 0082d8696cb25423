/**
 * What a compared migrate costs beside pgloader: `npm run bench:migrate`.
 *
 * One throw-away server, one SQLite database of mixed columns; in each round every contender once into a
 * database of its own, so that a busy moment of the machine hits all of them. Prints medians, ratios and
 * targets. `--rows 10000000 --memory` is one run alone, for what Node takes of memory. Exit code 0 with the facts, whatever they are; another one only where a run fails.
 */
import {execFileSync} from 'node:child_process';
import {statSync} from 'node:fs';
import {join} from 'node:path';
import {parseArgs} from 'node:util';
import prettyBytes from 'pretty-bytes';
import {table} from '../../lib/io/table.ts';
import {isOnPath} from '../../scripts/_packages.ts';
import {createDatabase, psql, type TestServer, withPostgres} from '../support/postgres.ts';
import {withTempFolder} from '../support/temp-folder.ts';
import {type Measure, machineFacts, median, runPgkeep, runProgram} from './measure.ts';

type Contender = {
  readonly name: string;
  /** How much of the reference's time it may take. */
  readonly ratio?: number;
  run(database: string): Promise<Measure>;
};

const {values: given} = parseArgs({
  options: {
    rounds: {type: 'string', default: '5'},
    rows: {type: 'string', default: '1000000'},
    memory: {type: 'boolean', default: false},
  },
});
/** How much Node takes is seen in one run of one contender. */
const rounds = given.memory ? 1 : Number(given.rounds);
const rows = Number(given.rows);
const memoryTarget = 256e6;

/** Whole numbers, texts, fractions, moments, truth values, NULLs, and texts with what COPY has to escape. */
const source = `CREATE TABLE event (id INTEGER PRIMARY KEY, name TEXT NOT NULL, amount REAL, created_at DATETIME, flag BOOLEAN, note TEXT);
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ${rows})
  INSERT INTO event SELECT i, 'user ' || (i * 7919 % 100000) || ' of the house', (i * 37 % 100000) / 100.0,
    strftime('%Y-%m-%d %H:%M:%S', 1577836800 + i * 31, 'unixepoch'), i % 2,
    CASE WHEN i % 10 = 0 THEN NULL ELSE hex(randomblob(20)) || ' and some more words' END FROM n;`;

const compare = async (server: TestServer, folder: string): Promise<void> => {
  const file = join(folder, 'app.db');
  story(`making ${rows} rows …`);
  execFileSync('sqlite3', ['-batch', '-bail', file], {input: source});
  story(`${prettyBytes(statSync(file).size)}; ${rounds} rounds …`);
  const contenders = contendersOf(server, {folder, file}).filter(
    ({ratio}) => !given.memory || ratio === 1,
  );
  const measures = new Map<string, Measure[]>(contenders.map(({name}) => [name, []]));
  for (let round = 1; round <= rounds; round++)
    for (const [at, {name, run}] of contenders.entries()) {
      const database = `round_${round}_${at}`;
      await createDatabase(server, database);
      await psql(server, 'CHECKPOINT');
      const measure = await run(database);
      measures.get(name)?.push(measure);
      story(`  ${round}  ${measure.seconds.toFixed(2)} s  ${name}`);
      const found = await psql(server, 'SELECT count(*) FROM event', {database});
      if (found !== String(rows)) throw new Error(`${name} brought ${found} rows`);
      await psql(server, `DROP DATABASE ${database}`);
    }
  const facts = await machineFacts(server.binaries);
  const head = `${rows} rows of 6 columns, ${prettyBytes(statSync(file).size)}, median of ${rounds}`;
  answer([...facts, head, ''].join('\n'));
  answer(comparison(contenders, measures));
};

type Place = {readonly folder: string; readonly file: string};

const contendersOf = (server: TestServer, {folder, file}: Place): readonly Contender[] => {
  const migrate = (database: string, ...flags: readonly string[]) =>
    runPgkeep(['migrate', '--project', folder, '--quiet', '--sqlite-path', file, ...flags], {
      DATABASE_URL: server.url(database),
    });
  const {PGHOST = '', PGPORT = '', PGUSER = ''} = server.libpq;
  return [
    ...(isOnPath('pgloader')
      ? [
          {
            name: 'pgloader',
            run: (database: string) =>
              runProgram('pgloader', [
                '--quiet',
                file,
                `postgresql://${PGUSER}@unix:${PGHOST}:${PGPORT}/${database}`,
              ]),
          },
        ]
      : []),
    {name: 'pgkeep migrate, every cell compared', ratio: 1, run: (database) => migrate(database)},
    {
      name: 'pgkeep migrate --compare rows',
      ratio: 0.7,
      run: (database) => migrate(database, '--compare', 'rows'),
    },
  ];
};

const comparison = (
  contenders: readonly Contender[],
  measures: ReadonlyMap<string, readonly Measure[]>,
): string => {
  const secondsOf = (name: string) =>
    median((measures.get(name) ?? []).map(({seconds}) => seconds));
  const reference = measures.has('pgloader') ? secondsOf('pgloader') : undefined;
  return table({
    head: ['', 'seconds', 'rows/s', 'of pgloader', 'target', 'memory of Node'],
    right: [1, 2, 3, 4, 5],
    rows: contenders.map(({name, ratio}) => {
      const seconds = secondsOf(name);
      const peak = Math.max(0, ...(measures.get(name) ?? []).map(({peakBytes = 0}) => peakBytes));
      return [
        name,
        seconds.toFixed(2),
        String(Math.round(rows / seconds)),
        reference === undefined ? '-' : (seconds / reference).toFixed(2),
        ratio === undefined ? '' : `≤ ${ratio}`,
        peak === 0 ? '' : `${prettyBytes(peak)} (≤ ${prettyBytes(memoryTarget)})`,
      ];
    }),
  });
};

const story = (text: string) => process.stderr.write(`${text}\n`);
const answer = (text: string) => process.stdout.write(`${text}\n`);

await withPostgres({settings: {fsync: 'off', max_wal_size: '4GB'}}, (server) =>
  withTempFolder((folder) => compare(server, folder)),
);
