/** The alarm of a database that shrank, night after night, at the doors of backup and prune. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {createDatabase, psql, startPostgres} from '../support/postgres.ts';
import {ok, withProject} from '../support/project.ts';
import {has} from '../support/require.ts';

const it = suite('alarm');

const night = (day: number) => `2026-11-${String(day).padStart(2, '0')}T03:15:00Z`;
/** What is said of a fall in rows, and perhaps in size, between the sets of two nights. */
const fell = (figures: string, from: number, to: number) =>
  new RegExp(`rows fell ${figures}( and [^(]*)? \\(${idOf(from)} to ${idOf(to)}\\)`);
const idOf = (day: number) => night(day).replaceAll(/[-:]/g, '');

if (has('postgres')) {
  const server = await startPostgres();
  it.after(() => server.end());
  let databases = 0;

  /** A database with orders and sessions, and the doors of a project that backs it up. */
  const withNights = (
    use: (
      run: Parameters<Parameters<typeof withProject>[1]>[0],
      sql: (statements: string) => Promise<string>,
    ) => Promise<void>,
  ) => {
    databases += 1;
    const database = `nights_${databases}`;
    return withProject(server.url(database), async (run) => {
      await createDatabase(server, database, {
        sql: `CREATE TABLE orders AS SELECT i AS id FROM generate_series(1, 1000) i;
          CREATE TABLE customers AS SELECT i AS id FROM generate_series(1, 100) i;
          CREATE UNLOGGED TABLE sessions AS SELECT i AS id FROM generate_series(1, 1500) i;
          CREATE TABLE carts AS SELECT i AS id FROM generate_series(1, 10) i`,
      });
      await use(run, (statements) => psql(server, statements, {database}));
    });
  };

  const idsIn = (json: string) =>
    JSON.parse(json)
      .sets.map(({id}: {id: string}) => id)
      .sort();

  it('keeps everything after a fall in rows, says so every night, and forgets it when told to', () =>
    withNights(async (run, sql) => {
      for (const day of [1, 2, 3]) ok(await run('backup', ['--quiet'], {at: night(day)}));
      await sql(
        'DELETE FROM orders WHERE id > 400; DROP TABLE carts; TRUNCATE customers, sessions',
      );
      const first = await run('backup', ['--quiet', '--retention-days', '1'], {at: night(10)});
      assert.is(ok(first), '');
      assert.match(first.stderr, fell('from 2,610 to 400', 3, 10));
      for (const table of [
        'public.carts had 10 rows and is gone',
        'public.customers had 100 rows and is empty',
        'public.orders had 1,000 rows and has 400',
        'public.sessions had 1,500 rows and is empty',
      ])
        assert.match(first.stderr, table);
      // The next night is as small as the last one, and the alarm still rings.
      const second = await run('backup', ['--retention-days', '1', '--json'], {at: night(11)});
      assert.match(second.stderr, fell('from 2,610 to 400', 3, 11));
      assert.equal(JSON.parse(ok(second)).removed, []);
      const quiet = await run('backup', ['--no-prune'], {at: night(12)});
      assert.match(quiet.stderr, 'rows fell from 2,610 to 400', 'also where nothing is pruned');

      const refused = await run('prune', ['--retention-days', '1'], {at: night(12)});
      assert.is(refused.exitCode, 2, refused.stdout);
      assert.match(
        refused.stderr,
        /error: .*rows fell.*: nothing was removed\nhint: .*large-prune/,
      );
      const [said = '', hint = ''] = refused.stderr.split('\nhint: ');
      assert.not.match(said, /\. |`/, 'what there is, and no advice');
      assert.match(hint, `look with \`pgkeep diff ${idOf(3)} ${idOf(12)}\``);
      const planned = ok(
        await run('prune', ['--dry-run', '--retention-days', '1'], {at: night(12)}),
      );
      assert.match(
        planned,
        new RegExp(`^${idOf(3)} +nights_1 +kept +.*the last good set before rows fell`, 'm'),
      );
      assert.is(idsIn(ok(await run('list', ['--json'], {at: night(12)}))).length, 6);

      const told = await run('prune', ['--retention-days', '1', '--allow-large-prune', '--json'], {
        at: night(12),
      });
      assert.equal(JSON.parse(ok(told))[0].removed, [1, 2, 3, 10].map(idOf));
      const after = await run('backup', ['--retention-days', '1', '--json'], {at: night(13)});
      assert.not.match(after.stderr, /fell/);
      assert.equal(JSON.parse(ok(after)).removed, [idOf(11)]);
      // A fall since then is a new one.
      await sql('TRUNCATE orders');
      const again = await run('backup', ['--retention-days', '1'], {at: night(14)});
      assert.match(again.stderr, fell('from 400 to 0', 13, 14));
    }));

  it('is quiet again when the rows are back', () =>
    withNights(async (run, sql) => {
      for (const day of [1, 2, 3]) ok(await run('backup', [], {at: night(day)}));
      await sql('ALTER TABLE orders RENAME TO hidden; CREATE TABLE aside AS TABLE sessions');
      await sql('TRUNCATE sessions, hidden, aside');
      assert.match((await run('backup', [], {at: night(4)})).stderr, 'rows fell from');
      await sql('INSERT INTO hidden SELECT generate_series(1, 2000)');
      const back = await run('backup', ['--retention-days', '3', '--json'], {at: night(5)});
      assert.not.match(back.stderr, /fell/);
      assert.equal(JSON.parse(ok(back)).removed, [idOf(1)]);
    }));

  it('compares a set with those of the same filters alone', () =>
    withNights(async (run) => {
      ok(await run('backup', [], {at: night(1)}));
      const small = await run('backup', ['--table', 'carts'], {at: night(2)});
      assert.not.match(small.stderr, /fell/);
      const whole = await run('backup', [], {at: night(3)});
      assert.not.match(whole.stderr, /fell/);
      const packed = await run('backup', ['--compress', 'none', '--no-prune'], {at: night(4)});
      assert.not.match(
        `${packed.stderr}${(await run('backup', [], {at: night(5)})).stderr}`,
        /fell/,
      );
    }));
}

it.run();
