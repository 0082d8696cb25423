/** Disks that are full, broken, read-only, somebody else's, or not there. */
import {chmod, chown, mkdir, rename, stat, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {repository} from '../support/door.ts';
import {contentOf, makePlace, type Place, pairs, succeeds, survives} from '../support/faults.ts';
import {hasLoopDevices, loseEnd, withLoopDisk, withMemoryDisk} from '../support/mounts.ts';
import {startPostgres} from '../support/postgres.ts';
import {canInject, has, othersCanReach, skip} from '../support/require.ts';

const it = suite('disk');

/** Six megabytes that no compressor makes smaller. */
const noise = `CREATE TABLE noise AS SELECT (SELECT string_agg(sha512((i * 100 + j)::text::bytea), '')
  FROM generate_series(1, 16) j) AS bytes FROM generate_series(1, 6000) i`;

if (has('postgres')) {
  let server: Awaited<ReturnType<typeof startPostgres>>;
  it.before(async () => {
    server = await startPostgres();
  });
  it.after(() => server.end());

  const withPlace = async (use: (place: Place) => Promise<unknown>) => {
    const place = await makePlace(server, {sql: pairs(500), withOlderSet: false});
    try {
      await use(place);
    } finally {
      await place.end();
    }
  };
  /** The noise does not fit: the older set stays, and without the noise all is well again. */
  const outgrows = async (place: Place, says: RegExp) => {
    await succeeds(place);
    await place.sql(noise);
    const full = async () => {
      const result = await place.run('backup');
      await place.sql('DROP TABLE noise');
      return result;
    };
    return survives(place, full, {exit: 7, says});
  };

  if (canInject('mount')) {
    for (const format of ['custom', 'directory', 'plain'])
      it(`publishes nothing on a disk that gets full: ${format} format`, () =>
        withPlace((place) =>
          withMemoryDisk(place.backups, '3m', async () => {
            const {env} = place;
            Object.assign(env, {PGKEEP_FORMAT: format});
            const {stderr} = await outgrows(place, /the disk of .* is full/);
            assert.match(stderr, 'hint: free some space');
          }),
        ));

    it('refuses what can not fit before a byte is written, and removes nothing to make room', () =>
      withPlace((place) =>
        withMemoryDisk(place.backups, '100k', async () => {
          const {stderr} = await place.run('backup');
          const refused = () => place.run('backup');
          await survives(place, refused, {exit: 6, says: /MB are free/, isServerGone: true});
          assert.match(stderr, /the backup needs about/);
        }),
      ));

    it('can not be made to write to a read-only disk', () =>
      withPlace((place) =>
        withMemoryDisk(place.backups, '8m', async ({remount}) => {
          await succeeds(place);
          await remount('ro');
          const looked = await place.run('verify', ['latest', '--level', 'archive']);
          assert.is(looked.exitCode, 0, looked.stderr);
          assert.match(looked.stdout, /archive {2}intact/);
          assert.match(looked.stderr, /the verdict on .* is not recorded: .*EROFS/);
          const refused = async () => {
            const result = await place.run('backup');
            await remount('rw');
            return result;
          };
          await survives(place, refused, {exit: [6, 7], says: /read-only file system|EROFS/i});
        }),
      ));
  }

  if (canInject('mount', 'losetup', 'mkfs.ext4')) {
    it('believes fsync: a disk that takes the bytes and can not keep them', async () => {
      if (!(await hasLoopDevices())) return skip('no loop devices here');
      await withPlace((place) =>
        withLoopDisk(place.backups, {size: '40m', backing: '4m'}, async () => {
          await succeeds(place);
          const before = await contentOf(place.shelf);
          await place.sql(noise);
          const result = await place.run('backup');
          assert.is(result.exitCode, 7, result.stdout + result.stderr);
          assert.match(result.stderr, /could not be written[\s\S]*(ENOSPC|EIO)/);
          assert.equal(await contentOf(place.shelf), before);
        }),
      );
    });

    it('calls a set damaged that the disk does not give back', async () => {
      if (!(await hasLoopDevices())) return skip('no loop devices here');
      await withPlace((place) =>
        withLoopDisk(place.backups, {size: '40m', backing: '60m'}, async ({image}) => {
          await place.sql(noise);
          await succeeds(place);
          const before = await contentOf(place.shelf);
          const [set = ''] = Object.keys(before);
          // Where the files lie is the file system's affair: more and more of its end is lost.
          for (let megabytes = 16; ; megabytes -= 2) {
            assert.ok(megabytes > 2, 'some bytes are lost');
            await loseEnd(image, megabytes * 1_000_000);
            const verify = () =>
              place.run('verify', [join(place.shelf, set), '--level', 'checksum']);
            const {exitCode, stdout, stderr} = await verify();
            if (exitCode === 0) continue;
            assert.is(exitCode, 4, stdout + stderr);
            assert.match(stdout + stderr, /can't be read|EIO|no manifest/);
            assert.not.match(stderr, /^ +at /m);
            break;
          }
        }),
      );
    });
  }

  if (canInject('setpriv') && othersCanReach(repository))
    it("names a folder that an ordinary user can't write", () =>
      withPlace(async (place) => {
        // The server's own account: another could not reach its socket.
        const {uid, gid} = await stat(server.libpq['PGHOST'] ?? '');
        const under = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups'];
        await chown(place.project, uid, gid);
        await mkdir(place.backups, {mode: 0o755});
        const {exitCode, stderr} = await place.run('backup', [], {under});
        assert.is(exitCode, 6, stderr);
        assert.match(stderr, /backups.* can't be used/, stderr);
        await chown(place.backups, uid, gid);
        const after = await place.run('backup', [], {under});
        assert.is(after.exitCode, 0, after.stderr);
      }));

  it('makes a folder that is missing, and leaves the mode of one that is there alone', () =>
    withPlace(async (place) => {
      await succeeds(place);
      assert.is((await stat(place.backups)).mode & 0o777, 0o700);
      await chmod(place.backups, 0o755);
      await succeeds(place);
      assert.is((await stat(place.backups)).mode & 0o777, 0o755);
    }));

  if (canInject())
    it("refuses somebody else's folder that others can write", () =>
      withPlace(async (place) => {
        await mkdir(place.backups);
        await chown(place.backups, 65_534, 65_534);
        await chmod(place.backups, 0o777);
        const {exitCode, stderr} = await place.run('backup');
        assert.is(exitCode, 6, stderr);
        assert.match(stderr, /others can write/);
      }));

  const wrong: readonly {what: string; put: (place: Place) => Promise<unknown>}[] = [
    {what: 'a file in the place of the folder', put: ({backups}) => writeFile(backups, '')},
    {
      what: 'a link to nowhere in the place of the shelf',
      put: async ({backups, shelf}) => {
        await mkdir(backups);
        await symlink('/nowhere/at/all', shelf);
      },
    },
    {
      what: 'a link in the place of the lock',
      put: async ({project, shelf}) => {
        await mkdir(shelf, {recursive: true});
        await writeFile(join(project, 'victim'), 'precious');
        await symlink(join(project, 'victim'), join(shelf, '.lock'));
      },
    },
  ];
  for (const {what, put} of wrong)
    it(`refuses ${what}`, () =>
      withPlace(async (place) => {
        await put(place);
        const {exitCode, stderr} = await place.run('backup');
        assert.is(exitCode, 6, stderr);
        assert.match(stderr, /can't be (used|opened)/);
      }));

  it('finds its sets behind a folder that was moved and linked', () =>
    withPlace(async (place) => {
      await succeeds(place);
      await rename(place.backups, join(place.project, 'moved'));
      await symlink(join(place.project, 'moved'), place.backups);
      await succeeds(place);
      const {stdout} = await place.run('list', ['--json']);
      assert.is(JSON.parse(stdout).sets.length, 2);
    }));

  it('makes its set and says so by a code where the answer can not be written', () =>
    withPlace(async (place) => {
      const full = ['/bin/sh', '-c', 'exec "$0" "$@" > /dev/full'];
      const {exitCode, stderr} = await place.run('backup', [], {under: full});
      assert.not.match(stderr, /^ +at /m);
      assert.is(exitCode, 7, stderr);
      assert.match(stderr, 'the answer could not be written');
      const listed = await place.run('list', ['--json']);
      assert.is(JSON.parse(listed.stdout).sets.length, 1);
    }));
}

it.run();
