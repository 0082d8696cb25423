import {readdirSync, readFileSync} from 'node:fs';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {
  filtersOf,
  parseManifest,
  readableManifest,
  serialiseManifest,
} from '../../lib/model/manifest.ts';
import {faultOf} from '../support/fault.ts';
import {aManifest, aSequence, aTable} from '../support/sets.ts';

const it = suite('manifest');

const files = ['database.dump.gz', 'database/1234.dat.gz', 'toc.dat'].map((name) => ({
  name,
  bytes: 12,
  sha256: '0123456789abcdef'.repeat(4),
}));

const full = aManifest({
  files,
  tables: [
    aTable('naïve "quotes"\nand more'),
    aTable('big', {rows: null, digest: null, why: 'a row is beyond 1 GB'}),
    aTable('root', {
      condition: 'WHERE id > 0',
      tree: {via: {schema: 's', name: 'v'}, partitions: [{schema: 's', name: 'p'}]},
    }),
  ],
  sequences: [aSequence('orders_id_seq')],
  extensions: [{name: 'hstore', version: '1.8', schema: 'public'}],
  skipped: [{what: 'rows of public.log', why: 'left out by --exclude-table-data'}],
  settings: {dump: 'database.dump.gz', jobs: 4, rolePasswords: false, excludeTableData: ['log']},
});

it('reads what it wrote', () => {
  assert.equal(parseManifest(serialiseManifest(full), 'm'), full);
});

it('passes over fields that a newer pgkeep adds', () => {
  const newer = JSON.stringify({...full, added: {deep: [1]}});
  assert.equal(parseManifest(newer, 'm'), full);
});

it('writes no manifest for a set that it could not read again', async () => {
  assert.is(readableManifest(full), serialiseManifest(full));
  const bad = aManifest({tables: [aTable('t', {condition: 'x'.repeat(100_001)})]});
  const fault = await faultOf(() => readableManifest(bad), 'toolFailed');
  assert.is(fault.message, 'the manifest of the new set could not be read again');
  const tables = Array.from({length: 2_100}, (_, index) => aTable(`${index}${'x'.repeat(99_000)}`));
  const long = await faultOf(() => readableManifest(aManifest({tables})), 'toolFailed');
  assert.match(long.message, /^the manifest would have \d+ bytes, 200000000 are allowed$/);
});

it('reads every version 1 that was ever released, as it was written', () => {
  const folder = new URL('../fixtures/manifests/', import.meta.url);
  const names = readdirSync(folder);
  assert.ok(names.length > 0);
  for (const name of names) {
    const content = readFileSync(new URL(name, folder), 'utf8');
    assert.equal(parseManifest(content, name), JSON.parse(content));
  }
});

const [file] = files;
const changed = (change: object) => JSON.stringify({...full, ...change});
const named = (name: unknown) => changed({files: [{...file, name}]});

const hostile: readonly [string, string, RegExp][] = [
  ['nothing', '', /JSON/],
  ['an id that is no moment', changed({id: '20261399T995959Z'}), /expected a moment/],
  ['a database without a name', changed({database: ''}), /bytes/],
  ['a database with a name beyond all names', changed({database: 'x'.repeat(64)}), /bytes/],
  ['a pin among its files', named('pinned'), /one beside it/],
  ['its proofs among its files', named('proof.jsonl'), /one beside it/],
  ['itself among its files', named('manifest.json'), /one beside it/],
  ['half of itself', serialiseManifest(full).slice(0, 500), /JSON/],
  ['null', 'null', /Expected Object/],
  ['a list', '[]', /version|Object/],
  ['a text', '"manifest"', /Expected Object/],
  ['an id that is a path', changed({id: '../../etc'}), /^id: /],
  ['an id that is a number', changed({id: 20_261_120}), /^id: /],
  ['a database that is a list', changed({database: ['app']}), /^database: /],
  ['a reason of its own', changed({reason: 'whim'}), /^reason: /],
  ['a start that is no moment', changed({startedAt: 'yesterday'}), /^startedAt: /],
  ['a negative count', changed({tables: [aTable('t', {rows: -1})]}), /^tables.0.rows: /],
  ['half a row', changed({tables: [aTable('t', {rows: 0.5})]}), /^tables.0.rows: /],
  ['more rows than can be counted', changed({tables: [aTable('t', {rows: 2 ** 60})]}), /rows: /],
  ['a digest that is a number', changed({tables: [{...aTable('t'), digest: 12}]}), /digest: /],
  ['a short checksum', changed({files: [{...file, sha256: 'abc'}]}), /^files.0.sha256: /],
  ['a file listed twice', changed({files: [file, file]}), /listed twice/],
  ['a name above the set', named('../manifest.json'), /without \.\./],
  ['a name that goes up from within', named('database/../../x'), /without \.\./],
  ['a name two folders deep', named('database/a/b'), /without \.\./],
  ['an absolute name', named('/etc/passwd'), /without \.\./],
  ['a hidden name', named('.bashrc'), /leading dot/],
  ['a hidden name in a folder', named('database/.x'), /leading dot/],
  ['a name with a line feed', named('a\nb'), /without \.\./],
  ['a name with NUL', named('a\0b'), /without \.\./],
  ['an empty name', named(''), /without \.\./],
  ['a name that never ends', named('a'.repeat(201)), /length/],
  ['a setting that is an object', changed({settings: {dump: {}}}), /^settings.dump: /],
  ['a version 0', changed({version: 0}), /^version: /],
  ['a version that is a text', changed({version: '1'}), /^version: /],
  ['a text without end', changed({database: 'a'.repeat(100_001)}), /^database: /],
];

for (const [what, content, cause] of hostile)
  it(`does not take ${what}`, async () => {
    const fault = await faultOf(() => parseManifest(content, 'manifest.json'), 'notIntact');
    assert.match(
      `${fault.message} ${(fault.cause as Error).message}`.replace(/^.*? manifest /, ''),
      cause,
    );
  });

it('leaves a version that it does not know to the pgkeep that made it', async () => {
  const fault = await faultOf(() => parseManifest(changed({version: 2}), 'm'), 'usage');
  assert.match(fault.message, /is of version 2, this pgkeep reads version 1/);
});

it('gives nobody a prototype', () => {
  const text = serialiseManifest(full).replace('{', '{"__proto__": {"polluted": 1},');
  const settings = text.replace('"settings": {', '"settings": {"__proto__": "x",');
  const manifest = parseManifest(settings, 'm') as unknown as Record<string, unknown>;
  assert.is(manifest['polluted'], undefined);
  assert.is(({} as Record<string, unknown>)['polluted'], undefined);
  assert.is(Object.getPrototypeOf(manifest['settings']), Object.prototype);
});

it('reads the manifest of ten thousand tables in a moment', () => {
  const tables = Array.from({length: 10_000}, (_, index) => aTable(`t${index}`));
  const text = serialiseManifest(aManifest({tables}));
  const started = performance.now();
  assert.is(parseManifest(text, 'm').tables.length, 10_000);
  assert.ok(performance.now() - started < 2_000);
});

it('tells the filters that a set was taken with, and none where it records none', () => {
  assert.equal(filtersOf(full), {
    ...{schemas: [], tables: [], excludeTables: [], excludeTableData: ['log']},
  });
});

it.run();
