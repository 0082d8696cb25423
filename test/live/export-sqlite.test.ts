/** SQLite into PostgreSQL and back: the same cells, the same classes, the same statements. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {expressions, indexCases, keys, references} from '../fixtures/sqlite/cases.ts';
import {probes} from '../fixtures/sqlite/probes.ts';
import {randomDatabase} from '../fixtures/sqlite/random.ts';
import {moments, names, numbers, texts} from '../fixtures/sqlite/values.ts';
import {makeSqlite} from '../support/migrated.ts';
import {startPostgres, type TestServer} from '../support/postgres.ts';
import {seed} from '../support/random.ts';
import {has, scaled} from '../support/require.ts';
import {cellsIn, roundTrip, schemaIn} from '../support/round-trip.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('SQLite into PostgreSQL and back');

/** One database of many tables: what one feature alone shows, all of them show at once. */
const odd = `PRAGMA encoding = 'UTF-16le'; PRAGMA user_version = 7; PRAGMA application_id = 42;
  CREATE TABLE "line
.shell echo x" ("a
b" TEXT, "c""d" ANY); INSERT INTO "line
.shell echo x" VALUES ('x' || char(10) || '.shell y' || char(13) || char(1) || char(2) || '\\n \\b ''', 1), (NULL, '1');
  CREATE TABLE counted (id INTEGER PRIMARY KEY AUTOINCREMENT, a REAL); INSERT INTO counted VALUES (1, 9e999), (90, -0.1); DELETE FROM counted WHERE id = 90;
  CREATE TABLE nul (a TEXT, b BLOB, c); INSERT INTO nul VALUES ('a' || char(0) || 'b', 'text', x''), (x'00ff', x'3132', 2.0), ('é', 5, 2);
  CREATE TRIGGER kept AFTER INSERT ON counted BEGIN UPDATE counted SET a = CASE WHEN a > 1 THEN 1 ELSE a END WHERE id = NEW.id; DELETE FROM nul; END;
  CREATE VIEW seen AS SELECT id, strftime('%Y', a) AS y FROM counted;
  CREATE TRIGGER through INSTEAD OF INSERT ON seen BEGIN SELECT 1; END;`;

/** So that tables, indexes, views and triggers of many probes fit into one database. */
const withOwnNames = (sql: string, probe: string): string =>
  sql.replaceAll(
    /\b(table|index|view|trigger|into|from|references|update|on) (?!delete|cascade)([a-z]+)\b/g,
    (_, word, name) => `${word} ${name}_${probe}`,
  );

if (has('postgres') && has('sqlite')) {
  let server: TestServer & {end(): Promise<void>};
  it.before(async () => {
    server = await startPostgres();
  });
  it.after(async () => {
    await server?.end();
  });

  const isSame = (sql: string) =>
    withTempFolder(async (project) => {
      const file = makeSqlite(project, sql);
      const {back} = await roundTrip(server, file, {project});
      assert.is(cellsIn(back), cellsIn(file));
      assert.is(schemaIn(back), schemaIn(file));
    });

  it('keeps line breaks in names, NUL in texts, UTF-16, marks, triggers and views', () =>
    isSame(odd));

  const cases = [
    ...keys,
    ...indexCases,
    ...references,
    ...expressions,
    ...numbers,
    ...texts,
    ...moments,
    ...names,
  ];
  const every = Math.max(1, Math.round(cases.length / scaled(6)));
  for (const {title, sql} of cases.filter((_, at) => at % every === 0))
    it(`brings back: ${title}`, () => isSame(sql));

  it('brings back every probe: cells, classes and statements', async () => {
    const together = Object.entries(probes).filter(([, sql]) => !/^pragma/.test(sql));
    await isSame(together.map(([probe, sql]) => withOwnNames(sql, probe)).join('\n'));
    await isSame(probes['utf16'] ?? '');
  });

  if (scaled(1) >= 10)
    for (const [probe, sql] of Object.entries(probes))
      it(`brings back the probe ${probe} alone`, () => isSame(sql));

  it('brings back random schemas with hostile values', async () => {
    const atOnce = 25;
    for (let at = 0; at < scaled(50); at += atOnce) {
      const seeds = Array.from(
        {length: Math.min(atOnce, scaled(50) - at)},
        (_, n) => seed + at + n,
      );
      try {
        await isSame(randomDatabase(...seeds));
      } catch (error) {
        const shown = await firstFailing(seeds);
        throw new Error(`PGKEEP_TEST_SEED=${shown} shows it: ${(error as Error).message}`, {
          cause: error,
        });
      }
    }
  });

  /** The seed that fails by itself; where none does, the first of those that fail together. */
  const firstFailing = async (seeds: readonly number[]): Promise<number | undefined> => {
    for (const one of seeds) {
      const isWell = await isSame(randomDatabase(one)).then(
        () => true,
        () => false,
      );
      if (!isWell) return one;
    }
    return seeds[0];
  };
}

it.run();
