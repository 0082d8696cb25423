import {execFileSync} from 'node:child_process';
import {
  chmod,
  copyFile,
  mkdir,
  readdir,
  readFile,
  rename,
  rm,
  stat,
  symlink,
  writeFile,
} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {
  openSet,
  prepareShelf,
  readShelf,
  recordProof,
  removeSet,
  shelfFolder,
  shelvesIn,
  sweepShelf,
} from '../../lib/io/store.ts';
import {faultOf} from '../support/fault.ts';
import {aProof, putSet} from '../support/sets.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('store');

const ids = ['20261118T031500Z', '20261119T031500Z', '20261120T031500Z'] as const;
const [first, second, third] = ids;

/** The shelf of the database that sets made by hand are of. */
const withShelf = (use: (shelf: string) => Promise<void>) =>
  withTempFolder(async (backups) => {
    await mkdir(join(backups, 'app'));
    await use(join(backups, 'app'));
  });

it('gives every database a folder of its own, whatever its name', () => {
  const names = [
    'app',
    'App',
    'a/b',
    'a-b',
    '..',
    '',
    '🐘',
    '🐘🐘',
    "it's",
    'sqlite',
    '-',
    'x'.repeat(63),
  ];
  const folders = names.map((name) => shelfFolder('/b', name));
  assert.is(new Set(folders.map((folder) => folder.toLowerCase())).size, names.length);
  for (const folder of folders) assert.match(folder, /^\/b\/[a-z0-9_][a-z0-9_.-]*$/);
  assert.is(folders[0], '/b/app');
});

it('reads the sets of a shelf, oldest first, with proofs and pins, and nothing else', () =>
  withShelf(async (shelf) => {
    await putSet(shelf, {id: third, proofs: [aProof('archive'), aProof('restore')]});
    await putSet(shelf, {id: first, isPinned: true});
    await putSet(shelf, {id: second});
    for (const name of ['.20261117T031500Z.partial', '20261399T031500Z', 'notes', '.hidden'])
      await mkdir(join(shelf, name));
    await writeFile(join(shelf, 'README'), 'mine');
    const {sets, unreadable} = await readShelf(shelf);
    assert.equal(
      sets.map(({manifest}) => manifest.id),
      ids,
    );
    assert.equal(
      sets.map(({isPinned}) => isPinned),
      [true, false, false],
    );
    assert.equal(
      sets.map(({proofs}) => proofs.length),
      [0, 0, 2],
    );
    assert.equal(unreadable, []);
  }));

it('takes a shelf that is not there for empty, and says why another can not be read', () =>
  withTempFolder(async (folder) => {
    assert.equal(await readShelf(join(folder, 'none')), {sets: [], unreadable: []});
    assert.equal(await shelvesIn(join(folder, 'none')), []);
    await writeFile(join(folder, 'file'), '');
    await faultOf(() => readShelf(join(folder, 'file')), 'unavailable');
  }));

it('lists folders as shelves, but no files and nothing hidden', () =>
  withTempFolder(async (backups) => {
    for (const name of ['b', 'a', '.trash']) await mkdir(join(backups, name));
    await writeFile(join(backups, 'log.txt'), '');
    assert.equal(await shelvesIn(backups), [join(backups, 'a'), join(backups, 'b')]);
  }));

it('reports what is named like a set and is none, and reads the others', () =>
  withShelf(async (shelf) => {
    await mkdir(join(shelf, first));
    await writeFile(join(await putSet(shelf, {id: second}), 'manifest.json'), '{"version": 1}');
    await putSet(shelf, {id: third});
    await writeFile(join(shelf, '20261117T031500Z'), 'a file');
    const {sets, unreadable} = await readShelf(shelf);
    assert.equal(
      sets.map(({manifest}) => manifest.id),
      [third],
    );
    assert.equal(
      unreadable.map(({folder}) => folder.slice(-16)),
      ['20261117T031500Z', first, second],
    );
    assert.match(unreadable[1]?.why ?? '', /has no manifest: it is no complete set/);
    assert.match(unreadable[2]?.why ?? '', /no valid manifest/);
  }));

it('does not take a copy under another id for a set of its own: what goes by id would go twice', () =>
  withShelf(async (shelf) => {
    await putSet(shelf, {id: first});
    await putSet(shelf, {id: second, manifest: {id: first}});
    const {sets, unreadable} = await readShelf(shelf);
    assert.equal(
      sets.map(({folder}) => folder),
      [join(shelf, first)],
    );
    assert.match(unreadable[0]?.why ?? '', `its manifest is that of ${first}`);
  }));

it('does not take a set of another database for one of this one', () =>
  withShelf(async (shelf) => {
    await putSet(shelf, {id: first});
    await putSet(shelf, {id: second, manifest: {database: 'other'}});
    await putSet(shelf, {id: third, manifest: {database: 'App'}});
    const {sets, unreadable} = await readShelf(shelf);
    assert.equal(
      sets.map(({folder}) => folder),
      [join(shelf, first)],
    );
    assert.equal(
      unreadable.map(({id, why}) => [id, why]),
      [second, third].map((id) => [id, 'its manifest is of another database']),
    );
  }));

it('opens one set by its folder alone, wherever it was moved', () =>
  withShelf(async (shelf) => {
    await rename(await putSet(shelf, {id: first}), join(shelf, 'moved'));
    assert.is((await openSet(join(shelf, 'moved'))).manifest.id, first);
    await faultOf(() => openSet(join(shelf, 'nowhere')), 'usage');
  }));

it('adds proofs at the end, for the owner alone', () =>
  withShelf(async (shelf) => {
    const folder = await putSet(shelf, {id: first, proofs: [aProof('archive')]});
    await recordProof(await openSet(folder), aProof('restore'));
    assert.equal(
      (await openSet(folder)).proofs.map(({level}) => level),
      ['archive', 'restore'],
    );
  }));

it('takes no proof for one of its own that was made of another set', () =>
  withShelf(async (shelf) => {
    const proven = await putSet(shelf, {id: first, proofs: [aProof('restore')]});
    const other = await putSet(shelf, {id: second});
    await copyFile(join(proven, 'proof.jsonl'), join(other, 'proof.jsonl'));
    assert.is((await openSet(proven)).proofs.length, 1);
    assert.equal((await openSet(other)).proofs, []);
  }));

for (const name of ['manifest.json', 'proof.jsonl'])
  it(`does not wait for a FIFO in the place of ${name}`, () =>
    withShelf(async (shelf) => {
      const folder = await putSet(shelf, {id: first});
      await rm(join(folder, name));
      execFileSync('mkfifo', [join(folder, name)]);
      const {sets, unreadable} = await readShelf(shelf);
      assert.equal([sets.length, unreadable.length], name === 'proof.jsonl' ? [1, 0] : [0, 1]);
    }));

it('does not write a proof through a link', () =>
  withShelf(async (shelf) => {
    const folder = join(shelf, first);
    await mkdir(folder);
    await writeFile(join(shelf, 'precious'), 'mine');
    await symlink(join(shelf, 'precious'), join(folder, 'proof.jsonl'));
    await faultOf(() => recordProof({folder, manifestSha256: ''}, aProof('archive')), 'toolFailed');
    assert.is(await readFile(join(shelf, 'precious'), 'utf8'), 'mine');
  }));

it('sweeps what dead runs left, and nothing of the operator', () =>
  withShelf(async (shelf) => {
    const left = [`.${first}.partial`, `.${second}.removed`];
    const kept = [
      third,
      '.partial',
      `.${first}.partial.mine`,
      `.${first}.kept`,
      'x.partial',
      '.lock',
    ];
    for (const name of [...left, ...kept])
      await mkdir(join(shelf, name, 'deep'), {recursive: true});
    assert.equal((await sweepShelf(shelf)).removed.toSorted(), left);
    assert.equal((await readdir(shelf)).sort(), kept.toSorted());
  }));

it('removes a set as a whole', () =>
  withShelf(async (shelf) => {
    for (const id of ids) await putSet(shelf, {id});
    const {sets} = await readShelf(shelf);
    for (const set of sets.slice(0, 2)) await removeSet(set);
    assert.equal(await readdir(shelf), [third]);
  }));

it('makes the folders for their owner alone, and leaves a backups folder that is there as it is', () =>
  withTempFolder(async (folder) => {
    const backups = join(folder, 'deep/backups');
    await mkdir(join(backups, 'app'), {recursive: true});
    for (const name of [backups, join(backups, 'app')]) await chmod(name, 0o755);
    await prepareShelf(backups, join(backups, 'app'));
    await prepareShelf(backups, join(backups, 'other'));
    assert.is((await stat(backups)).mode & 0o777, 0o755);
    for (const name of ['app', 'other'])
      assert.is((await stat(join(backups, name))).mode & 0o777, 0o700, name);
  }));

it.run();
