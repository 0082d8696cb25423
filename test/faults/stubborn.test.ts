/** Files that refuse to go, to be read or to be written whole: told as what they are, and in nobody's way. */
import {execFile} from 'node:child_process';
import {mkdir, readdir, readFile, stat, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {promisify} from 'node:util';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {makePlace, type Place} from '../support/faults.ts';
import {withMemoryDisk} from '../support/mounts.ts';
import {startPostgres} from '../support/postgres.ts';
import {ok} from '../support/project.ts';
import {canInject, has} from '../support/require.ts';

const it = suite('stubborn files');
const run = promisify(execFile);

/** A file or folder that not even root removes while `use` runs. */
const whileImmutable = async (path: string, use: () => Promise<unknown>) => {
  await run('chattr', ['+i', path]);
  try {
    await use();
  } finally {
    await run('chattr', ['-i', path]);
  }
};

const noStack = /^ +at |bug in pgkeep/m;

if (has('postgres') && canInject('chattr', 'strace', 'prlimit')) {
  let server: Awaited<ReturnType<typeof startPostgres>>;
  let place: Place;

  it.before(async () => {
    server = await startPostgres();
  });
  it.before.each(async () => {
    place = await makePlace(server);
  });
  it.after.each(() => place.end());
  it.after(() => server?.end());

  const theSet = async () => {
    const {sets} = JSON.parse(ok(await place.run('list', ['--json'])));
    return {id: sets[0].id as string, folder: sets[0].folder as string};
  };

  it('backs up past a leftover that can not be removed', async () => {
    const leftover = join(place.shelf, '.20200101T000000Z.removed');
    await mkdir(leftover);
    await writeFile(join(leftover, 'x'), '');
    await whileImmutable(join(leftover, 'x'), async () => {
      const result = await place.run('backup', ['--json']);
      assert.ok(JSON.parse(ok(result)).folder);
      assert.match(result.stderr, /a leftover can't be removed from .*EPERM/);
    });
    ok(await place.run('backup'));
    assert.not.ok((await readdir(place.shelf)).includes('.20200101T000000Z.removed'));
  });

  it('names the set that it made where an older one can not be removed, and removes the others', async () => {
    const old = [1, 2, 3].map((day) => `2020010${day}T000000Z`);
    const {folder} = await theSet();
    for (const id of old) {
      await run('cp', ['-r', folder, join(place.shelf, id)]);
      const file = join(place.shelf, id, 'manifest.json');
      await writeFile(file, (await readFile(file, 'utf8')).replace(/"id": "\w+"/, `"id": "${id}"`));
      await run('rm', [join(place.shelf, id, 'proof.jsonl')]);
      ok(await place.run('verify', [id, '--level', 'checksum']));
    }
    const [first = ''] = old;
    for (let night = 0; night < 4; night += 1) ok(await place.run('backup', ['--no-prune']));
    await whileImmutable(join(place.shelf, first), async () => {
      const result = await place.run('backup', ['--json']);
      assert.ok(JSON.parse(ok(result)).folder);
      assert.match(
        result.stderr,
        new RegExp(`retention was not carried out: could not be removed: ${first}`),
      );
    });
    const left = await readdir(place.shelf);
    assert.equal(
      old.filter((id) => left.includes(id)),
      [first],
    );
  });

  it('calls no set damaged that this user or host can not read just now', async () => {
    const {id, folder} = await theSet();
    const proofs = () => readFile(join(folder, 'proof.jsonl'), 'utf8');
    const before = await proofs();
    for (const error of ['EMFILE', 'EACCES', 'ENOMEM']) {
      const under = [
        'strace',
        '-f',
        '-qq',
        '-o',
        '/dev/null',
        '-P',
        join(folder, 'database.dump.gz'),
        '-e',
        `inject=openat:error=${error}`,
      ];
      const {exitCode, stdout, stderr} = await place.run('verify', [id, '--level', 'checksum'], {
        under,
      });
      assert.is(exitCode, 6, stdout + stderr);
      assert.match(stderr, new RegExp(`can't be read here[\\s\\S]*${error}`));
    }
    assert.is(await proofs(), before);
    ok(await place.run('verify', [id, '--level', 'checksum']));
  });

  it('ends a bundle that finds no room with 7, and leaves nothing of it', async () => {
    const {id} = await theSet();
    const file = join(place.project, 'set.tar');
    ok(await place.run('bundle', [id, '--out', file]));
    const other = join(place.project, 'other');
    const {size} = await stat(file);
    for (const share of [0.3, 0.6, 0.9]) {
      await withMemoryDisk(other, `${Math.ceil((size * share) / 4_096) * 4}k`, async () => {
        const {exitCode, stderr} = await place.run('bundle', [
          '--open',
          file,
          '--backups',
          join(other, 'b'),
        ]);
        assert.is(exitCode, 7, stderr);
        assert.not.match(stderr, noStack);
      });
      const {exitCode, stderr} = await place.run(
        'bundle',
        [id, '--out', join(place.project, 'cut.tar')],
        {
          under: [
            'prlimit',
            `--fsize=${Math.floor(size * share)}`,
            'sh',
            '-c',
            'trap "" XFSZ; exec "$@"',
            'sh',
          ],
        },
      );
      assert.is(exitCode, 7, stderr);
      assert.not.ok((await readdir(place.project)).some((name) => name.includes('cut.tar')));
    }
  });

  it('writes all of a bundle or none of it, up to its last byte', async () => {
    const {id} = await theSet();
    const file = join(place.project, 'set.tar');
    ok(await place.run('bundle', [id, '--out', file]));
    const {size} = await stat(file);
    const {exitCode} = await place.run('bundle', [id, '--out', join(place.project, 'cut.tar')], {
      under: ['prlimit', `--fsize=${size - 1}`, 'sh', '-c', 'trap "" XFSZ; exec "$@"', 'sh'],
    });
    assert.is(exitCode, 7);
  });

  it('leaves the files of others beside a bundle alone', async () => {
    const {id} = await theSet();
    const file = join(place.project, 'mine.tar');
    await writeFile(`${file}.partial`, 'precious');
    ok(await place.run('bundle', [id, '--out', file]));
    assert.is(await readFile(`${file}.partial`, 'utf8'), 'precious');
    const {exitCode, stderr} = await place.run('bundle', [
      id,
      '--out',
      join(place.project, 'nowhere', 'x.tar'),
    ]);
    assert.is(exitCode, 2, stderr);
    assert.match(stderr, /there is no folder/);
  });

  it('says that a pin could not be taken away', async () => {
    const {id, folder} = await theSet();
    ok(await place.run('pin', [id]));
    await whileImmutable(join(folder, 'pinned'), async () => {
      const {exitCode, stderr} = await place.run('unpin', [id]);
      assert.is(exitCode, 7, stderr);
      assert.match(stderr, /pinned' could not be removed[\s\S]*EPERM/);
    });
    ok(await place.run('unpin', [id]));
  });
}

it.run();
