/** What changed between two nights, as people and programs are told. */
import {writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {createDatabase, psql, startPostgres} from '../support/postgres.ts';
import {ok, withProject} from '../support/project.ts';
import {has} from '../support/require.ts';

const it = suite('diff door');

const night = (day: number) => ({at: `2026-11-${day}T03:15:00Z`});
const idOf = (day: number) => `202611${day}T031500Z`;

if (has('postgres')) {
  const server = await startPostgres();
  it.after(() => server.end());

  it('tells what changed between two nights, table by table', async () => {
    await createDatabase(server, 'app', {
      sql: `CREATE TABLE orders AS SELECT i AS id FROM generate_series(1, 1000) i;
        CREATE TABLE touched AS SELECT 1 AS a;
        CREATE TABLE "hostile\x1b[31m name" AS SELECT 1 AS a;
        CREATE TABLE same AS SELECT 1 AS a;
        CREATE TABLE parts (k int) PARTITION BY RANGE (k);
        CREATE TABLE part PARTITION OF parts DEFAULT;
        CREATE TABLE columns (gone int, stays int)`,
    });
    await withProject(server.url('app'), async (run, project) => {
      ok(await run('backup', [], night(18)));
      await psql(
        server,
        `DELETE FROM orders WHERE id > 400; UPDATE touched SET a = 2; CREATE TABLE fresh (x int);
         DROP TABLE "hostile\x1b[31m name"; CREATE INDEX fresh_x ON fresh (x);
         ALTER TABLE columns DROP gone, ADD come text; INSERT INTO parts VALUES (1)`,
        {database: 'app'},
      );
      ok(await run('backup', [], night(19)));

      const text = ok(await run('diff', [], night(19)));
      assert.match(text, new RegExp(`^from {2}${idOf(18)} {2}app .*\nto {4}${idOf(19)} {2}app `));
      for (const line of [
        /^public\.orders +1,000 +400 +-600 .*rows changed$/m,
        /^public\."hostile.*name" +1 +- .*dropped$/m,
        /^public\.fresh +- +0 .*new$/m,
        /^public\.touched +1 +1 .*rows changed$/m,
        /^public\.columns +0 +0 .*columns \+come -gone$/m,
        /^public\.part +0 +1 +\+1 .*rows changed$/m,
        /^all tables +1,003 +403 +-600$/m,
        /^1 table is the same$/m,
        /^ {2}new {6}INDEX public fresh_x$/m,
        /^ {2}changed {2}TABLE public columns: was 'gone integer', is 'come text'$/m,
      ])
        assert.match(text, line);
      assert.not.ok(text.includes('\x1b'));
      assert.is(ok(await run('diff', [idOf(19)], night(19))), text);
      assert.is(ok(await run('diff', [idOf(18), 'latest'], night(19))), text);

      const json = JSON.parse(ok(await run('diff', [idOf(18), idOf(19), '--json'], night(19))));
      assert.equal([json.before.id, json.after.id], [idOf(18), idOf(19)]);
      const orders = json.tables.find(({table}: {table: string}) => table === 'public.orders');
      assert.equal(orders.rows, {before: 1_000, after: 400, change: -600});
      assert.ok(orders.bytes.before > 8_000 && orders.bytes.after > 8_000, 'sizes were recorded');

      const back = ok(await run('diff', ['latest', idOf(18)], night(19)));
      assert.match(back, /^warning: the first one is the newer one$/m);
      const alone = await run('diff', [idOf(18)], night(19));
      assert.is(alone.exitCode, 2, alone.stdout);
      assert.match(alone.stderr, /there is no set before .*\nhint: name the two/);
      assert.is((await run('diff', ['latest', 'never'])).exitCode, 2);
      assert.is((await run('diff', ['1', '2', '3'])).exitCode, 2);

      ok(await run('backup', ['--fingerprint', 'rows'], night(20)));
      const counted = ok(await run('diff', [], night(20)));
      assert.match(counted, 'warning: the fingerprints are of two kinds');
      assert.match(
        counted,
        '6 tables have as many rows as before; their content is not comparable',
      );
      assert.not.match(counted, 'rows changed');

      await writeFile(join(project, 'backups/app', idOf(20), 'schema.sql.gz'), 'no gzip');
      const damaged = await run('diff', [], night(20));
      assert.match(ok(damaged), 'definition: it can not be compared');
      assert.match(damaged.stderr, "the definitions can't be compared");
    });
  });
}

it.run();
