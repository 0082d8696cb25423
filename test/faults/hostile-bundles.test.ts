/** Tar files made to do harm: each is refused, nothing of it is kept, nothing outside is written. */
import {chmod, mkdir, mkdtemp, readFile, rm, stat, utimes, writeFile} from 'node:fs/promises';
import {tmpdir} from 'node:os';
import {join} from 'node:path';
import {gzipSync} from 'node:zlib';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {shelfFolder} from '../../lib/io/store.ts';
import {compileDoors} from '../support/compiled.ts';
import {door} from '../support/door.ts';
import {contentOf} from '../support/faults.ts';
import {scaled} from '../support/require.ts';
import {putSet} from '../support/sets.ts';
import {pax, type RawMember, tarOf} from '../support/tar.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('hostile bundles');

const id = '20261120T031500Z';
const dump = `${id}/database.dump.gz`;

const compiled = await mkdtemp(join(tmpdir(), 'pgkeep-test-'));
await compileDoors(compiled, ['bundle']);
it.after(() => rm(compiled, {recursive: true, force: true}));

/** What makes a good bundle, to be spoilt. */
type Parts = {readonly manifest: RawMember; readonly dump: RawMember};

const far = 'x/'.repeat(4_000);
const many = (count: number): readonly RawMember[] =>
  Array.from({length: count}, (_, index) => ({path: `${id}/x${index}`, body: ''}));

const spoilt: readonly [
  what: string,
  spoil: (parts: Parts) => readonly RawMember[],
  says: RegExp,
][] = [
  ['no manifest', ({dump}) => [dump], /does not begin with a manifest/],
  ['the manifest last', ({manifest, dump}) => [dump, manifest], /does not begin with a manifest/],
  [
    'a path that climbs out',
    ({manifest, dump}) => [manifest, dump, {path: '../out', body: 'x'}],
    /'\.\.\/out' is not in the manifest/,
  ],
  [
    'an absolute path',
    ({manifest, dump}) => [manifest, dump, {path: '/tmp/pgkeep-out', body: 'x'}],
    /not in the manifest/,
  ],
  [
    'a path of Windows',
    ({manifest, dump}) => [manifest, dump, {path: 'C:..\\out', body: 'x'}],
    /not in the manifest/,
  ],
  [
    'a link',
    ({manifest, dump}) => [manifest, dump, {path: `${id}/l`, type: '2', link: '/etc/passwd'}],
    /no ordinary file \(SymbolicLink\)/,
  ],
  [
    'a link, and a file through it',
    ({manifest, dump}) => [
      manifest,
      {path: `${id}/database`, type: '2', link: '../../..'},
      dump,
      {path: `${id}/database/out`, body: 'x'},
    ],
    /no ordinary file/,
  ],
  [
    'a link in the place of the dump',
    ({manifest}) => [manifest, {path: dump, type: '2', link: '/etc/passwd'}],
    /no ordinary file/,
  ],
  [
    'a hard link',
    ({manifest}) => [manifest, {path: dump, type: '1', link: '/etc/passwd'}],
    /no ordinary file \(Link\)/,
  ],
  [
    'a device',
    ({manifest, dump}) => [manifest, dump, {path: `${id}/null`, type: '3'}],
    /CharacterDevice/,
  ],
  ['a FIFO', ({manifest, dump}) => [manifest, dump, {path: `${id}/fifo`, type: '6'}], /FIFO/],
  [
    'a folder',
    ({manifest, dump}) => [manifest, dump, {path: `${id}/folder/`, type: '5'}],
    /Directory/,
  ],
  ['a member twice', ({manifest, dump}) => [manifest, dump, dump], /is there twice/],
  ['the manifest twice', ({manifest, dump}) => [manifest, dump, manifest], /is there twice/],
  ['a member that is missing', ({manifest}) => [manifest], /is missing/],
  [
    'a longer member',
    ({manifest, dump}) => [manifest, {...dump, body: `${dump.body}x`}],
    /bytes, the manifest says/,
  ],
  [
    'other bytes of the same length',
    ({manifest, dump}) => [manifest, {...dump, body: String(dump.body).replace('the', 'THE')}],
    /SHA-256/,
  ],
  [
    'a size below zero',
    ({manifest, dump}) => [manifest, {...dump, size: Buffer.alloc(12, 0xff)}],
    /can't be read as a tar|bytes, the manifest says|is missing/,
  ],
  [
    'a size beyond all disks',
    ({manifest, dump}) => [manifest, {...dump, size: Buffer.from('777777777777')}],
    /can't be read as a tar/,
  ],
  [
    'a size that is none',
    ({manifest, dump}) => [manifest, {...dump, size: Buffer.from('abcdefghijk\0')}],
    /can't be read as a tar|bytes, the manifest says/,
  ],
  [
    'a name given by an extended header',
    ({manifest, dump}) => [manifest, pax({path: '../../out'}), dump],
    /not in the manifest/,
  ],
  [
    'a NUL in a name',
    ({manifest, dump}) => [
      manifest,
      dump,
      pax({path: `${dump.path}\0.out`}),
      {path: 'x', body: 'x'},
    ],
    /is there twice|not in the manifest/,
  ],
  [
    'a size in an extended header',
    ({manifest, dump}) => [manifest, pax({size: '1'}), dump],
    /can't be read as a tar|bytes, the manifest says/,
  ],
  [
    'a folder very deep',
    ({manifest, dump}) => [manifest, dump, pax({path: `${far}out`}), {path: 'x', body: 'x'}],
    /not in the manifest/,
  ],
  [
    'ever so many members',
    ({manifest, dump}) => [manifest, dump, ...many(scaled(10_000))],
    /not in the manifest/,
  ],
  [
    'escape sequences in a name',
    ({manifest, dump}) => [manifest, dump, {path: '\u001b[2Jx', body: ''}],
    /\\u001b\[2Jx/,
  ],
];

/** A set's parts, and a project that is to stay as it is. */
const withParts = (
  use: (parts: Parts, place: {project: string; file: string}) => Promise<unknown>,
) =>
  withTempFolder(async (folder) => {
    const from = await putSet(join(folder, 'from'), {id});
    const read = (name: string) => readFile(join(from, name), 'utf8');
    const manifest = {path: `${id}/manifest.json`, body: await read('manifest.json')};
    const project = join(folder, 'project');
    await mkdir(project);
    await use(
      {manifest, dump: {path: dump, body: await read('database.dump.gz')}},
      {project, file: join(folder, 'x.tar')},
    );
  });

const opened = (project: string, file: string) =>
  door('bundle', ['--open', file, '--project', project], {compiled, timeoutSeconds: 60});

it('takes the parts in as they are, whatever the modes in the bundle say', () =>
  withParts(async ({manifest, dump}, {project, file}) => {
    await writeFile(file, tarOf([manifest, {...dump, mode: 0o6777}]));
    const {exitCode, stdout, stderr} = await opened(project, file);
    assert.is(exitCode, 0, stderr);
    const {mode} = await stat(join(stdout.trim(), 'database.dump.gz'));
    assert.is(mode & 0o7777, 0o600);
  }));

for (const [what, spoil, says] of spoilt)
  it(`keeps nothing of a bundle with ${what}`, () =>
    withParts(async (parts, {project, file}) => {
      await writeFile(file, tarOf(spoil(parts)));
      const around = join(project, '..');
      const before = await contentOf(around);
      const {exitCode, stderr} = await opened(project, file);
      assert.is(exitCode, 4, stderr);
      assert.match(stderr, says);
      assert.ok(stderr.length < 5_000, `${stderr.length} characters`);
      assert.not.match(stderr, /^ +at /m);
      // The shelf may have been made; nothing is in it.
      const {'/project/backups': _, '/project/backups/app': __, ...after} = await contentOf(around);
      assert.equal(after, before);
    }));

const noBundles: readonly [what: string, content: Buffer][] = [
  ['an empty file', Buffer.alloc(0)],
  ['a begun archive of pg_dump', Buffer.from('PGDMP')],
  ['bytes of no meaning', Buffer.from('\u0001\u0002random'.repeat(200))],
  ['an SQL script', Buffer.from('CREATE TABLE x ();\n'.repeat(100))],
  ['zeros', Buffer.alloc(10_240)],
  ['a compressed bundle', gzipSync(tarOf([]))],
  ['a bomb', gzipSync(Buffer.alloc(50_000_000))],
];
for (const [what, content] of noBundles)
  it(`takes ${what} for no bundle`, () =>
    withTempFolder(async (folder) => {
      await writeFile(join(folder, 'x'), content);
      const {exitCode, stderr} = await opened(folder, join(folder, 'x'));
      assert.is(exitCode, 4, stderr);
      assert.match(stderr, /is no bundle/);
      assert.equal(Object.keys(await contentOf(folder)), ['/x']);
    }));

it('takes nothing for a bundle that is no file', () =>
  withTempFolder(async (folder) => {
    for (const path of [folder, '/dev/null', '/dev/zero', join(folder, 'nowhere')]) {
      const {exitCode, stderr} = await opened(folder, path);
      assert.is(exitCode, 2, stderr);
      assert.match(stderr, /can't be opened/);
    }
  }));

it('packs the same bytes under another umask, time zone, locale and time of the files', () =>
  withTempFolder(async (project) => {
    const set = await putSet(shelfFolder(join(project, 'backups'), 'app'), {id});
    const pack = async (name: string, env: Record<string, string>, umask: string) => {
      const args = [id, '--project', project, '--out', join(project, name)];
      const under = ['sh', '-c', `umask ${umask}; exec "$@"`, 'sh'];
      const {exitCode, stderr} = await door('bundle', args, {compiled, env, under});
      assert.is(exitCode, 0, stderr);
      return readFile(join(project, name));
    };
    const first = await pack('a.tar', {TZ: 'Asia/Kolkata', LC_ALL: 'C'}, '000');
    await utimes(join(set, 'manifest.json'), 1, 1);
    await chmod(join(set, 'database.dump.gz'), 0o640);
    const second = await pack('b.tar', {TZ: 'America/New_York', LC_ALL: 'tr_TR.UTF-8'}, '077');
    assert.ok(first.equals(second));
    assert.is((await stat(join(project, 'a.tar'))).mode & 0o777, 0o600);
  }));

it.run();
