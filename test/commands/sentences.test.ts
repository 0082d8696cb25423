/** The small sentences: compressors, text tools, the host, and words of SQL. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type Compressors, compressor, decompressor} from '../../lib/commands/compress.ts';
import {
  digestAlgorithms,
  fingerprintOf,
  largeObjectDigest,
  sequenceValue,
  tableDigest,
} from '../../lib/commands/digest.ts';
import {lockStandardInput, removeTree} from '../../lib/commands/host.ts';
import {conninfoValue, identifier, literal, qualified} from '../../lib/commands/sql.ts';
import {asItIs, lastBytes, linesMatching, withoutPublicSchema} from '../../lib/commands/text.ts';
import {type Command, render} from '../../lib/model/command.ts';
import {parseCompression} from '../../lib/model/compression.ts';

const it = suite('sentences');

const all: Compressors = {igzip: '/b/igzip', pigz: '/b/pigz', gzip: '/b/gzip', zstd: '/b/zstd'};
const {igzip: _, ...slow} = all;
const poor: Compressors = {gzip: '/b/gzip'};

const choices: readonly [string, string, Compressors, string | undefined][] = [
  ['gzip', 'a host with everything', all, '/b/igzip -1 --stdout'],
  ['gzip:3', 'a host with everything', all, '/b/igzip -3 --stdout'],
  ['gzip:4', 'a host with everything', all, '/b/pigz -4 --stdout --no-name'],
  ['gzip:1', 'a host without igzip', slow, '/b/pigz -1 --stdout --no-name'],
  ['gzip:1', 'a host with gzip alone', poor, '/b/gzip -1 --stdout --no-name'],
  ['gzip:9', 'a host with gzip alone', poor, '/b/gzip -9 --stdout --no-name'],
  ['gzip:9', 'a host with igzip alone', {igzip: '/b/igzip'}, undefined],
  ['zstd:19', 'a host with everything', all, '/b/zstd --quiet --stdout --threads=0 -19'],
  ['zstd', 'a host with gzip alone', poor, undefined],
  ['none', 'a host with everything', all, undefined],
];

for (const [compression, host, found, expected] of choices)
  it(`compresses by ${expected ?? 'nothing'} for ${compression} on ${host}`, () => {
    const kind = parseCompression(compression);
    assert.ok(kind);
    const chosen = compressor(kind, found);
    assert.is(chosen && render(chosen.command), expected);
    if (chosen) assert.ok(chosen.command.file.endsWith(`/${chosen.program}`));
  });

it('takes a compression back with what the host has', () => {
  const back = (kind: 'gzip' | 'zstd' | 'none', found: Compressors) => {
    const command = decompressor(kind, found);
    return command && render(command);
  };
  assert.equal(
    [
      back('gzip', all),
      back('gzip', poor),
      back('zstd', all),
      back('zstd', poor),
      back('none', all),
    ],
    ['/b/igzip -d -c', '/b/gzip -d -c', '/b/zstd -d -c', undefined, undefined],
  );
});

const small: readonly [Command, string][] = [
  [linesMatching('^COPY .*|^--$'), "grep --text --extended-regexp -- '^COPY .*|^--$'"],
  [lastBytes(300), 'tail --bytes=300'],
  [asItIs, 'cat'],
  [withoutPublicSchema, "sed '0,/^CREATE SCHEMA public;$/{//d}'"],
  [lockStandardInput('/b/flock', 'alone'), '/b/flock --nonblock --conflict-exit-code 75 0'],
  [
    lockStandardInput('/b/flock', 'shared'),
    '/b/flock --shared --nonblock --conflict-exit-code 75 0',
  ],
  [removeTree('-rf /'), "rm -rf -- '-rf /'"],
];

for (const [command, expected] of small)
  it(`says ${expected}`, () => assert.is(render(command), expected));

const hostile: readonly [string, string, string, string][] = [
  ['a', '"a"', "'a'", "'a'"],
  ['', '""', "''", "''"],
  ['it\'s "x"', '"it\'s ""x"""', "'it''s \"x\"'", String.raw`'it\'s "x"'`],
  ['\\', '"\\"', String.raw`E'\\'`, String.raw`'\\'`],
  [
    "\\'; DROP TABLE x; --",
    `"\\'; DROP TABLE x; --"`,
    String.raw`E'\\''; DROP TABLE x; --'`,
    String.raw`'\\\'; DROP TABLE x; --'`,
  ],
  ['two\nlines', '"two\nlines"', "'two\nlines'", "'two\nlines'"],
];

for (const [text, name, value, setting] of hostile)
  it(`quotes ${JSON.stringify(text)}`, () =>
    assert.equal([identifier(text), literal(text), conninfoValue(text)], [name, value, setting]));

it('quotes both parts of a name', () => {
  assert.is(qualified({schema: 'a"b', name: 'c.d'}), '"a""b"."c.d"');
});

const table = {schema: 'public', name: 'a"b', columns: ['id', 'x"y']};
const row = '(ROW(x."id", x."x""y"))::text';

it('digests a row by its columns, in this table alone', () => {
  const sql = tableDigest(table, 'content');
  assert.ok(sql.includes(row), sql);
  assert.ok(sql.includes('FROM ONLY "public"."a""b" AS x'), sql);
  assert.match(sql, /hashtextextended\(.*COLLATE "C", 0\).*hashtextextended\(.*COLLATE "C", 1\)/s);
  assert.not.match(sql, /ORDER BY|LIMIT/);
});

it('digests under the condition of an extension, and a tree with its partitions', () => {
  assert.match(tableDigest({...table, condition: 'WHERE id > 0'}, 'rows'), /AS x WHERE id > 0$/);
  assert.match(tableDigest({...table, tree: {}}, 'content'), /FROM "public"\."a""b" AS x/);
});

it('digests by sha256 of the same text, in UTF-8 whatever the server has', () => {
  const sql = tableDigest(table, 'sha256');
  assert.ok(sql.includes(`sha256(convert_to(${row}, 'UTF8'))`), sql);
  assert.not.match(sql, /hashtext/);
});

it('only counts where no digest is wanted, and digests a table without columns', () => {
  for (const fingerprint of ['rows', 'none'] as const) {
    assert.not.match(tableDigest(table, fingerprint), /hash|ROW\(/);
    assert.not.match(largeObjectDigest(fingerprint), /lo_get/);
  }
  assert.ok(tableDigest({...table, columns: []}, 'content').includes('(ROW())::text'));
});

it('digests large objects by content, owner, comment and grants', () => {
  for (const part of ['lo_get', 'lomowner', 'obj_description', 'aclexplode'])
    assert.match(largeObjectDigest('content'), part);
});

it('keeps the names that manifests record', () => {
  assert.equal(digestAlgorithms, {
    ...{
      content: 'hashtextextended-sum-2x64',
      sha256: 'sha256-sum-2x64',
      rows: 'rows',
      none: 'none',
    },
  });
  assert.equal(Object.values(digestAlgorithms).map(fingerprintOf), [
    'content',
    'sha256',
    'rows',
    'none',
  ]);
  assert.is(fingerprintOf('md5'), undefined);
});

it('asks a sequence for what it would give next', () => {
  assert.match(sequenceValue({schema: 'public', name: 'S'}), /is_called\) FROM "public"\."S"$/);
});

it.run();
