/** One set as one file and back, with real tar files and real damage. */
import {readdir, readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import {create} from 'tar';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {door} from '../support/door.ts';
import {psql, withPostgres} from '../support/postgres.ts';
import {has} from '../support/require.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('pgkeep bundle');

type Place = {readonly project: string; readonly other: string; readonly set: string};

/** A project with one set, in directory format so that members lie in a folder, and one with none. */
const withSet = (use: (place: Place) => Promise<void>) =>
  withTempFolder((project) =>
    withTempFolder((other) =>
      withPostgres({}, async (server) => {
        await psql(server, 'CREATE TABLE t AS SELECT i FROM generate_series(1, 1000) i');
        const flags = ['--project', project, '--format', 'directory', '--json'];
        const made = await door('backup', flags, {env: {DATABASE_URL: server.url('postgres')}});
        assert.is(made.exitCode, 0, made.stdout + made.stderr);
        await use({project, other, set: JSON.parse(made.stdout).folder});
      }),
    ),
  );

const pack = async (project: string, file: string) => {
  const packed = await door('bundle', ['latest', '--project', project, '--out', file]);
  assert.is(packed.exitCode, 0, packed.stderr);
};

const openInto = (project: string, file: string) =>
  door('bundle', ['--open', file, '--project', project]);

const setsIn = async (project: string): Promise<readonly string[]> => {
  const names = await readdir(join(project, 'backups', 'postgres')).catch(() => []);
  return names.filter((name) => !name.startsWith('.'));
};

if (has('postgres')) {
  it('gives the same bytes for the same set, and a set that verifies elsewhere', () =>
    withSet(async ({project, other, set}) => {
      const [first, second] = [join(project, 'a.tar'), join(project, 'b.tar')];
      await pack(project, first);
      await door('verify', ['--project', project]);
      await door('pin', ['latest', '--project', project]);
      await pack(project, second);
      assert.ok((await readFile(first)).equals(await readFile(second)));

      assert.is((await openInto(other, first)).exitCode, 0);
      assert.equal(await setsIn(other), await setsIn(project));
      const verified = await door('verify', ['--project', other, '--level', 'restore']);
      assert.is(verified.exitCode, 0, verified.stdout + verified.stderr);
      assert.is((await openInto(other, first)).exitCode, 2, 'a second time');
      const again = await door('bundle', ['latest', '--project', project, '--out', first]);
      assert.is(again.exitCode, 2, 'over a file that is there');
      assert.ok(set.startsWith(project));
    }));

  it('refuses to pack a damaged set', () =>
    withSet(async ({project, set}) => {
      await writeFile(join(set, 'schema.sql.gz'), 'damaged');
      const packed = await door('bundle', ['--project', project, '--out', join(project, 'a.tar')]);
      assert.is(packed.exitCode, 4);
      assert.match(packed.stderr, /schema\.sql\.gz/);
      assert.not.ok((await readdir(project)).includes('a.tar'));
    }));

  it('keeps nothing of a bundle that is cut, flipped, compressed or added to', () =>
    withSet(async ({project, other, set}) => {
      const file = join(project, 'a.tar');
      await pack(project, file);
      const bytes = await readFile(file);
      const flipped = Buffer.from(bytes);
      // In the middle of the last member's bytes: behind every header.
      const at = bytes.lastIndexOf('globals.sql.gz') + 600;
      flipped[at] = (flipped[at] ?? 0) ^ 1;
      await writeFile(join(set, 'stranger'), 'x');
      const names = await readdir(set);
      const added = join(project, 'added.tar');
      const id = set.split('/').at(-1) ?? '';
      const sorted = ['manifest.json', ...names.filter((name) => name !== 'manifest.json')];
      await create(
        {cwd: join(set, '..'), file: added},
        sorted.map((name) => `${id}/${name}`),
      );

      const bad: readonly [title: string, content: Buffer][] = [
        ['cut in a member', bytes.subarray(0, bytes.length - 5_000)],
        ['cut to its first block', bytes.subarray(0, 512)],
        ['flipped', flipped],
        ['compressed', gzipSync(bytes)],
        ['added to', await readFile(added)],
        ['empty', Buffer.alloc(0)],
      ];
      for (const [title, content] of bad) {
        const path = join(project, 'bad.tar');
        await writeFile(path, content);
        const opened = await openInto(other, path);
        assert.is(opened.exitCode, 4, `${title}: ${opened.stdout}${opened.stderr}`);
        assert.equal(await setsIn(other), [], title);
      }
    }));
}

it.run();
