/** `export --json-path`: every row of one moment, as JSON that holds all of it. */
import {readdir, readFile, stat, writeFile} from 'node:fs/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {type JsonObject, parseJson} from '../../lib/model/migrate/json-value.ts';
import {createDatabase, psql, withPostgres} from '../support/postgres.ts';
import {ok, withProject} from '../support/project.ts';
import {has} from '../support/require.ts';

const it = suite('export');

const sql = `
CREATE TABLE "odd ""name'; \\! x" (id bigint PRIMARY KEY, j json, jb jsonb, t text, b bytea, n numeric, f float8, at timestamptz, a text[], flag bool, u uuid);
INSERT INTO "odd ""name'; \\! x" VALUES
  (9007199254740993, E'{"a":\\n 1,\\r\\n "a": 2}', '{"x": 1.0}', E'line\\n\\ttab \\\\ "quote" \\x01 \\x02 \\x7f é 🗝', '\\x00ff', 'NaN', 'Infinity', '2026-01-02 03:04:05+01', '{a,NULL,"b,c"}', true, 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11'),
  (1, NULL, NULL, '', '', 12345678901234567890.10, 0.1, 'infinity', '{}', NULL, NULL);
CREATE TABLE empty (a int);
CREATE TABLE parts (k int, v text) PARTITION BY LIST (k);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES IN (1);
INSERT INTO parts VALUES (1, '\\.');
CREATE SCHEMA other; CREATE TABLE other.t (x int);
CREATE VIEW seen AS SELECT 1;
`;

if (has('postgres')) {
  const withDatabase = (
    use: (
      run: Parameters<Parameters<typeof withProject>[1]>[0],
      project: string,
      ask: (sql: string) => Promise<string>,
      url: string,
    ) => Promise<void>,
  ) =>
    withPostgres({}, async (server) => {
      await createDatabase(server, 'app', {sql});
      await withProject(server.url('app'), (run, project) =>
        use(run, project, (text) => psql(server, text, {database: 'app'}), server.url('app')),
      );
    });

  it('writes every row with all of its digits, as one object of arrays', () =>
    withDatabase(async (run, project) => {
      const file = `${project}/out.json`;
      const answer = JSON.parse(ok(await run('export', ['--json-path', file, '--json'])));
      assert.equal(answer.tables, [
        {name: 'empty', rows: 0},
        {name: `odd "name'; \\! x`, rows: 2},
        {name: 'parts', rows: 1},
      ]);
      const text = await readFile(file, 'utf8');
      assert.is((await stat(file)).mode & 0o777, 0o600);
      assert.is(JSON.parse(text).parts[0].v, '\\.');
      const {members} = parseJson(text, {for: 'reading'}) as JsonObject;
      assert.equal(
        members.map(([name]) => name),
        ['empty', `odd "name'; \\! x`, 'parts'],
      );
      const [first, second] = (members[1]?.[1] ?? []) as readonly JsonObject[];
      const cell = (row: JsonObject | undefined, name: string) =>
        row?.members.find(([key]) => key === name)?.[1];
      assert.equal(cell(first, 'id'), {number: '1'});
      assert.equal(cell(first, 'n'), {number: '12345678901234567890.10'});
      assert.is(cell(first, 'at'), 'infinity');
      assert.equal(cell(second, 'id'), {number: '9007199254740993'});
      assert.equal(cell(second, 'j'), {
        members: [
          ['a', {number: '1'}],
          ['a', {number: '2'}],
        ],
      });
      assert.equal(cell(second, 'jb'), {members: [['x', {number: '1.0'}]]});
      assert.is(cell(second, 't'), 'line\n\ttab \\ "quote" \u0001 \u0002 \u007f é 🗝');
      assert.is(cell(second, 'b'), '\\x00ff');
      assert.is(cell(second, 'n'), 'NaN');
      assert.is(cell(second, 'at'), '2026-01-02T02:04:05+00:00');
      assert.equal(cell(second, 'a'), ['a', null, 'b,c']);
      assert.is(cell(second, 'flag'), true);
    }));

  it('writes a schema without tables as an empty object, and another schema by its name', () =>
    withDatabase(async (run, project, ask) => {
      await ask('CREATE SCHEMA bare');
      ok(await run('export', ['--json-path', `${project}/bare.json`, '--schema', 'bare']));
      assert.is(await readFile(`${project}/bare.json`, 'utf8'), '{}\n');
      ok(await run('export', ['--json-path', `${project}/other.json`, '--schema', 'other']));
      assert.equal(JSON.parse(await readFile(`${project}/other.json`, 'utf8')), {t: []});
      assert.is(
        (await run('export', ['--json-path', `${project}/no.json`, '--schema', 'nowhere']))
          .exitCode,
        2,
      );
    }));

  it('replaces no file, and leaves none behind where it fails', () =>
    withDatabase(async (run, project, ask, url) => {
      const file = `${project}/out.json`;
      await writeFile(file, 'mine');
      const refused = await run('export', ['--json-path', file]);
      assert.is(refused.exitCode, 2, refused.stderr);
      assert.is(await readFile(file, 'utf8'), 'mine');
      // Rows that the role does not see are an error, never a smaller file.
      await ask(`CREATE ROLE weak LOGIN; GRANT SELECT ON ALL TABLES IN SCHEMA public TO weak;
        ALTER TABLE empty ENABLE ROW LEVEL SECURITY`);
      const env = {DATABASE_URL: url.replace('postgres@', 'weak@')};
      const weak = await run('export', ['--json-path', `${project}/weak.json`], {env});
      assert.is(weak.exitCode, 6, weak.stderr);
      assert.match(weak.stderr, /'(empty|child)' \(row-level security\)/);
      assert.match(weak.stderr, /ALTER ROLE weak BYPASSRLS/);
      assert.equal((await readdir(project)).sort(), ['out.json']);
    }));
}

it.run();
