/** Keys and values of Redis, each value read together with its type and its time to live. */
import type {Redis} from './redis.ts';
import type {RedisFacts} from './redis-facts.ts';
import {readLarge} from './redis-large.ts';
import {interpret, named, questions, type RedisRead} from './redis-questions.ts';

export type {RedisRead} from './redis-questions.ts';

const keysAtOnce = 1_000;

/** The keys of the selected database, in pages. Some come twice; none that is there all the time is missed. */
export async function* scanKeys(redis: Redis): AsyncGenerator<readonly Buffer[]> {
  let cursor = '0';
  do {
    const reply = await redis.ask('SCAN', cursor, 'COUNT', String(keysAtOnce));
    const [next, keys] = reply as readonly [Buffer, readonly Buffer[]];
    yield keys;
    cursor = next.toString();
  } while (cursor !== '0');
}

/** Each value with its key, or undefined for a key that is gone. Large ones come last, one at a time. */
export const readKeys = async (
  redis: Redis,
  keys: readonly Buffer[],
  facts: RedisFacts,
): Promise<readonly (RedisRead | undefined)[]> => {
  const sized = await Promise.all(keys.map((key) => lookAt(redis, key)));
  const small = await readSmall(redis, {keys, sized, facts});
  // What is watched is the connection's: nobody else may use it meanwhile.
  const all: (RedisRead | undefined)[] = [];
  for (const [at, look] of sized.entries()) {
    const read = small.get(at) ?? (await readOne(redis, keys[at], {look, facts}));
    all.push(read === 'gone' ? undefined : read);
  }
  return all;
};

type Sized = {
  readonly keys: readonly Buffer[];
  readonly sized: readonly Look[];
  readonly facts: RedisFacts;
};

/** In one MULTI for all: by their place. Those that are of another type by now are not among them. */
const readSmall = async (redis: Redis, {keys, sized, facts}: Sized) => {
  const asked = [...sized.entries()].flatMap(([at, {type, isLarge}]) => {
    const key = keys[at];
    return isLarge || type === 'none' || !key
      ? []
      : [{at, type, asked: questions(type, key, facts)}];
  });
  const found = new Map<number, RedisRead | 'gone'>();
  for (const [at, {type}] of sized.entries()) if (type === 'none') found.set(at, 'gone');
  if (asked.length === 0) return found;
  const replies = (await redis.together(asked.flatMap((one) => Object.values(one.asked)))) ?? [];
  let from = 0;
  for (const one of asked) {
    const own = replies.slice(from, from + Object.keys(one.asked).length);
    from += own.length;
    const read = interpret(one.type, named(one.asked, own));
    if (read) found.set(one.at, read);
  }
  return found;
};

type Look = {readonly type: string; readonly isLarge: boolean};

const lookAt = async (redis: Redis, key: Buffer): Promise<Look> => {
  const type = String(await redis.ask('TYPE', key));
  const {command, from = Infinity} = sizes[type] ?? {};
  // It may be of another type by now: that is seen when it is read.
  const size = command ? await redis.ask(command, key).catch(() => 0) : 0;
  return {type, isLarge: Number(size) > from};
};

/** From so many elements or bytes on, one long reply would hold up everybody else. */
const sizes: Readonly<Record<string, {readonly command: string; readonly from: number}>> = {
  string: {command: 'STRLEN', from: 500_000},
  hash: {command: 'HLEN', from: 10_000},
  list: {command: 'LLEN', from: 10_000},
  set: {command: 'SCARD', from: 10_000},
  zset: {command: 'ZCARD', from: 10_000},
  stream: {command: 'XLEN', from: 10_000},
};

/** A key that changes while it is read is read again, so often; then in one piece, however large. */
const tries = 5;

const readOne = async (
  redis: Redis,
  key: Buffer = Buffer.alloc(0),
  {look, facts}: {readonly look: Look; readonly facts: RedisFacts},
): Promise<RedisRead | undefined> => {
  let {type, isLarge} = look;
  for (let round = 0; round < 2 * tries; round += 1) {
    if (type === 'none') return undefined;
    const asked = questions(type, key, facts);
    const isPaged = isLarge && type !== 'string' && round < tries;
    const replies = isPaged
      ? await readLarge(redis, {type, key, asked})
      : await redis.together(Object.values(asked));
    const read = replies && interpret(type, named(asked, replies));
    if (read === 'gone') return undefined;
    if (read) return read;
    ({type, isLarge} = await lookAt(redis, key));
  }
  throw new Error('a key changes its type faster than it can be read');
};
