import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {bundleFaults, type Member, membersOf} from '../../lib/model/bundle.ts';
import type {Manifest} from '../../lib/model/manifest.ts';

const it = suite('a bundle');

const id = '20261120T031500Z';
const files = [
  {name: 'schema.sql.gz', bytes: 3, sha256: 'a'.repeat(64)},
  {name: 'database/toc.dat', bytes: 5, sha256: 'b'.repeat(64)},
];
const manifest = {
  ...{id, files, format: 'directory'},
  compression: {kind: 'gzip', level: 1, program: 'pg_dump'},
} as unknown as Manifest;

const whole: readonly Member[] = [
  {path: `${id}/manifest.json`, type: 'File', bytes: 100},
  {path: `${id}/database/toc.dat`, type: 'File', bytes: 5},
  {path: `${id}/schema.sql.gz`, type: 'File', bytes: 3},
];
const [first, ...others] = whole as [Member, ...Member[]];

it('holds the manifest first and then its files in the order of their names', () => {
  assert.equal(
    membersOf(manifest),
    whole.map(({path}) => path),
  );
});

it('is what its manifest says when every member is there once and as long as it should be', () => {
  assert.equal(bundleFaults(manifest, whole), []);
});

const hostile: readonly [title: string, members: readonly Member[], fault: RegExp][] = [
  [
    'a path that climbs out',
    [...whole, {path: `${id}/../x`, type: 'File', bytes: 1}],
    /not in the manifest/,
  ],
  [
    'an absolute path',
    [...whole, {path: '/etc/cron.d/x', type: 'File', bytes: 1}],
    /not in the manifest/,
  ],
  [
    'a symbolic link under a known name',
    [first, {path: `${id}/schema.sql.gz`, type: 'SymbolicLink', bytes: 0}],
    /no ordinary file/,
  ],
  ['a hard link', [...whole, {path: `${id}/x`, type: 'Link', bytes: 0}], /no ordinary file/],
  [
    'a device',
    [...whole, {path: `${id}/x`, type: 'CharacterDevice', bytes: 0}],
    /no ordinary file/,
  ],
  [
    'a folder',
    [...whole, {path: `${id}/database/`, type: 'Directory', bytes: 0}],
    /no ordinary file/,
  ],
  ['a member before the manifest', [...others, first], /it begins with .*, not with its manifest/],
  ['a member that comes twice', [...whole, ...others], /there twice/],
  ['a second manifest', [...whole, first], /there twice/],
  [
    'a member that is too long',
    [first, {path: `${id}/schema.sql.gz`, type: 'File', bytes: 4e12}],
    /4000000000000 bytes, the manifest says 3/,
  ],
  ['a missing member', [first], /'20261120T031500Z\/schema.sql.gz' is missing/],
  [
    'another set in its place',
    [{...first, path: '20200101T000000Z/manifest.json'}, ...others],
    /not in the manifest/,
  ],
];
for (const [title, members, fault] of hostile)
  it(`is refused with ${title}`, () => {
    assert.match(bundleFaults(manifest, members).join('\n'), fault);
  });

const strange: readonly (readonly [format: Manifest['format'], name: string])[] = [
  ['custom', 'database/toc.dat'],
  ['custom', 'database.dump.zst'],
  ['custom', 'database.dump.gz/x'],
  ['directory', 'database.dump.gz'],
  ['plain', 'database.dump.gz'],
  ['plain', 'notes.txt'],
];

for (const [format, name] of strange) {
  it(`is refused with '${name}' in a set of ${format} format`, () => {
    const file = {name, bytes: 1, sha256: 'a'.repeat(64)};
    const members = [first, {path: `${id}/${name}`, type: 'File', bytes: 1}];
    const [fault] = bundleFaults({...manifest, format, files: [file]}, members);
    assert.match(fault ?? '', /is no file of a set in .* format/);
  });
}

it.run();
