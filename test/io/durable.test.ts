/** Files and folders: written privately and durably, measured, read to the end. */
import {createHash} from 'node:crypto';
import {
  chmod,
  chown,
  mkdir,
  readdir,
  readFile,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {checksumOf} from '../../lib/io/checksum.ts';
import {intoFile, withInput, withTextFile} from '../../lib/io/descriptor.ts';
import {
  appendDurably,
  createPrivately,
  emptyFolder,
  ownFolder,
  privateFolder,
  syncFile,
  syncFolder,
  writeDurably,
} from '../../lib/io/durable.ts';
import {filesBelow, folderBytes, freeBytes} from '../../lib/io/folder-size.ts';
import {faultOf} from '../support/fault.ts';
import {testShell} from '../support/postgres.ts';
import {skip} from '../support/require.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('files');

const modeOf = async (path: string) => (await stat(path)).mode & 0o777;

/** A file that is somebody's, and a link to it where pgkeep wants to write. */
const withLink = (use: (path: string) => Promise<unknown>) =>
  withTempFolder(async (folder) => {
    await writeFile(join(folder, 'precious'), 'mine');
    await symlink(join(folder, 'precious'), join(folder, 'link'));
    await use(join(folder, 'link'));
    assert.is(await readFile(join(folder, 'precious'), 'utf8'), 'mine');
  });

const writers: readonly [string, (path: string) => Promise<unknown>][] = [
  ['a new file', (path) => createPrivately(path).then((file) => file.close())],
  ['what a program writes', (path) => intoFile(path, async () => {})],
  ['a line more', (path) => appendDurably(path, 'x\n')],
];

for (const [what, write] of writers) {
  it(`does not write ${what} through a link`, () =>
    withLink(async (path) => assert.instance(await write(path).catch((error) => error), Error)));

  it(`keeps ${what} from all others, under any umask`, () =>
    withTempFolder(async (folder) => {
      const umask = process.umask(0);
      try {
        await write(join(folder, 'file'));
        await ownFolder(join(folder, 'a/b'));
      } finally {
        process.umask(umask);
      }
      assert.is(await modeOf(join(folder, 'file')), 0o600);
      assert.equal(
        [await modeOf(join(folder, 'a')), await modeOf(join(folder, 'a/b'))],
        [0o700, 0o700],
      );
    }));
}

it('never writes over a file that is there', () =>
  withTempFolder(async (folder) => {
    const path = join(folder, 'file');
    await writeFile(path, 'mine');
    await faultOf(() => intoFile(path, async () => {}), 'toolFailed');
    assert.is(await readFile(path, 'utf8'), 'mine');
  }));

it('replaces a file as a whole, and a link by a file of its own', () =>
  withLink(async (path) => {
    await writeDurably(path, 'old');
    await writeFile(`${path}.new`, 'left by a run that died');
    await writeDurably(path, 'new');
    assert.is(await readFile(path, 'utf8'), 'new');
    assert.equal((await readdir(join(path, '..'))).sort(), ['link', 'precious']);
  }));

it('puts a line after one that a power cut has torn, and none between whole ones', () =>
  withTempFolder(async (folder) => {
    const path = join(folder, 'journal');
    await appendDurably(path, 'one\n');
    await appendDurably(path, 'two\n');
    await truncate(path, 6);
    await appendDurably(path, 'three\n');
    await appendDurably(path, 'four\n');
    assert.is(await readFile(path, 'utf8'), 'one\ntw\nthree\nfour\n');
  }));

it('refuses what is no file in the place of a journal, and waits for nobody', () =>
  withTempFolder(async (folder) => {
    const path = join(folder, 'pipe');
    await testShell().run({file: 'mkfifo', args: [path], env: {}});
    await faultOf(() => appendDurably(path, 'x\n'), 'toolFailed');
    await faultOf(() => appendDurably(folder, 'x\n'), 'toolFailed');
  }));

it('says toolFailed where the disk does not take it', () =>
  withTempFolder(async (folder) => {
    const nowhere = join(folder, 'none/file');
    const works = [() => writeDurably(nowhere, 'x'), () => appendDurably(nowhere, 'x')];
    for (const work of [...works, () => syncFile(nowhere), () => syncFolder(nowhere)])
      assert.match((await faultOf(work, 'toolFailed')).message, /could not be written/);
    // A link in place of what was written is no file of ours.
    await symlink('/etc/passwd', join(folder, 'link'));
    await faultOf(() => syncFile(join(folder, 'link')), 'toolFailed');
    await faultOf(() => intoFile('/dev/full/x', async () => {}), 'toolFailed');
  }));

it('leaves a folder that is there as it is, and refuses one that everybody can write', () =>
  withTempFolder(async (folder) => {
    for (const mode of [0o755, 0o775, 0o710, 0o700]) {
      await chmod(folder, mode);
      await ownFolder(folder);
      assert.is(await modeOf(folder), mode);
    }
    await chmod(folder, 0o1777);
    const fault = await faultOf(() => ownFolder(folder), 'unavailable');
    assert.match(fault.message, /others can write/);
    assert.is((await stat(folder)).mode & 0o7777, 0o1777);
  }));

it('narrows a folder that is to be ours alone', () =>
  withTempFolder(async (folder) => {
    await chmod(folder, 0o755);
    await privateFolder(folder);
    assert.is(await modeOf(folder), 0o700);
  }));

it('refuses a folder of others that others can write, and one that is a file', () =>
  withTempFolder(async (folder) => {
    await writeFile(join(folder, 'file'), '');
    await faultOf(() => ownFolder(join(folder, 'file')), 'unavailable');
    if (process.getuid?.() !== 0) return skip('giving a folder away needs root');
    await mkdir(join(folder, 'theirs'));
    await chown(join(folder, 'theirs'), 65_534, 65_534);
    await chmod(join(folder, 'theirs'), 0o770);
    const fault = await faultOf(() => ownFolder(join(folder, 'theirs')), 'unavailable');
    assert.match(fault.message, /others can write/);
    await chmod(join(folder, 'theirs'), 0o755);
    await ownFolder(join(folder, 'theirs'));
    assert.is(await modeOf(join(folder, 'theirs')), 0o755, 'and leaves it as it is');
  }));

it('empties a folder and keeps it', () =>
  withTempFolder(async (folder) => {
    await mkdir(join(folder, 'a/b'), {recursive: true});
    await writeFile(join(folder, '.hidden'), '');
    await emptyFolder(folder);
    assert.equal(await readdir(folder), []);
  }));

it('knows the checksum of every byte, beyond one chunk too', () =>
  withTempFolder(async (folder) => {
    for (const length of [0, 1, 1_048_576, 2_500_001]) {
      const content = Buffer.alloc(length, 'pgkeep');
      await writeFile(join(folder, 'file'), content);
      let seen = 0;
      const onBytes = (bytes: number) => {
        seen += bytes;
      };
      const sha256 = createHash('sha256').update(content).digest('hex');
      assert.equal(await checksumOf(join(folder, 'file'), {onBytes}), {bytes: length, sha256});
      assert.is(seen, length);
    }
  }));

it('reads no link, no folder and nothing that is not there, and stops when it is told', () =>
  withLink(async (path) => {
    for (const other of [path, join(path, '..'), `${path}-none`])
      assert.match((await faultOf(() => checksumOf(other), 'notIntact')).message, /can't be read/);
    await faultOf(() => withInput(path, async () => assert.unreachable()), 'notIntact');
    const signal = AbortSignal.abort(new RangeError('enough'));
    const error = await checksumOf(join(path, '../precious'), {signal}).catch((error) => error);
    assert.match(String(error.cause ?? error), /enough/);
  }));

it('hands files to programs by their descriptor, and closes them', () =>
  withTempFolder(async (folder) => {
    const cat = {file: 'cat', args: [], env: {}};
    const path = join(folder, 'file');
    const before = (await readdir('/proc/self/fd')).length;
    await intoFile(path, (output) => testShell().pipe([cat], {input: 'some text', output}));
    const {stdout} = await withInput(path, (input) =>
      testShell().pipe([cat], {input, output: 'text'}),
    );
    assert.is(stdout, 'some text');
    await withTextFile('a list', async (list) => {
      assert.is(await readFile(list, 'utf8'), 'a list');
      assert.is(await modeOf(list), 0o600);
    });
    assert.is((await readdir('/proc/self/fd')).length, before);
  }));

it('measures what is below a folder, and lists it', () =>
  withTempFolder(async (folder) => {
    await mkdir(join(folder, 'b/c'), {recursive: true});
    for (const [name, length] of [
      ['z', 5],
      ['b/y', 7],
      ['b/c/x', 11],
    ] as const) {
      await writeFile(join(folder, name), '');
      await truncate(join(folder, name), length);
    }
    assert.is(await folderBytes(folder), 23);
    assert.equal(await filesBelow(folder), ['b/c/x', 'b/y', 'z']);
    assert.is(await folderBytes(join(folder, 'none')), 0);
    assert.ok((await freeBytes(folder)) > 0);
  }));

it.run();
