/** Keys of Redis that become rows of a table of their own. */
import {readFileSync, writeFileSync} from 'node:fs';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {DoorResult} from '../support/door.ts';
import {createDatabase, psql, startPostgres, type TestServer} from '../support/postgres.ts';
import {ok, withProject} from '../support/project.ts';
import {type TestRedis, withRedisServer} from '../support/redis.ts';
import {has} from '../support/require.ts';

const it = suite('keys of Redis as tables');

const exits = ({exitCode, stdout, stderr}: DoorResult, expected: number, says: RegExp) => {
  assert.is(exitCode, expected, stdout + stderr);
  assert.match(stdout + stderr, says);
};

if (has('postgres') && has('redis')) {
  let server: TestServer & {end(): Promise<void>};
  let databases = 0;
  it.before(async () => {
    server = await startPostgres();
  });
  it.after(() => server?.end());

  type Bench = {
    readonly redis: TestRedis;
    /** With this map. */
    readonly migrate: (map: string, ...words: readonly string[]) => Promise<DoorResult>;
    readonly undo: () => Promise<DoorResult>;
    readonly ask: (sql: string) => Promise<string>;
  };

  const withBench = (use: (bench: Bench) => Promise<void>) =>
    withRedisServer(async (redis) => {
      databases += 1;
      const database = `keys_${databases}`;
      await createDatabase(server, database);
      await withProject(server.url(database), (run, project) =>
        use({
          redis,
          migrate: (map, ...words) => {
            writeFileSync(`${project}/map.yaml`, map);
            const given = ['--redis-url', redis.url, '--map', `${project}/map.yaml`, ...words];
            return run('migrate', given);
          },
          undo: () => run('undo', ['--yes']),
          ask: (sql) => psql(server, `SET timezone = 'UTC'; ${sql}`, {database}),
        }),
      );
    });

  const fill = ({all}: TestRedis) =>
    all([
      ['HSET', 'user:1', 'name', 'Ada', 'age', '36', 'e-mail', 'ada@example.com'],
      ['HSET', 'user:20', 'name', "O'Hara \\ ü", 'note', 'x', 'empty', ''],
      ['EXPIREAT', 'user:20', '4102444800'],
      ['SADD', 'user:1:friends', '20'],
      ['SET', 'user:text', 'no hash'],
      ['SET', 'doc:a', '{"n": 1.50, "on": true, "tags": ["x", null], "more": {"a": null}}'],
      ['SET', 'doc:b', '{"tags": null}'],
      ['SET', 'other', '{"a": 1}'],
    ]);

  const users = `keys:
  - match: 'user:*'
    table: account
    key: {name: id, type: bigint}
    columns:
      name: {}
      age: {type: smallint}
      mail: {field: e-mail}
    rest: others
    expires: expires_at
`;
  const documents = `  - match: 'doc:*'
    table: doc
    of: document
    columns:
      n: {type: numeric}
      on: {type: boolean}
      tags: {type: jsonb}
    rest: rest
`;

  it('makes rows of hashes and documents, keeps the others, and can be compared, repeated and undone', () =>
    withBench(async ({redis, migrate, undo, ask}) => {
      await fill(redis);
      const dry = ok(await migrate(users + documents, '--dry-run'));
      assert.match(dry, /user:\* → account\.mail .* text +the field 'e-mail' of the hash/);
      ok(await migrate(users + documents));
      assert.is(
        await ask('SELECT * FROM account ORDER BY id'),
        `1|Ada|36|ada@example.com|{}|\n20|O'Hara \\ ü|||{"note": "x", "empty": ""}|2100-01-01 00:00:00+00`,
      );
      assert.is(
        await ask('SELECT * FROM doc ORDER BY key'),
        'a|1.50|t|["x", null]|{"more": {"a": null}}\nb|||null|{}',
      );
      assert.is(
        await ask(`SELECT string_agg(kind, ' ' ORDER BY kind) FROM json_store`),
        'other user:1:friends user:text',
      );
      assert.match(
        ok(await migrate(users + documents, '--verify-only')),
        /same +json_store, 7 rows/,
      );
      await ask(`UPDATE account SET age = 37 WHERE id = 1`);
      exits(
        await migrate(users + documents, '--verify-only'),
        4,
        /DIFFERENT +json_store, 7 rows[\s\S]*target alone: user:1\\t.*"37"/,
      );
      exits(await migrate(users + documents), 2, /table 'account' with 2 rows/);
      ok(await migrate(users + documents, '--force-recreate', '--yes'));
      assert.is(await ask('SELECT age FROM account WHERE id = 1'), '36');
      ok(await undo());
      assert.is(await ask('SELECT age FROM account WHERE id = 1'), '37');
    }));

  const refused: readonly (readonly [title: string, map: string, exit: number, says: RegExp])[] = [
    [
      'a field without a column',
      users.replace('    rest: others\n', ''),
      7,
      /1 keys of user:\* have fields that no column is for.*user:20/,
    ],
    [
      'a time to live without a column',
      users.replace('    expires: expires_at\n', ''),
      7,
      /1 keys of user:\* have a time to live/,
    ],
    [
      'a value that the type writes otherwise',
      users
        .replace('{type: smallint}', '{type: real}')
        .replace('name: {}', 'name: {type: char(9)}'),
      7,
      /keys of user:\* would come back otherwise/,
    ],
    [
      'a member that is null where no JSONB is',
      `keys:\n${documents.replace('{type: jsonb}', '{type: text}')}`,
      7,
      /keys of doc:\* would come back otherwise/,
    ],
    [
      'a value of another type',
      users.replace('mail: {', 'mail: {type: int, '),
      7,
      /invalid input syntax/,
    ],
    [
      'keys that two tables want',
      `${users}  - {match: 'user:1*', table: b, columns: {}}\n`,
      3,
      /mean the same keys/,
    ],
    [
      'a name for two columns',
      users.replace('rest: others', 'rest: age'),
      3,
      /line 2: .*two columns of one name/,
    ],
    [
      'the table of all other keys',
      users.replace('account', 'json_store'),
      3,
      /is the table of all other keys/,
    ],
    ['what is of SQLite', `${users}tables: {t: {skip: true}}\n`, 3, /'tables' is of SQLite/],
  ];

  it('refuses what would lose something, and leaves the target as it was', () =>
    withBench(async ({redis, migrate, ask}) => {
      await fill(redis);
      for (const [title, map, exit, says] of refused) {
        const result = await migrate(map);
        assert.is(result.exitCode, exit, `${title}: ${result.stderr}`);
        assert.match(result.stderr, says, title);
        assert.is(
          await ask(
            `SELECT count(*) FROM pg_class WHERE relname IN ('json_store', 'account', 'doc')`,
          ),
          '0',
        );
      }
    }));

  it('takes the table of the README as it stands there', () =>
    withBench(async ({redis, migrate, ask}) => {
      await redis.all([['HSET', 'user:7', 'name', 'Ada', 'e-mail', 'a@b.c', 'x', 'y']]);
      const readme = readFileSync(new URL('../../README.md', import.meta.url), 'utf8');
      const [, map = ''] = /```yaml\n(keys:\n[\s\S]*?)```/.exec(readme) ?? [];
      ok(await migrate(map));
      assert.is(await ask('SELECT id, name, mail, others FROM users'), '7|Ada|a@b.c|{"x": "y"}');
    }));
}

it.run();
