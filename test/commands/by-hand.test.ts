/** The lines that restore a set without pgkeep. test/live types them into a shell. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {byHand} from '../../lib/commands/by-hand.ts';
import type {Manifest} from '../../lib/model/manifest.ts';
import {aManifest} from '../support/sets.ts';

const it = suite('by hand');

const entry = (type: string, name: string, sql: string) =>
  `--\n-- Name: ${name}; Type: ${type}; Schema: -; Owner: app\n--\n\n${sql}\n\n\n`;
const create = entry('DATABASE', 'app', 'CREATE DATABASE app;');
const comment = (text: string) =>
  entry('COMMENT', 'DATABASE app', `COMMENT ON DATABASE app IS '${text}';`);
const makesPublic = entry('SCHEMA', 'public', 'CREATE SCHEMA public;');

const linesFor = (more: Partial<Manifest>, {folder = '/b/app/1', schema = create} = {}) =>
  byHand(aManifest(more), {folder, schema});

const formats: readonly [string, Partial<Manifest>, string, readonly string[]][] = [
  [
    'custom format',
    {},
    create,
    ['gunzip -c database.dump.gz | pg_restore --exit-on-error --create --dbname=postgres'],
  ],
  [
    'custom format with zstd',
    {compression: {kind: 'zstd', level: 3, program: 'zstd'}, settings: {dump: 'database.dump.zst'}},
    create,
    ['zstd -dc database.dump.zst | pg_restore --exit-on-error --create --dbname=postgres'],
  ],
  [
    'custom format as it is',
    {compression: {kind: 'none', level: 0, program: 'none'}, settings: {dump: 'database.dump'}},
    create,
    ['cat database.dump | pg_restore --exit-on-error --create --dbname=postgres'],
  ],
  [
    'directory format',
    {format: 'directory', settings: {dump: 'database'}},
    create,
    ['pg_restore --exit-on-error --create --dbname=postgres --jobs=4 database'],
  ],
  [
    'plain format, the database made before it and dressed after it',
    {format: 'plain', settings: {dump: 'database.sql.gz'}},
    `${create}${comment('mine')}`,
    [
      "psql -X -v ON_ERROR_STOP=1 -d postgres <<'END-OF-SQL'",
      'CREATE DATABASE app;',
      'END-OF-SQL',
      `gunzip -c database.sql.gz | psql -X -v ON_ERROR_STOP=1 '--dbname=dbname='\\''app'\\'''`,
      "psql -X -v ON_ERROR_STOP=1 -d postgres <<'END-OF-SQL'",
      "COMMENT ON DATABASE app IS 'mine';",
      'END-OF-SQL',
    ],
  ],
];

for (const [what, more, schema, expected] of formats)
  it(`restores a set in ${what}`, () => {
    const lines = linesFor(more, {schema});
    assert.equal(lines.slice(-expected.length), expected);
    assert.is(lines[0], 'cd /b/app/1');
    assert.ok(lines.includes('gunzip -c globals.sql.gz | psql -X -d postgres'));
  });

it('leaves out the schema public where the dump makes it, in every format', () => {
  const schema = create + makesPublic;
  const plain = linesFor({format: 'plain', settings: {dump: 'database.sql.gz'}}, {schema}).join(
    '\n',
  );
  assert.match(plain, `gunzip -c database.sql.gz | sed '0,/^CREATE SCHEMA public;$/{//d}' | psql`);
  for (const format of ['custom', 'directory'] as const) {
    const text = linesFor({format}, {schema}).join('\n');
    assert.match(text, /CREATE DATABASE app;\nEND-OF-SQL\n/);
    assert.match(
      text,
      /pg_restore --list.* > "\$entries"\n.*pg_restore --exit-on-error --use-list="\$entries"/,
    );
    assert.not.match(text, '--create');
  }
});

it('leaves out that one entry of the list, not a table that is called like it', () => {
  const [, filter = ''] =
    /--list.*?\| grep -v '(.*)' >/.exec(linesFor({}, {schema: create + makesPublic}).join('\n')) ??
    [];
  const leavesOut = (line: string) => new RegExp(filter).test(line);
  assert.is(leavesOut('5; 2615 2200 SCHEMA - public pg_database_owner'), true);
  assert.is(leavesOut('5; 2615 2201 SCHEMA - public2 app'), false);
  assert.is(leavesOut('9; 1259 16390 TABLE public the SCHEMA - public thing app'), false);
});

it('quotes what a shell would read otherwise', () => {
  const lines = linesFor({database: "it's\n$(touch x)"}, {folder: "/b/it's $x/1"});
  assert.is(lines[0], String.raw`cd '/b/it'\''s $x/1'`);
  assert.ok(lines.includes("# the database 'it's $(touch x)' with all that is in it"));
});

it('is not ended by a comment that holds the mark of the end', () => {
  const schema = create + comment('\nEND-OF-SQL\ntouch /tmp/evil\n');
  const text = linesFor({format: 'plain', settings: {dump: 'd'}}, {schema}).join('\n');
  const [, mark = '', script = ''] = /<<'(.*)'\n(COMMENT[\s\S]*)/.exec(text) ?? [];
  assert.ok(mark !== '' && script.endsWith(`\n${mark}`));
  assert.is(script.split('\n').indexOf(mark), script.split('\n').length - 1);
});

it.run();
