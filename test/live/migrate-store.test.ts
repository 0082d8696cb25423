/** Redis and documents of JSON into PostgreSQL, and into files, as people run it. */
import {chmod, mkdir, readdir, readFile, utimes, writeFile} from 'node:fs/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {DoorResult} from '../support/door.ts';
import {createDatabase, psql, startPostgres, type TestServer} from '../support/postgres.ts';
import {ok, withProject} from '../support/project.ts';
import {type TestRedis, withRedisServer} from '../support/redis.ts';
import {has, scaled} from '../support/require.ts';

const it = suite('migrate of a store');

const good =
  '{"automation_enabled": true, "poll_interval_seconds": 30, "updated_at": "2026-01-02T03:04:05Z"}';

if (has('postgres')) {
  let server: TestServer & {end(): Promise<void>};
  let databases = 0;
  it.before(async () => {
    server = await startPostgres();
  });
  it.after(() => server?.end());

  type Bench = {
    readonly migrate: (...words: readonly string[]) => Promise<DoorResult>;
    readonly undo: () => Promise<DoorResult>;
    /** With REDIS_URL instead of a flag. */
    readonly configured: (url: string, ...words: readonly string[]) => Promise<DoorResult>;
    readonly ask: (sql: string) => Promise<string>;
    readonly project: string;
    /** The names that are kept beside the sets. */
    readonly kept: () => Promise<readonly string[]>;
  };

  const withTarget = async (use: (bench: Bench) => Promise<void>) => {
    databases += 1;
    const database = `target_${databases}`;
    await createDatabase(server, database);
    await withProject(server.url(database), (run, project) =>
      use({
        project,
        migrate: (...words) => run('migrate', words),
        undo: () => run('undo', ['--yes']),
        configured: (url, ...words) => run('migrate', words, {env: {REDIS_URL: url}}),
        ask: (sql) => psql(server, `SET timezone = 'UTC'; ${sql}`, {database}),
        kept: () => readdir(`${project}/backups/.sources`).catch(() => []),
      }),
    );
  };

  const put = async (path: string, text: string | Buffer, at = 1_700_000_000) => {
    await writeFile(path, text);
    await utimes(path, at, at);
  };

  it('brings documents into json_store, with the time of the document or of its file', () =>
    withTarget(async ({migrate, undo, ask, project, kept}) => {
      await mkdir(`${project}/config`);
      await put(`${project}/config/settings.json`, `\ufeff${good}\r\n`);
      await put(
        `${project}/config/state.json`,
        '{"last_run_at": null, "n": 9007199254740993, "x": 1.0}',
      );
      await put(`${project}/Plan B.json`, '[1, "two", {"é": null}]');
      const words = [
        '--settings-path',
        `${project}/config/settings.json`,
        '--state-path',
        `${project}/config/state.json`,
        '--json-path',
        `${project}/Plan B.json`,
      ];
      const dry = ok(await migrate(...words, '--dry-run'));
      assert.match(dry, /json_store +3/);
      assert.equal(await kept(), []);
      assert.is(await ask(`SELECT count(*) FROM pg_class WHERE relname = 'json_store'`), '0');
      ok(await migrate(...words));
      assert.is(
        await ask('SELECT kind, data, updated_at FROM json_store ORDER BY kind COLLATE "C"'),
        [
          'Plan B|[1, "two", {"é": null}]|2023-11-14 22:13:20+00',
          'settings|{"updated_at": "2026-01-02T03:04:05Z", "automation_enabled": true, "poll_interval_seconds": 30}|2026-01-02 03:04:05+00',
          'state|{"n": 9007199254740993, "x": 1.0, "last_run_at": null}|2023-11-14 22:13:20+00',
        ].join('\n'),
      );
      // As an application goes on.
      await ask(
        `INSERT INTO json_store (kind, data) VALUES ('state', '{}') ON CONFLICT (kind) DO UPDATE SET data = EXCLUDED.data, updated_at = now()`,
      );
      assert.is(await ask(`SELECT data FROM json_store WHERE kind = 'state'`), '{}');
      const again = await migrate(...words, '--yes');
      assert.is(again.exitCode, 2, again.stderr);
      assert.match(again.stderr, /has already: table 'json_store' with 3 rows/);
      assert.is((await kept()).length, 1);
      ok(await migrate(...words, '--yes', '--force-recreate'));
      assert.is(
        await ask(`SELECT data ->> 'n' FROM json_store WHERE kind = 'state'`),
        '9007199254740993',
      );
      ok(await undo());
      assert.is(await ask(`SELECT data FROM json_store WHERE kind = 'state'`), '{}');
    }));

  it('refuses documents that lack what is relied on, naming every fault (exit 4)', () =>
    withTarget(async ({migrate, ask, project, kept}) => {
      const file = `${project}/settings.json`;
      await put(file, '{"poll_interval_seconds": "30", "checked_at": "soon"}');
      const {exitCode, stderr} = await migrate('--settings-path', file);
      assert.is(exitCode, 4);
      for (const fault of [
        "'settings' has no 'automation_enabled': expected true or false",
        `'poll_interval_seconds' of 'settings': expected a number above 0, got "30"`,
        `'checked_at' of 'settings': expected a time, got "soon"`,
      ])
        assert.ok(stderr.includes(fault), stderr);
      assert.equal(await kept(), []);
      assert.is(await ask(`SELECT count(*) FROM pg_class WHERE relname = 'json_store'`), '0');
      const lenient = await migrate('--settings-path', file, '--no-strict');
      assert.is(lenient.exitCode, 0, lenient.stderr);
      assert.match(lenient.stderr, /expected a time, got "soon"/);
      assert.is(await ask('SELECT count(*) FROM json_store'), '1');
    }));

  it('names line and column of what is no JSON, and files that are none or two of one kind', () =>
    withTarget(async ({migrate, ask, project}) => {
      const file = `${project}/doc.json`;
      await put(file, '{"a": 1,\n "b": 2,\n}');
      const {exitCode, stderr} = await migrate('--json-path', file);
      assert.is(exitCode, 4, stderr);
      assert.match(stderr, /has "}" where JSON has none \(line 3, column 1\)/);
      assert.is((await migrate('--json-path', `${project}/none.json`)).exitCode, 2);
      assert.is((await migrate('--json-path', project)).exitCode, 2);
      await mkdir(`${project}/sub`);
      await put(file, '{}');
      await put(`${project}/sub/doc.json`, '{}');
      const doubled = await migrate('--json-path', file, '--json-path', `${project}/sub/doc.json`);
      assert.is(doubled.exitCode, 2);
      assert.match(doubled.stderr, /both of the kind 'doc'/);
      assert.is(await ask(`SELECT count(*) FROM pg_class WHERE relname = 'json_store'`), '0');
    }));

  it('refuses flags that do not go together, or would do nothing', () =>
    withTarget(async ({migrate, project}) => {
      await put(`${project}/a.json`, '{}');
      const json = ['--json-path', `${project}/a.json`];
      for (const words of [
        [...json, '--redis-url', 'redis://127.0.0.1:1'],
        [...json, '--names', 'fold', '--map', `${project}/a.json`, '--resume'],
        [...json, '--backend', 'filesystem', '--verify-only'],
        ['--redis-url', 'redis://127.0.0.1:1', '--no-infer'],
        ['--sqlite-path', `${project}/a.db`, '--backend', 'postgres'],
        ['--backend', 'filesystem'],
        ['--redis-url', 'redis://127.0.0.1:1/x'],
      ]) {
        const {exitCode, stderr} = await migrate(...words);
        assert.is(exitCode, 2, `${words.join(' ')}: ${stderr}`);
      }
    }));

  if (has('redis')) {
    const filled = async (redis: TestRedis) => {
      await redis.ask('SET', 'settings', good);
      await redis.ask('SET', 'state', '{"last_run_at": "2026-01-02"}', 'EX', '100000');
      await redis.ask('HSET', 'hash', Buffer.from([0xff]), 'v');
      await redis.ask('RPUSH', 'list', 'b', 'a');
      await redis.ask('SADD', 'set', 'x');
      await redis.ask('ZADD', 'zset', '1', 'm');
      await redis.ask('XADD', 'stream', '1-1', 'f', 'v');
      await redis.ask('XGROUP', 'CREATE', 'stream', 'workers', '0');
      await redis.ask('SET', Buffer.from([0, 0xff]), Buffer.from([0xfe]));
    };

    it('brings every type of Redis, changes nothing there, and tells what PostgreSQL has nothing for', () =>
      withRedisServer((redis) =>
        withTarget(async ({migrate, ask, kept}) => {
          await filled(redis);
          const before = String(await redis.ask('DEBUG', 'DIGEST'));
          const dry = ok(await migrate('--redis-url', redis.url, '--dry-run'));
          assert.match(dry, /consumer group|'workers' of the stream 'stream'/);
          assert.equal(await kept(), []);
          const {exitCode, stdout, stderr} = await migrate('--redis-url', redis.url);
          assert.is(exitCode, 0, stderr);
          assert.match(stdout, /not carried: 'workers' of the stream 'stream'/);
          assert.match(
            stderr,
            /8 keys: 1 hash, 1 list, 1 set, 1 stream, 3 string, 1 zset; 1 with a time to live/,
          );
          assert.match(stderr, /read again: every key is what was brought over/);
          assert.is(String(await redis.ask('DEBUG', 'DIGEST')), before);
          assert.is(
            await ask(
              `SELECT kind, type, encoding, data, bytes, expires_at IS NOT NULL FROM json_store ORDER BY kind COLLATE "C"`,
            ),
            [
              '\\x00ff|string|bytes||\\xfe|f',
              'hash|hash|base64|[["/w==", "dg=="]]||f',
              'list|list|text|["b", "a"]||f',
              'set|set|text|["x"]||f',
              'settings|string|json|{"updated_at": "2026-01-02T03:04:05Z", "automation_enabled": true, "poll_interval_seconds": 30}||f',
              'state|string|json|{"last_run_at": "2026-01-02"}||t',
              'stream|stream|text|[["1-1", [["f", "v"]]]]||f',
              'zset|zset|text|[["m", "1"]]||f',
            ].join('\n'),
          );
          const at = Number(await redis.ask('PEXPIRETIME', 'state'));
          assert.is(
            await ask(
              `SELECT round(extract(epoch FROM expires_at) * 1000) FROM json_store WHERE kind = 'state'`,
            ),
            String(at),
          );
          const verify = () => migrate('--redis-url', redis.url, '--verify-only');
          ok(await verify());
          assert.equal((await kept()).length, 1);
          await ask(`UPDATE json_store SET data = '["a", "b"]' WHERE kind = 'list'`);
          const differs = await verify();
          assert.is(differs.exitCode, 4, differs.stderr);
          assert.match(differs.stdout, /source alone: list/);
          const [name = ''] = await kept();
          assert.match(name, /^redis-.*-\d{8}T\d{6}Z\.copy$/);
        }),
      ));

    it('gives several databases a key of their own, and one its number', () =>
      withRedisServer((redis) =>
        withTarget(async ({migrate, configured, ask}) => {
          await redis.ask('SET', 'a', 'zero');
          await redis.ask('SELECT', '7');
          await redis.ask('SET', 'a', 'seven');
          ok(await migrate('--redis-url', redis.url));
          assert.is(
            await ask(`SELECT db, kind, data FROM json_store ORDER BY db`),
            '0|a|"zero"\n7|a|"seven"',
          );
          const one = ok(await configured(`${redis.url}?db=7`, '--force-recreate', '--yes'));
          assert.match(one, /not carried: database 0 with 1 keys/);
          assert.is(await ask(`SELECT db, data FROM json_store`), '7|"seven"');
        }),
      ));

    it('brings 100,000 keys of all types, some with a time to live or a name of bytes, counts and values equal', () =>
      withRedisServer((redis) =>
        withTarget(async ({migrate, ask}) => {
          const count = Math.min(100_000, scaled(100_000));
          const commandFor = (n: number): readonly (string | Buffer)[] =>
            [
              ['SET', `k${n}`, `{"n": ${n}}`],
              ['HSET', `k${n}`, 'n', String(n)],
              ['SET', Buffer.from(`\xff${n}`, 'latin1'), String(n), 'EX', '86400'],
              ['RPUSH', `k${n}`, 'first', String(n)],
              ['ZADD', `k${n}`, String(n), 'member'],
              ['SADD', `k${n}`, String(n)],
              ['XADD', `k${n}`, `${n}-1`, 'n', String(n)],
              ['SET', `k${n}`, Buffer.from(`\xfe${n}`, 'latin1')],
            ][n % 8] ?? [];
          for (let from = 0; from < count; from += 10_000)
            await redis.all(Array.from({length: 10_000}, (_, at) => commandFor(from + at)));
          ok(await migrate('--redis-url', redis.url));
          const sumFrom = (rest: number) => {
            const each = count / 8;
            return each * rest + (8 * each * (each - 1)) / 2;
          };
          const value = `CASE WHEN type = 'string' AND encoding = 'bytes' THEN convert_from(substr(bytes, 2), 'UTF8')
            WHEN encoding = 'text' AND type = 'string' THEN data #>> '{}' WHEN type IN ('string', 'hash') THEN data ->> 'n'
            WHEN type = 'list' THEN data ->> 1 WHEN type = 'zset' THEN data #>> '{0,1}' WHEN type = 'set' THEN data ->> 0
            ELSE data #>> '{0,1,0,1}' END`;
          assert.is(
            await ask(
              `SELECT type, encoding, count(*), sum((${value})::bigint), count(expires_at), count(DISTINCT kind),
                 bool_and(CASE WHEN kind LIKE 'k%' THEN kind = 'k' || (${value}) ELSE kind = '\\xff' || encode((${value})::bytea, 'hex') END)
               FROM json_store GROUP BY 1, 2 ORDER BY min(CASE WHEN kind LIKE 'k%' THEN substr(kind, 2)::bigint ELSE 2 END)`,
            ),
            [
              ['string|json', 0],
              ['hash|text', 1],
              ['string|text', 2],
              ['list|text', 3],
              ['zset|text', 4],
              ['set|text', 5],
              ['stream|text', 6],
              ['string|bytes', 7],
            ]
              .map(
                ([name, at]) =>
                  `${name}|${count / 8}|${sumFrom(Number(at))}|${at === 2 ? count / 8 : 0}|${count / 8}|t`,
              )
              .join('\n'),
          );
        }),
      ));

    it('tells what was written while it ran, and brings what it read', () =>
      withRedisServer((redis) =>
        withTarget(async ({migrate, ask}) => {
          await redis.all(Array.from({length: 5_000}, (_, at) => ['SET', `k${at}`, 'v']));
          const state = {isDone: false};
          const writing = (async () => {
            for (let n = 0; !state.isDone; n += 1) {
              await redis.ask('SET', 'k1', `v${n}`);
              await new Promise((resolve) => setTimeout(resolve, 20));
            }
          })();
          const {exitCode, stderr} = await migrate('--redis-url', redis.url);
          state.isDone = true;
          await writing;
          assert.is(exitCode, 0, stderr);
          assert.match(
            stderr,
            /Redis is written while it is migrated: since it was read, 1 changed \('k1'\)/,
          );
          assert.is(await ask('SELECT count(*) FROM json_store'), '5000');
        }),
      ));

    it('says that a wrong login is one, and shows no password', () =>
      withRedisServer(
        (redis) =>
          withTarget(async ({migrate}) => {
            const url = redis.url.replace('unix://', 'unix://:hunter2@localhost');
            const {exitCode, stdout, stderr} = await migrate('--redis-url', url);
            assert.is(exitCode, 6);
            assert.match(stderr, /WRONGPASS/);
            assert.match(stderr, /set REDIS_URL instead/);
            assert.not.match(`${stdout}${stderr}`, /hunter2/);
          }),
        {settings: ['--requirepass', 'right'], login: {password: 'right'}},
      ));

    it('writes the same store to files, settings and state where an application looks for them', () =>
      withRedisServer((redis) =>
        withTarget(async ({migrate, project}) => {
          await filled(redis);
          await redis.ask('PERSIST', 'state');
          const words = ['--redis-url', redis.url, '--backend', 'filesystem'];
          ok(await migrate(...words, '--dry-run'));
          assert.equal(await readdir(`${project}/config`).catch(() => []), []);
          ok(await migrate(...words));
          assert.equal((await readdir(`${project}/config`)).sort(), [
            'json_store.jsonl',
            'settings.json',
            'state.json',
          ]);
          const settings = await readFile(`${project}/config/settings.json`, 'utf8');
          assert.equal(JSON.parse(settings), JSON.parse(good));
          assert.match(settings, /^\{\n {2}"updated_at"/);
          const lines = (await readFile(`${project}/config/json_store.jsonl`, 'utf8'))
            .trimEnd()
            .split('\n')
            .map((line) => JSON.parse(line));
          assert.equal(
            lines.map(({kind}) => kind),
            ['\\x00ff', 'hash', 'list', 'set', 'stream', 'zset'],
          );
          assert.is(lines[0].bytes, '/g==');
          assert.equal(lines[2].data, ['b', 'a']);
          const again = await migrate(...words);
          assert.is(again.exitCode, 2);
          assert.match(again.stderr, /there is already: .*settings\.json/);
          await redis.ask('SET', 'state', '{}', 'EX', '1000');
          ok(await migrate(...words, '--force-recreate'));
          const names = await readdir(`${project}/config`);
          assert.ok(
            names.some((name) => /^settings\.json\.before-/.test(name)),
            String(names),
          );
          // With a time to live it is more than its document says.
          const state = (await readFile(`${project}/config/json_store.jsonl`, 'utf8'))
            .split('\n')
            .find((line) => line.includes('"state"'));
          assert.ok(JSON.parse(state ?? '{}').expires_at > '2026');
          await chmod(`${project}/config`, 0o777);
          assert.is((await migrate(...words, '--force-recreate')).exitCode, 6);
        }),
      ));
  }
}

it.run();
