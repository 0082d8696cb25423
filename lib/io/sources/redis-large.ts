/** Large values in pages, watched: whoever changes one meanwhile makes the reading begin anew. */
import type {Redis, RedisReply, RedisWord} from './redis.ts';
import type {Questions} from './redis-questions.ts';

const page = 10_000;

type Large = {readonly type: string; readonly key: Buffer; readonly asked: Questions};

/**
 * The replies as one MULTI would have given them; undefined where the key changed. Nobody else may use
 * this connection meanwhile.
 */
export const readLarge = async (
  redis: Redis,
  {type, key, asked}: Large,
): Promise<readonly RedisReply[] | undefined> => {
  await redis.ask('WATCH', key);
  const value = await pagesOf[type]?.(redis, key).catch((error: unknown) => error as Error);
  const names = Object.keys(asked);
  const others = names.filter((name) => name !== 'value');
  const replies = await redis.together(others.map((name) => asked[name] as readonly RedisWord[]));
  if (!replies) return undefined;
  return names.map((name) => (name === 'value' ? value : replies[others.indexOf(name)]) ?? null);
};

type Pages = (redis: Redis, key: Buffer) => Promise<readonly RedisReply[]>;

const byRank =
  (command: string, more: readonly string[] = []): Pages =>
  async (redis, key) => {
    const all: RedisReply[] = [];
    for (let from = 0; ; from += page) {
      const to = String(from + page - 1);
      const reply = (await redis.ask(
        command,
        key,
        String(from),
        to,
        ...more,
      )) as readonly RedisReply[];
      for (const each of reply) all.push(each);
      if (reply.length === 0) return all;
    }
  };

/** A page may repeat what another one had, where the server rearranges its table meanwhile. */
const byCursor =
  (command: string, width: 1 | 2): Pages =>
  async (redis, key) => {
    const found = new Map<string, readonly RedisReply[]>();
    let cursor = '0';
    do {
      const reply = await redis.ask(command, key, cursor, 'COUNT', String(page));
      const [next, flat] = reply as readonly [Buffer, readonly Buffer[]];
      for (let at = 0; at < flat.length; at += width)
        found.set((flat[at] as Buffer).toString('latin1'), flat.slice(at, at + width));
      cursor = next.toString();
    } while (cursor !== '0');
    return [...found.values()].flat();
  };

const entries: Pages = async (redis, key) => {
  const all: RedisReply[] = [];
  let from = '-';
  for (;;) {
    const reply = (await redis.ask(
      'XRANGE',
      key,
      from,
      '+',
      'COUNT',
      String(page),
    )) as readonly (readonly [Buffer, RedisReply])[];
    for (const entry of reply) all.push(entry);
    const last = reply.at(-1)?.[0].toString();
    if (last === undefined || reply.length < page) return all;
    from = after(last);
  }
};

/** The next id that an entry can have. */
const after = (id: string): string => {
  const [milliseconds = '', sequence = ''] = id.split('-');
  const next = BigInt(sequence) + 1n;
  return next < 2n ** 64n ? `${milliseconds}-${next}` : `${BigInt(milliseconds) + 1n}-0`;
};

const pagesOf: Readonly<Record<string, Pages>> = {
  list: byRank('LRANGE'),
  zset: byRank('ZRANGE', ['WITHSCORES']),
  hash: byCursor('HSCAN', 2),
  set: byCursor('SSCAN', 1),
  stream: entries,
};
