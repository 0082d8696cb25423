/** How a set becomes one: aside, in an order that a crash respects, by one rename. */
import {execFile} from 'node:child_process';
import {mkdir, readdir, readFile, stat, symlink, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {withStaging} from '../../lib/io/staging.ts';
import {openSet, readShelf, sweepShelf} from '../../lib/io/store.ts';
import {loaderFlags, repository} from '../support/door.ts';
import {faultOf} from '../support/fault.ts';
import {canInject} from '../support/require.ts';
import {aManifest, putSet} from '../support/sets.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('publishing');

const [first, second] = ['20261118T031500Z', '20261119T031500Z'] as const;

it('removes what was staged and not published, whatever happened', () =>
  withTempFolder(async (shelf) => {
    const work = withStaging(shelf, first, async ({folder}) => {
      assert.is((await stat(folder)).mode & 0o777, 0o700);
      await writeFile(join(folder, 'database.dump.gz'), 'half');
      throw new RangeError('mine');
    });
    assert.is(await work.catch((error) => error.message), 'mine');
    await withStaging(shelf, second, async () => 'never published');
    assert.equal(await readdir(shelf), []);
  }));

it('never writes into a staging folder that is there already', () =>
  withTempFolder(async (shelf) => {
    await mkdir(join(shelf, 'elsewhere'));
    await symlink(join(shelf, 'elsewhere'), join(shelf, `.${first}.partial`));
    const work = withStaging(shelf, first, async () => assert.unreachable());
    assert.match(
      (await faultOf(() => work, 'toolFailed')).message,
      /is there already, and can't be removed/,
    );
  }));

it('never replaces a set that is there', () =>
  withTempFolder(async (shelf) => {
    await putSet(shelf, {id: first});
    await withStaging(shelf, first, ({publish}) => publish(aManifest({id: first}), undefined)).then(
      () => assert.unreachable(),
      (error) => assert.match(error.message, /ENOTEMPTY|EEXIST/),
    );
    assert.is((await openSet(join(shelf, first))).manifest.files.length, 1);
  }));

const traced = (shelf: string, inject: readonly string[]) =>
  new Promise<string>((resolve) => {
    const strace = ['-f', '-qq', '-y', '-e', 'trace=fsync,rename,renameat,renameat2', ...inject];
    const words = ['-o', `${shelf}.trace`, process.execPath, ...loaderFlags];
    const program = [`${repository}test/fixtures/publisher.ts`, shelf, first];
    // One thread for files: strace counts calls by thread.
    const env = {PATH: process.env['PATH'] ?? '', UV_THREADPOOL_SIZE: '1'};
    execFile('strace', [...strace, ...words, ...program], {env}, (_, stdout) => resolve(stdout));
  });

if (canInject('strace')) {
  it('publishes in the order that a power cut respects', () =>
    withTempFolder(async (folder) => {
      const shelf = join(folder, 'shelf');
      await mkdir(shelf);
      assert.is(await traced(shelf, []), 'published\n');
      const lines = (await readFile(`${shelf}.trace`, 'utf8')).split('\n');
      const steps = lines.flatMap((line) => {
        const [, call, what] = /(fsync|rename)\w*\(.*?\/shelf([^">]*)[">]/.exec(line) ?? [];
        return call === undefined ? [] : [`${call} ${what?.replace(`/.${first}.partial`, '*')}`];
      });
      assert.equal(steps, [
        ...['fsync */database/toc.dat', 'fsync */database', 'fsync */proof.jsonl', 'fsync *'],
        ...['fsync */manifest.json.new', 'rename */manifest.json.new', 'fsync *'],
        ...['rename *', 'fsync '],
      ]);
    }));

  it('shows no set or the whole one when it is killed before any step', () =>
    withTempFolder(async (folder) => {
      const points = [
        ...[1, 3, 6, 7].map((count) => `fsync:signal=KILL:when=${count}`),
        ...[1, 2].map((count) => `rename:signal=KILL:when=${count}`),
      ];
      for (const point of points) {
        const shelf = join(folder, point.replaceAll(/\W/g, '-'), 'app');
        await mkdir(shelf, {recursive: true});
        assert.is(await traced(shelf, ['-e', `inject=${point}`]), '', `${point} was reached`);
        const {sets, unreadable} = await readShelf(shelf);
        assert.equal(unreadable, [], point);
        // The signal comes before the call: at the last one the set is there.
        const isShown = point.endsWith('7');
        assert.equal(
          [...sets.map(({folder}) => folder)],
          isShown ? [join(shelf, first)] : [],
          point,
        );
        await sweepShelf(shelf);
        assert.equal(await readdir(shelf), isShown ? [first] : [], point);
      }
    }));
}

it.run();
