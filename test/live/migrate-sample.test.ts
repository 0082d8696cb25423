/** Some rows of each table as both sides have them. */
import {readFileSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {cellsOfLine, copyLine} from '../../lib/model/migrate/copy-text.ts';
import {placesAmong} from '../../lib/model/migrate/sample.ts';
import {door} from '../support/door.ts';
import {makeSqlite} from '../support/migrated.ts';
import {createDatabase, psql, startPostgres, type TestServer} from '../support/postgres.ts';
import {ok} from '../support/project.ts';
import {has} from '../support/require.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('the sample of a migrate');

it('takes the first row, the last, and others evenly between', () => {
  const table = [
    [0, 3, []],
    [1, 3, [0]],
    [2, 3, [0, 1]],
    [3, 3, [0, 1, 2]],
    [10, 3, [0, 4, 9]],
    [10, 1, [0]],
    [1_000_000, 5, [0, 249_999, 499_999, 749_999, 999_999]],
    [5, 0, []],
  ] as const;
  for (const [rows, count, places] of table)
    assert.equal(placesAmong(rows, {count}), places, `${count} of ${rows}`);
});

it('reads the cells of a line as they were written', () => {
  for (const cells of [
    ['a', undefined, ''],
    ['\\N', '\t', 'a\\b\nc\r'],
    ['\u000b\f\b', 'é\\'],
  ])
    assert.equal(
      cellsOfLine(copyLine(cells).slice(0, -1)),
      cells.map((cell) => cell ?? null),
    );
});

const many = Array.from({length: 120}, (_, at) => `c${at}`);

const sql = `CREATE TABLE moment (id INTEGER PRIMARY KEY, at TIMESTAMP, note TEXT);
  WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 101) INSERT INTO moment SELECT i * 10, 1700000000 + i, 'note ' || i FROM n;
  CREATE TABLE pair (a TEXT COLLATE NOCASE, b REAL, c BLOB, PRIMARY KEY (a, b)) WITHOUT ROWID;
  INSERT INTO pair VALUES ('x''y\\', 0.1, x'00ff5c'), ('É	tab', -2.5e300, NULL);
  CREATE TABLE bytes (k BLOB PRIMARY KEY, v); INSERT INTO bytes VALUES (x'5c00', 1), (x'ff', 'text'), (x'', 2.5);
  CREATE TABLE loose (v TEXT, w); INSERT INTO loose VALUES (NULL, 1), ('[31mred' || char(27) || '[0m', 'two');
  INSERT INTO loose VALUES ('${'long '.repeat(600)}', x'00');
  CREATE TABLE void (a INT);
  CREATE TABLE wide (${many.map((name) => `${name} INT`).join(', ')}); INSERT INTO wide VALUES (${many.map((_, at) => at).join(', ')});`;

if (has('postgres') && has('sqlite')) {
  let server: TestServer & {end(): Promise<void>};
  it.before(async () => {
    server = await startPostgres();
  });
  it.after(async () => {
    await server?.end();
  });

  it('shows the same rows of both sides, found by their keys, whatever these are', () =>
    withTempFolder(async (project) => {
      const file = makeSqlite(project, sql);
      await createDatabase(server, 'sampled');
      const run = (...words: readonly string[]) =>
        door('migrate', ['--project', project, '--sqlite-path', file, ...words], {
          env: {DATABASE_URL: server.url('sampled')},
        });
      const report = join(project, 'report.md');
      const text = ok(await run('--report', report));
      assert.match(
        text,
        /sample of moment, 3 of 101 rows\n +id +at +note\nsource +10 +1700000001 +note 1\ntarget +10 +2023-11-14 22:13:21\+00 +note 1\nsource +510 +1700000051/,
      );
      assert.match(text, /\\u001b/);
      assert.not.match(text, /\u001b/);
      assert.match(text, /long long long long long…/);
      assert.match(text, /sample of wide, 1 of 1 rows \(112 more columns with --json\)/);
      assert.not.match(text, /no such row/);
      assert.match(readFileSync(report, 'utf8'), /### Sample of moment/);

      await psql(server, `DELETE FROM loose WHERE w = '\\x31'; UPDATE pair SET c = NULL`, {
        database: 'sampled',
      });
      const {stdout} = await run('--verify-only', '--json', '--sample', '2');
      const compared = JSON.parse(stdout) as readonly {
        source: string;
        isSame: boolean;
        sample: readonly {source: readonly string[]; target: readonly string[]}[];
      }[];
      const sampleOf = (table: string) =>
        compared.find(({source}) => source === table)?.sample ?? [];
      assert.equal(sampleOf('moment').at(-1), {
        source: ['1010', '1700000101', 'note 101'],
        target: ['1010', '2023-11-14 22:15:01+00', 'note 101'],
      });
      assert.is(sampleOf('wide')[0]?.target[119], '119');
      assert.equal(sampleOf('void'), []);
      assert.equal(
        sampleOf('bytes').map(({source, target}) => [source[0], target[0]]),
        [
          [`x''`, '\\x'],
          [`x'FF'`, '\\xff'],
        ],
      );
      assert.equal(
        compared.filter(({isSame}) => !isSame).map(({source}) => source),
        ['loose', 'pair'],
      );
      const none = ok(await run('--force-recreate', '--yes', '--sample', '0'));
      assert.not.match(none, /sample of/);
    }));

  it('shows rows of a store', () =>
    withTempFolder(async (project) => {
      await createDatabase(server, 'sampled_store');
      const file = join(project, 'a\tb.json');
      writeFileSync(file, '{"x": "line\\nfeed\\\\"}');
      const {stdout} = await door(
        'migrate',
        ['--project', project, '--json-path', file, '--json'],
        {
          env: {DATABASE_URL: server.url('sampled_store')},
        },
      );
      const [{sample}] = JSON.parse(stdout).samples;
      assert.is(sample.length, 1);
      assert.equal(sample[0].source, sample[0].target);
      assert.is(sample[0].source[0], 'a\tb');
    }));
}

it.run();
