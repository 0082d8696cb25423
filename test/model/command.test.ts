import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {render, shellWord, undoCommand} from '../../lib/model/command.ts';
import {parseCompression, suffixOf} from '../../lib/model/compression.ts';

const it = suite('command and compression');

const words: readonly [string, string][] = [
  ['--format=c', '--format=c'],
  ['/usr/bin/psql', '/usr/bin/psql'],
  ['', "''"],
  ['a b', "'a b'"],
  ["it's", String.raw`'it'\''s'`],
  ['$HOME `id` "x" \\', `'$HOME \`id\` "x" \\'`],
  ['~', "'~'"],
  ['two\nlines', "'two\nlines'"],
  ['größe', "'größe'"],
];

for (const [word, shown] of words)
  it(`writes ${JSON.stringify(word)} as one word of a shell`, () =>
    assert.is(shellWord(word), shown));

for (const [database, shown] of [
  ['app', 'pgkeep undo --database app'],
  ['a b', "pgkeep undo --database 'a b'"],
  ['-rf', 'pgkeep undo --database=-rf'],
  ['-a b', "pgkeep undo --database='-a b'"],
] as const)
  it(`tells how to take a restore of '${database}' back`, () =>
    assert.is(undoCommand(database), shown));

it('shows a command as one may type it, and no secret', () => {
  const env = {
    PGHOST: 'db',
    PGPASSWORD: 'canary',
    PGPASSFILE: '/x',
    API_TOKEN: 'canary',
    SSLKEY: 'canary',
  };
  const said = render({file: '/usr/bin/pg_dump', args: ['--table=a b'], env});
  assert.is(
    said,
    "PGHOST=db PGPASSWORD=*** PGPASSFILE=*** API_TOKEN=*** SSLKEY=*** /usr/bin/pg_dump '--table=a b'",
  );
});

const compressions: readonly [string, string, number][] = [
  ['gzip', 'gzip', 1],
  ['gzip:1', 'gzip', 1],
  ['gzip:9', 'gzip', 9],
  ['zstd', 'zstd', 3],
  ['zstd:19', 'zstd', 19],
  ['none', 'none', 0],
];

for (const [text, kind, level] of compressions)
  it(`reads '${text}'`, () => assert.equal(parseCompression(text), {kind, level}));

for (const text of [
  '',
  'gzip:0',
  'gzip:10',
  'zstd:20',
  'none:1',
  'lz4',
  'gzip:',
  'GZIP',
  'gzip:-1',
  'gzip: 1',
])
  it(`does not read '${text}'`, () => assert.is(parseCompression(text), undefined));

it('names files after what is in them', () => {
  assert.equal((['gzip', 'zstd', 'none'] as const).map(suffixOf), ['.gz', '.zst', '']);
});

it.run();
