/** Restores onto a server whose disk gets full while the new database is built beside the old one. */
import {execFileSync} from 'node:child_process';
import {stat, statfs, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {
  makePlace,
  type Place,
  pairs,
  programsGone,
  sessionsGone,
  until,
} from '../support/faults.ts';
import {withMemoryDisk} from '../support/mounts.ts';
import {psql, startPostgres} from '../support/postgres.ts';
import {ok} from '../support/project.ts';
import {canInject, has} from '../support/require.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('restore onto a full disk');

const sums = 'SELECT count(*), sum(hashtext(note)) FROM pair';

const others = ({server, database}: Place) =>
  psql(
    server,
    `SELECT string_agg(datname, ',') FROM pg_database WHERE datname LIKE '${database}\\_%'`,
  );

/** The set has more rows than production: what was there is told from what is restored. */
const withFewerRows = async (place: Place) => {
  await place.sql('DELETE FROM pair WHERE id % 2 = 0');
  return place.sql(sums);
};

/** Leaves this many bytes free on a disk. */
const fillUpTo = async (folder: string, bytes: number) => {
  const {bavail, bsize} = await statfs(folder);
  await writeFile(join(folder, 'filler'), Buffer.alloc(bavail * bsize - bytes));
};

if (has('postgres') && canInject('mount', 'chown')) {
  it('says so, drops what was built, and leaves the database as it was, where a tablespace gets full', () =>
    withTempFolder((folder) =>
      withMemoryDisk(join(folder, 'small'), '90M', async () => {
        execFileSync('chmod', ['711', folder, join(folder, 'small')]);
        const server = await startPostgres();
        try {
          const {uid, gid} = await stat(server.libpq['PGHOST'] ?? '');
          execFileSync('chown', [`${uid}:${gid}`, join(folder, 'small')]);
          await psql(server, `CREATE TABLESPACE small LOCATION '${join(folder, 'small')}'`);
          const place = await makePlace(server, {sql: pairs(10), withOlderSet: false});
          await psql(server, `ALTER DATABASE ${place.database} SET TABLESPACE small`);
          await place.sql(`DROP TABLE pair; ${pairs(150_000)}`);
          ok(await place.run('backup'));
          const before = await withFewerRows(place);
          const restore = () => place.run('restore', ['--backup', 'latest', '--yes']);

          const running = restore();
          await until(async () => /_incoming_/.test(await others(place)), 'the build has begun');
          await fillUpTo(join(folder, 'small'), 15_000_000);
          const failed = await running;
          const refused = await restore();

          assert.is(refused.exitCode, 6, refused.stderr);
          assert.match(refused.stderr, /the server's disk has \d+ MB free, .* needs about \d+ MB/);
          assert.is(failed.exitCode, 7, failed.stderr);
          assert.match(failed.stderr, /No space left on device/, failed.stderr);
          assert.is(await place.sql(sums), before);
          assert.is(await others(place), '');
          await programsGone(place);
          await sessionsGone(place);
          await place.end();
        } finally {
          await server.end();
        }
      }),
    ));
}

it.run();
