/** Commands for psql, hidden where a set or a catalog is believed: none may run on this host. */
import {createHash} from 'node:crypto';
import {existsSync} from 'node:fs';
import {readFile, writeFile} from 'node:fs/promises';
import {join} from 'node:path';
import {gunzipSync, gzipSync} from 'node:zlib';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {Manifest} from '../../lib/model/manifest.ts';
import {door} from '../support/door.ts';
import {psql, withPostgres} from '../support/postgres.ts';
import {has} from '../support/require.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('a hostile set');

type Forgery = {
  readonly manifest: Manifest;
  readonly mark: string;
  change(name: string, how: (text: string) => string): Promise<void>;
};

/** Puts a command that would touch `mark` somewhere into a set; hashes are made to fit. */
const forgeries: readonly [title: string, forge: (forgery: Forgery) => Promise<void> | void][] = [
  [
    'a condition in the manifest',
    ({manifest, mark}) => {
      for (const table of manifest.tables) table.condition = `where true \\! touch ${mark}\n`;
    },
  ],
  [
    'a line in globals.sql.gz',
    ({change, mark}) => change('globals.sql.gz', (text) => `${text}\n\\! touch ${mark}\n`),
  ],
  [
    'a command behind a statement in globals.sql.gz',
    ({change, mark}) =>
      change('globals.sql.gz', (text) => `${text}\nCREATE ROLE x; \\! touch ${mark}\n`),
  ],
  [
    'rows of a COPY in globals.sql.gz',
    ({change, mark}) =>
      change(
        'globals.sql.gz',
        (text) => `${text}\nCOPY pg_class FROM stdin;\n'\n\\.\n\\! touch ${mark}\n'`,
      ),
  ],
  [
    'a command before CREATE DATABASE in schema.sql.gz',
    ({change, mark}) =>
      change('schema.sql.gz', (text) =>
        text.replace('CREATE DATABASE', `\\! touch ${mark}\nCREATE DATABASE`),
      ),
  ],
];

const forged = async (
  project: string,
  set: string,
  forge: (forgery: Forgery) => Promise<void> | void,
): Promise<string> => {
  const mark = join(project, 'mark');
  const manifest: Manifest = JSON.parse(await readFile(join(set, 'manifest.json'), 'utf8'));
  const change: Forgery['change'] = async (name, how) => {
    const content = gzipSync(how(gunzipSync(await readFile(join(set, name))).toString('utf8')));
    await writeFile(join(set, name), content);
    const file = manifest.files.find((file) => file.name === name);
    if (!file) throw new Error(`no ${name}`);
    file.bytes = content.length;
    file.sha256 = createHash('sha256').update(content).digest('hex');
  };
  await forge({manifest, mark, change});
  await writeFile(join(set, 'manifest.json'), JSON.stringify(manifest));
  return mark;
};

if (has('postgres')) {
  for (const [title, forge] of forgeries)
    it(`runs nothing in a drill: ${title}`, () =>
      withTempFolder((project) =>
        withPostgres({}, async (server) => {
          await psql(server, 'CREATE TABLE t AS SELECT 1 AS a');
          const env = {DATABASE_URL: server.url('postgres')};
          const made = await door('backup', ['--project', project, '--json'], {env});
          const mark = await forged(project, JSON.parse(made.stdout).folder, forge);
          const drilled = await door('verify', [
            '--project',
            project,
            '--level',
            'restore',
            '--quiet',
          ]);
          assert.is(drilled.exitCode, 4, drilled.stdout + drilled.stderr);
          assert.ok((drilled.stdout + drilled.stderr).length > 0, 'says so under --quiet too');
          assert.not.ok(existsSync(mark));
          await door('show', ['--project', project]);
          assert.not.ok(existsSync(mark));
        }),
      ));

  it('runs nothing in a backup: a condition of an extension in the catalog', () =>
    withTempFolder((project) =>
      withPostgres({}, async (server) => {
        const mark = join(project, 'mark');
        await psql(
          server,
          `CREATE TABLE t AS SELECT 1 AS a;
           ALTER EXTENSION plpgsql ADD TABLE t;
           UPDATE pg_extension SET extconfig = ARRAY['t'::regclass::oid], extcondition = ARRAY[E'where true \\\\! touch ${mark}\\n'];`,
        );
        const env = {DATABASE_URL: server.url('postgres')};
        const made = await door('backup', ['--project', project], {env});
        assert.is.not(made.exitCode, 0);
        assert.not.ok(existsSync(mark), made.stdout + made.stderr);
      }),
    ));
}

it.run();
