/** Every key of a real Redis as lines that a real PostgreSQL gives back byte for byte. */
import {execFileSync} from 'node:child_process';
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {sortedOnce} from '../../lib/commands/stream.ts';
import {intoPassingFile} from '../../lib/io/descriptor.ts';
import {type Captured, captureRedis} from '../../lib/io/sources/redis-capture.ts';
import {OpsError} from '../../lib/model/errors.ts';
import {parseRedisUrl} from '../../lib/model/migrate/redis-url.ts';
import {redisColumns} from '../../lib/model/migrate/store-row.ts';
import {door} from '../support/door.ts';
import {psql, testShell, withPostgres} from '../support/postgres.ts';
import {type TestRedis, withRedisServer} from '../support/redis.ts';
import {has, scaled, skip} from '../support/require.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('redis');

const now = Date.UTC(2026, 10, 20, 3, 15);

/** The lines, and what was counted. */
const capture = (url: string, {signal = new AbortController().signal} = {}) =>
  withTempFolder(async (folder) => {
    const file = join(folder, 'rows');
    let captured: Captured | undefined;
    await intoPassingFile(file, async (descriptor) => {
      captured = await captureRedis(testShell(signal), parseRedisUrl(url), {
        ...{descriptor, passing: join(folder, 'keys'), nowMilliseconds: now},
        update: () => {},
      });
    });
    const text = await readFile(file, 'utf8');
    return {...(captured as Captured), text, lines: text.split('\n').slice(0, -1)};
  });

const bytes = (...values: readonly number[]) => Buffer.from(values);

const everyType: readonly (readonly (string | Buffer)[])[] = [
  ['SET', 'doc', '{"b": 1.0, "a": [9007199254740993, 1e2], "updated_at": "2026-01-02T03:04:05Z"}'],
  ['SET', 'empty', ''],
  ['SET', 'number', '9007199254740993'],
  ['SET', 'one point nought', '1.0'],
  ['SET', 'quoted', '"x"'],
  ['SET', 'twice', '{"a":1,"a":2}'],
  ['SET', 'nul in json', '{"a":"\\u0000"}'],
  ['SET', 'tab\tnew\nline\\', 'a\tb\nc\\d\re\bf\fg\vh'],
  ['SET', 'bytes', bytes(0xff, 0, 1)],
  ['SET', 'nul', 'a\0b'],
  ['SET', bytes(0xfe, 0x00), 'binary key'],
  ['SET', '\\xff', 'looks like a binary key'],
  ['SET', bytes(0xff), 'is the binary key'],
  ['SET', '', 'no name'],
  ['SET', 'ключ 🗝', 'значение 🗝'],
  ['HSET', 'hash', 'z', '1', 'a', '{"x":1}', '', 'no field'],
  ['HSET', 'binary hash', bytes(0xc3, 0x28), 'v', 'f', bytes(0)],
  ['RPUSH', 'list', 'b', 'a', 'b', ''],
  ['SADD', 'set', 'b', 'a', 'c'],
  ['SADD', 'binary set', 'b', bytes(0x80)],
  [
    'ZADD',
    'zset',
    '1.5',
    'b',
    '1.5',
    'a',
    '-inf',
    'low',
    'inf',
    'high',
    '-0',
    'nought',
    '0.1',
    'tenth',
    '1e300',
    'big',
    '12345678901234567',
    'digits',
  ],
  ['XADD', 'stream', '5-1', 'f', 'v', 'f', 'w'],
  ['XADD', 'stream', '5-2', 'g', ''],
  ['XGROUP', 'CREATE', 'stream', 'workers', '5-1'],
  ['SETBIT', 'bits', '7', '1'],
  ['PFADD', 'log', 'a', 'b'],
  ['GEOADD', 'geo', '13.361389', '38.115556', 'Palermo'],
];

if (has('redis') && has('postgres')) {
  /** What PostgreSQL prints of the loaded lines, and answers to more questions. */
  const loaded = (text: string, sql: string) =>
    withPostgres({}, async (server) => {
      const columns = redisColumns.map(({name, type}) => `${name} ${type}`).join(', ');
      const table = `SET timezone = 'UTC'; CREATE TABLE json_store (${columns});`;
      const back = await psql(
        server,
        `${table} COPY json_store FROM STDIN;\n${text}\\.\nCOPY json_store TO STDOUT;`,
      );
      return {back: `${back}\n`, answer: await psql(server, sql)};
    });

  it('brings every type, binary keys, fields and members, and nothing comes back another', () =>
    withRedisServer(async (redis) => {
      await redis.all(everyType);
      await redis.ask('PEXPIREAT', 'doc', '4102444800123');
      const {text, tally} = await capture(redis.url);
      const {back, answer} = await loaded(
        text,
        `SELECT kind, type, encoding, coalesce(data::text, bytes::text) FROM json_store ORDER BY kind COLLATE "C";
         SELECT expires_at AT TIME ZONE 'UTC', updated_at AT TIME ZONE 'UTC' FROM json_store WHERE kind = 'doc';
         SELECT data ->> 'a' FROM json_store WHERE kind = 'doc';
         SELECT string_agg(e ->> 0, ' ' ORDER BY (e ->> 1)::float8, e ->> 0) FROM json_store, jsonb_array_elements(data) e WHERE kind = 'zset'`,
      );
      assert.is(back, text);
      const rows = answer.split('\n');
      for (const row of [
        'doc|string|json|{"a": [9007199254740993, 100], "b": 1.0, "updated_at": "2026-01-02T03:04:05Z"}',
        'empty|string|text|""',
        'number|string|text|"9007199254740993"',
        'one point nought|string|text|"1.0"',
        'quoted|string|text|"\\"x\\""',
        'twice|string|text|"{\\"a\\":1,\\"a\\":2}"',
        'nul in json|string|text|"{\\"a\\":\\"\\\\u0000\\"}"',
        'bytes|string|bytes|\\xff0001',
        'nul|string|bytes|\\x610062',
        '\\xfe00|string|text|"binary key"',
        '\\x5c786666|string|text|"looks like a binary key"',
        '\\xff|string|text|"is the binary key"',
        '|string|text|"no name"',
        'ключ 🗝|string|text|"значение 🗝"',
        'hash|hash|text|{"": "no field", "a": "{\\"x\\":1}", "z": "1"}',
        'binary hash|hash|base64|[["Zg==", "AA=="], ["wyg=", "dg=="]]',
        'list|list|text|["b", "a", "b", ""]',
        'set|set|text|["a", "b", "c"]',
        'binary set|set|base64|["Yg==", "gA=="]',
        'zset|zset|text|[["low", "-inf"], ["nought", "0"], ["tenth", "0.1"], ["a", "1.5"], ["b", "1.5"], ["digits", "12345678901234568"], ["big", "1e+300"], ["high", "inf"]]',
        'stream|stream|text|[["5-1", [["f", "v"], ["f", "w"]]], ["5-2", [["g", ""]]]]',
        'bits|string|text|"\\u0001"',
        '2100-01-01 00:00:00.123|2026-01-02 03:04:05',
        '[9007199254740993, 100]',
        'low nought tenth a b digits big high',
      ])
        assert.ok(rows.includes(row), `${row}\n\n${answer}`);
      assert.equal(tally.types, {hash: 2, list: 1, set: 2, stream: 1, string: 17, zset: 2});
      assert.is(tally.keys, 25);
      assert.is(tally.expiring, 1);
      assert.equal(tally.notCarried, [
        {
          kind: 'consumer group',
          what: "'workers' of the stream 'stream'",
          why: 'PostgreSQL has none: it was at 5-1, 0 pending',
        },
      ]);
    }));

  it('reads 100,000 keys once each, in databases of their own, and gives the same lines again', () =>
    withRedisServer(async (redis) => {
      const count = scaled(100_000);
      for (let from = 0; from < count; from += 10_000) {
        const commands = Array.from({length: 10_000}, (_, at) => {
          const key = `key:${from + at}`;
          const kind = (from + at) % 4;
          if (kind === 0) return ['SET', key, `{"n":${from + at}}`];
          if (kind === 1) return ['HSET', key, 'n', String(from + at)];
          if (kind === 2) return ['SET', key, `value ${from + at}`, 'EX', '86400'];
          return ['RPUSH', key, 'a', String(from + at)];
        });
        await redis.all(commands);
      }
      await redis.ask('SELECT', '3');
      await redis.ask('SET', 'key:0', 'of another database');
      await redis.ask('SELECT', '0');
      const first = await capture(redis.url);
      assert.is(first.lines.length, count + 1);
      assert.is(first.tally.keys, count + 1);
      assert.is(first.tally.expiring, count / 4);
      assert.equal(first.databases, [0, 3]);
      assert.is(new Set(first.lines.map((line) => line.split('\t')[0])).size, count);
      const second = await capture(redis.url);
      assert.is(second.text, first.text);
      const one = await capture(`${redis.url}?db=3`);
      assert.equal(one.lines.length, 1);
    }));

  it('reads large values in pages, and again where one changes meanwhile', () =>
    withRedisServer(async (redis) => {
      const numbers = Array.from({length: 100_000}, (_, at) => String(at));
      for (let from = 0; from < numbers.length; from += 10_000) {
        const some = numbers.slice(from, from + 10_000);
        await redis.ask('RPUSH', 'list', ...some);
        await redis.ask('SADD', 'set', ...some);
        await redis.ask('ZADD', 'zset', ...some.flatMap((n) => [n, `m${n}`]));
        await redis.ask('HSET', 'hash', ...some.flatMap((n) => [`f${n}`, n]));
      }
      for (const part of [0, 1])
        await redis.all(
          numbers
            .slice(part * 15_000, part * 15_000 + 15_000)
            .map((n) => ['XADD', 'stream', `${1 + part}-${n}`, 'n', n]),
        );
      const state = {isDone: false};
      const changing = (async () => {
        for (let n = 0; !state.isDone; n += 1) {
          // Two ends of one list: a reading in which they differ saw two moments.
          await redis.all([
            ['MULTI'],
            ['LSET', 'list', '0', `x${n}`],
            ['LSET', 'list', '-1', `x${n}`],
            ['EXEC'],
          ]);
          await new Promise((resolve) => setTimeout(resolve, 3));
        }
      })();
      const {lines} = await capture(redis.url);
      state.isDone = true;
      await changing;
      const data = (kind: string) =>
        JSON.parse(
          lines.find((line) => line.startsWith(`${kind}\t`))?.split('\t')[1] ?? '',
        ) as never;
      const list = data('list') as string[];
      assert.is(list.length, 100_000);
      assert.is(list[0], list.at(-1));
      assert.is(list[50_000], '50000');
      assert.is((data('set') as string[]).length, 100_000);
      assert.is((data('zset') as string[][])[99_999]?.[0], 'm99999');
      assert.is(Object.keys(data('hash')).length, 100_000);
      assert.is((data('stream') as string[][])[29_999]?.[0], '2-29999');
      assert.is((data('stream') as string[][]).length, 30_000);
    }));

  it('keeps the time to live of single fields, and what DUMP says of types that are not plain', () =>
    withRedisServer(async (redis) => {
      const names = ['HPEXPIREAT', 'VADD'];
      const [fields, vectors] = (await redis.ask(
        'COMMAND',
        'INFO',
        ...names,
      )) as readonly unknown[];
      if (!fields) return skip('fields of a hash expire since Redis 7.4 alone');
      const [odd, at] = [bytes(0xff), '4102444800123'];
      await redis.ask('HSET', 'hash', 'a', '1', 'b', '2');
      await redis.ask('HPEXPIREAT', 'hash', at, 'FIELDS', '1', 'a');
      await redis.ask('HSET', 'odd', odd, '1', 'b', '2');
      await redis.ask('HPEXPIREAT', 'odd', at, 'FIELDS', '1', odd);
      const large = Array.from({length: 20_000}, (_, n) => String(n));
      for (const from of [0, 10_000])
        await redis.ask(
          'HSET',
          'large',
          ...large.slice(from, from + 10_000).flatMap((n) => [n, n]),
        );
      await redis.ask('HPEXPIREAT', 'large', at, 'FIELDS', '1', '19999');
      if (vectors) await redis.ask('VADD', 'vectors', 'VALUES', '2', '1', '2', 'v');
      const {lines, tally} = await capture(redis.url);
      const times = Object.fromEntries(
        lines.map((line) => [line.split('\t')[0], line.split('\t')[7]]),
      );
      assert.is(times['hash'], '{"a": "2100-01-01T00:00:00.123Z"}');
      assert.is(times['odd'], '[["/w==", "2100-01-01T00:00:00.123Z"]]');
      assert.is(times['large'], '{"19999": "2100-01-01T00:00:00.123Z"}');
      if (vectors)
        assert.match(
          tally.notCarried[0]?.why ?? '',
          /kept in 'bytes' as DUMP gave it, in format 1\d/,
        );
    }));

  it('reads a key once, however often SCAN gives it', () =>
    withRedisServer(async (redis) => {
      // A table that shrinks while it is listed is gone through again in part: in one round of three.
      for (let round = 0; round < scaled(3); round += 1) await listShrinking(redis);
      const lines = await testShell().pipe([sortedOnce('/tmp')], {
        input: 'b\na\nb\n',
        output: 'text',
      });
      assert.is(lines.stdout, 'a\nb\n');
    }));

  const listShrinking = async (redis: TestRedis) => {
    const [all, kept] = [60_000, 6_000];
    const each = (from: number, what: string) =>
      redis.ask('EVAL', `for i = ${from}, ${all - 1} do redis.call(${what}) end`, '0');
    await each(0, "'SET', 'key:' .. i, 'v'");
    await redis.ask('CONFIG', 'RESETSTAT');
    const deleting = (async () => {
      for (;;) {
        const info = String(await redis.ask('INFO', 'commandstats'));
        if (/cmdstat_scan:calls=([5-9]|[1-9]\d)/.test(info)) break;
      }
      await each(kept, "'DEL', 'key:' .. i");
    })();
    const {lines} = await capture(redis.url);
    await deleting;
    const kinds = new Set(lines.map((line) => line.split('\t')[0]));
    assert.is(kinds.size, lines.length);
    for (let at = 0; at < kept; at += 1) assert.ok(kinds.has(`key:${at}`), `key:${at} is missing`);
  };

  it('counts keys that vanish while it reads, and fails for none of them', () =>
    withRedisServer(async (redis) => {
      const count = 30_000;
      await redis.all(Array.from({length: count}, (_, at) => ['SET', `key:${at}`, 'v']));
      const deleting = (async () => {
        // From the end of the order in which they are read.
        const keys = Array.from({length: count}, (_, at) => `key:${at}`)
          .sort()
          .reverse();
        await untilReading(redis);
        for (const key of keys.slice(0, 5_000)) await redis.ask('DEL', key);
      })();
      const {tally, lines} = await capture(redis.url);
      await deleting;
      assert.is(tally.keys, lines.length);
      assert.is(tally.keys + tally.vanished, count);
      assert.ok(tally.vanished > 0, 'none vanished while it read');
      assert.match(tally.notCarried[0]?.why ?? '', /deleted or expired/);
    }));

  it('refuses a wrong login, a server that is not there, and one node of a cluster', async () => {
    const rejects = async (url: string, says: RegExp) => {
      const error = await capture(url).then(
        () => undefined,
        (cause: unknown) => cause,
      );
      assert.instance(error, OpsError);
      assert.is((error as OpsError).exit, 6);
      assert.match(`${(error as OpsError).message} ${String((error as OpsError).cause)}`, says);
      assert.not.match(JSON.stringify(error), /hunter2/);
    };
    await rejects('redis://127.0.0.1:1', /ECONNREFUSED/);
    await rejects('unix:///nowhere/redis.sock', /ENOENT/);
    await withRedisServer(
      async (redis) => {
        await rejects(redis.url.replace('unix://', 'unix://:hunter2@localhost'), /WRONGPASS/);
        await rejects(redis.url, /NOAUTH/);
      },
      {settings: ['--requirepass', 'right'], login: {password: 'right'}},
    );
    await withRedisServer((redis) => rejects(redis.url, /one node of a cluster/), {
      settings: ['--cluster-enabled', 'yes'],
    });
  });

  it('needs no more rights than it names', () =>
    withRedisServer(async (redis) => {
      await redis.all(everyType);
      await redis.ask('RPUSH', 'long', ...Array.from({length: 10_001}, (_, at) => String(at)));
      const rights = '~* +@read +@connection +@transaction +info +select +scan +eval'.split(' ');
      await redis.ask('ACL', 'SETUSER', 'reader', 'on', '>pw', ...rights);
      const {tally} = await capture(redis.url.replace('unix://', 'unix://reader:pw@localhost'));
      assert.is(tally.keys, 26);
      await redis.ask('ACL', 'SETUSER', 'reader', '-@connection', '+auth', '+ping', '-scan');
      const error = await capture(redis.url.replace('unix://', 'unix://reader:pw@localhost')).catch(
        (cause: unknown) => cause,
      );
      assert.instance(error, OpsError);
      assert.is((error as OpsError).exit, 6);
      assert.match(String((error as OpsError).cause), /NOPERM/);
    }));

  it('ends at once when it is told to', () =>
    withRedisServer(async (redis) => {
      await redis.all(Array.from({length: 50_000}, (_, at) => ['SET', `key:${at}`, 'v']));
      const end = new AbortController();
      const reason = new OpsError('interrupted', 'by the test');
      void untilReading(redis).then(() => end.abort(reason));
      const error = await capture(redis.url, {signal: end.signal}).catch((cause: unknown) => cause);
      assert.is(error, reason);
    }));

  it('reads over TLS, and refuses a certificate that nobody vouches for', () =>
    withTempFolder(async (folder) => {
      const [key, cert] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
      const made = [
        'req',
        '-x509',
        '-newkey',
        'rsa:2048',
        '-nodes',
        '-days',
        '2',
        '-subj',
        '/CN=localhost',
      ];
      const names = ['-addext', 'subjectAltName=DNS:localhost', '-keyout', key, '-out', cert];
      execFileSync('openssl', [...made, ...names], {stdio: 'ignore'});
      const port = String(20_000 + (process.pid % 20_000));
      const tls = ['--tls-port', port, '--tls-cert-file', cert, '--tls-key-file', key];
      const settings = [
        ...tls,
        '--tls-ca-cert-file',
        cert,
        '--tls-auth-clients',
        'no',
        '--bind',
        '127.0.0.1',
      ];
      await withRedisServer(
        async (redis) => {
          await redis.ask('SET', 'a', 'b');
          const url = `rediss://localhost:${port}/0`;
          const stranger = await door('migrate', [
            '--redis-url',
            url,
            '--backend',
            'filesystem',
            '--project',
            folder,
          ]);
          assert.is(stranger.exitCode, 6, stranger.stderr);
          assert.match(stranger.stderr, /self-signed certificate/);
          const words = ['--redis-url', url, '--backend', 'filesystem', '--project', folder];
          const {exitCode, stdout, stderr} = await door('migrate', words, {
            env: {NODE_EXTRA_CA_CERTS: cert},
          });
          assert.is(exitCode, 0, stderr);
          assert.match(stdout, /json_store\.jsonl: 1 row/);
        },
        {settings},
      );
    }));

  it('ends with an error when the server dies in the middle', () =>
    withRedisServer(async (redis) => {
      await redis.all(Array.from({length: 50_000}, (_, at) => ['SET', `key:${at}`, 'v']));
      void untilReading(redis).then(
        () => redis.end('SIGKILL'),
        () => {},
      );
      const error = await capture(redis.url).then(
        () => undefined,
        (cause: unknown) => cause,
      );
      assert.instance(error, OpsError);
      assert.is((error as OpsError).exit, 7);
      assert.match((error as OpsError).message, /the connection to Redis .* was lost/);
    }));

  /** Until somebody else has asked for values: the keys are listed by then. */
  const untilReading = async (redis: TestRedis) => {
    for (;;) {
      const info = String(await redis.ask('INFO', 'commandstats'));
      if (/cmdstat_exec:calls=[1-9]/.test(info)) return;
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
  };
}

it.run();
