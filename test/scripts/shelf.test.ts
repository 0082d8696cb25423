/** The doors that look at sets, prove and remove them. */
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {door} from '../support/door.ts';
import {createDatabase, startPostgres} from '../support/postgres.ts';
import {ok, withProject} from '../support/project.ts';
import {has} from '../support/require.ts';
import {putSet} from '../support/sets.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('shelf doors');

it('lists a thousand sets in a moment', () =>
  withTempFolder(async (project) => {
    const shelf = join(project, 'backups/app');
    for (let index = 0; index < 1_000; index += 1) {
      const day = new Date(Date.UTC(2024, 0, 1 + index))
        .toISOString()
        .slice(0, 10)
        .replaceAll('-', '');
      await putSet(shelf, {id: `${day}T031500Z`});
    }
    const started = performance.now();
    const stdout = ok(await door('list', ['--project', project]));
    assert.ok(performance.now() - started < 8_000, `${performance.now() - started} ms`);
    assert.is(stdout.trim().split('\n').length, 1_001);
    assert.match(stdout, /^20260926T031500Z +app +\d+ d \d\d h/m);
  }));

it('has no set to show, verify or remove where there is none, and says how to make one', () =>
  withTempFolder(async (project) => {
    const place = ['--project', project];
    assert.match(ok(await door('list', place)), `no sets in ${project}/backups`);
    assert.is(ok(await door('prune', place)), 'no sets\n');
    for (const [verb, words] of [
      ['show', []],
      ['verify', []],
      ['verify', ['--all']],
      ['show', ['20260101T000000Z']],
    ] as const) {
      const {exitCode, stderr} = await door(verb, [...place, ...words]);
      assert.is(exitCode, 2, stderr);
      assert.match(stderr, /error: there is no set.*\nhint: `pgkeep (backup|list)`/);
    }
  }));

if (has('postgres')) {
  const server = await startPostgres();
  it.after(() => server.end());
  await createDatabase(server, 'app', {sql: 'CREATE TABLE t AS SELECT 1 AS a'});

  it('proves a set at each level, and ends with 4 where one of all is damaged', () =>
    withProject(server.url('app'), async (run, project) => {
      ok(await run('backup', ['--verify', 'checksum']));
      assert.match(ok(await run('list')), /checksum only/);
      for (const level of ['checksum', 'archive', 'restore'])
        assert.match(
          ok(await run('verify', ['latest', '--level', level])),
          new RegExp(`^\\S+ {2}app {2}${level} {2}intact {2}in [\\d.]+ s\\n$`),
        );
      assert.match(ok(await run('list')), /proven by drill/);
      await putSet(join(project, 'backups/app'), {
        id: '20260101T000000Z',
        manifest: {files: [{name: 'gone', bytes: 1, sha256: '0'.repeat(64)}]},
      });
      const all = await run('verify', ['--all', '--level', 'checksum', '--json']);
      assert.is(all.exitCode, 4, all.stderr);
      assert.equal(
        JSON.parse(all.stdout).map(({verdict}: {verdict: string}) => verdict),
        ['damaged', 'intact'],
      );
    }));

  it('keeps a week, plans before it removes, and counts nothing from the future', () =>
    withProject(server.url('app'), async (run) => {
      const day = (number: number) => `2026-11-${String(number).padStart(2, '0')}T03:15:00Z`;
      const id = (number: number) => day(number).replaceAll(/[-:]/g, '');
      for (const number of [4, 5, 11]) ok(await run('backup', ['--no-prune'], {at: day(number)}));
      const listed = ok(await run('list', [], {at: day(10)}));
      assert.match(listed, new RegExp(`^${id(11)} +app +dated in the future`, 'm'));
      assert.is(JSON.parse(ok(await run('show', ['--json'], {at: day(10)}))).manifest.id, id(5));

      const plan = ok(await run('prune', ['--dry-run', '--retention-days', '6'], {at: day(12)}));
      assert.match(plan, new RegExp(`^${id(4)} +app +would go +older than 6 days`, 'm'));
      assert.match(
        plan,
        new RegExp(
          `^${id(11)} +app +kept +the newest good set; the newest set proven by an archive check`,
          'm',
        ),
      );
      const refused = await run('prune', ['--retention-days', '1'], {at: day(12)});
      assert.is(refused.exitCode, 2, refused.stdout);
      assert.match(refused.stderr, /would remove 2 of 3 sets at once: nothing was removed/);

      const fourth = JSON.parse(
        ok(await run('backup', ['--json', '--retention-days', '7'], {at: day(12)})),
      );
      assert.equal(fourth.removed, [id(4)]);
      const {sets} = JSON.parse(ok(await run('list', ['--json'], {at: day(12)})));
      assert.equal(
        sets.map(({id}: {id: string}) => id),
        [12, 11, 5].map(id),
      );
    }));
}

it.run();
