/** What is asked of a key of Redis in one MULTI, and what the replies mean. */
import type {RedisValue} from '../../model/migrate/redis-value.ts';
import type {RedisReply, RedisWord} from './redis.ts';
import type {RedisFacts} from './redis-facts.ts';

export type RedisRead = {
  readonly value: RedisValue;
  /** Milliseconds since 1970. */
  readonly expiresAtMilliseconds: number | undefined;
  /** Of a hash: the fields that have a time of their own. */
  readonly fieldsExpireAt: readonly (readonly [field: Buffer, milliseconds: number])[];
  /** Of a stream: what PostgreSQL has nothing for. */
  readonly groups: readonly {
    readonly name: string;
    readonly pending: number;
    readonly last: string;
  }[];
};

/** Asked of a key in one MULTI. */
export type Questions = Readonly<Record<string, readonly RedisWord[]>>;

export const questions = (type: string, key: Buffer, facts: RedisFacts): Questions => ({
  type: ['TYPE', key],
  value: valueQuestion[type]?.(key) ?? ['DUMP', key],
  ...(facts.knowsExpireTime
    ? {expires: ['PEXPIRETIME', key]}
    : {left: ['PTTL', key], now: ['TIME']}),
  ...(type === 'stream' ? {groups: ['XINFO', 'GROUPS', key]} : {}),
  ...(type === 'hash' && facts.knowsFieldExpiry
    ? {fields: ['EVAL', fieldsWithTime, '1', key]}
    : {}),
});

/** HPEXPIRETIME wants the names, which only a script knows in the same moment. */
const fieldsWithTime = `
local found, names = {}, redis.call('HKEYS', KEYS[1])
for from = 1, #names, 1000 do
  local some = {unpack(names, from, math.min(from + 999, #names))}
  local times = redis.call('HPEXPIRETIME', KEYS[1], 'FIELDS', #some, unpack(some))
  for at, time in ipairs(times) do
    if time >= 0 then found[#found + 1] = some[at]; found[#found + 1] = string.format('%.0f', time) end
  end
end
return found`;

const valueQuestion: Readonly<Record<string, (key: Buffer) => readonly RedisWord[]>> = {
  string: (key) => ['GET', key],
  hash: (key) => ['HGETALL', key],
  list: (key) => ['LRANGE', key, '0', '-1'],
  set: (key) => ['SMEMBERS', key],
  zset: (key) => ['ZRANGE', key, '0', '-1', 'WITHSCORES'],
  stream: (key) => ['XRANGE', key, '-', '+'],
};

export const named = (
  asked: Questions,
  replies: readonly RedisReply[],
): Readonly<Record<string, RedisReply>> =>
  Object.fromEntries(Object.keys(asked).map((name, at) => [name, replies[at] ?? null]));

/** Undefined where the key has become of another type meanwhile. */
export const interpret = (
  type: string,
  replies: Readonly<Record<string, RedisReply>>,
): RedisRead | 'gone' | undefined => {
  const {type: now = null, value = null, groups = null} = replies;
  if (String(now) === 'none') return 'gone';
  if (String(now) !== type) return undefined;
  for (const reply of Object.values(replies)) if (reply instanceof Error) throw reply;
  const [seconds, microseconds] = (replies['now'] ?? []) as readonly Buffer[];
  const left = Number(replies['left'] ?? -1);
  const then = Number(seconds) * 1_000 + Math.floor(Number(microseconds) / 1_000) + left;
  const expires = left >= 0 ? then : Number(replies['expires'] ?? -1);
  return {
    value: valueIn(type, value),
    expiresAtMilliseconds: expires >= 0 ? expires : undefined,
    fieldsExpireAt: pairs((replies['fields'] ?? []) as readonly Buffer[]).map(
      ([field, at]): readonly [Buffer, number] => [field, Number(at)],
    ),
    groups: groupsIn(groups),
  };
};

const valueIn = (type: string, reply: RedisReply): RedisValue => {
  const list = reply as readonly Buffer[];
  if (type === 'string') return {type, value: reply as Buffer};
  if (type === 'hash') return {type, fields: pairs(list)};
  if (type === 'list') return {type, items: list};
  if (type === 'set') return {type, members: list};
  if (type === 'zset')
    return {type, members: pairs(list).map(([member, score]) => [member, score.toString()])};
  if (type !== 'stream') return {type: 'module', name: type, dump: reply as Buffer};
  const entries = reply as unknown as readonly (readonly [Buffer, readonly Buffer[]])[];
  return {type, entries: entries.map(([id, fields]) => [id.toString(), fields])};
};

const pairs = (flat: readonly Buffer[]): readonly (readonly [Buffer, Buffer])[] =>
  Array.from({length: flat.length / 2}, (_, at) => [
    flat[at * 2] as Buffer,
    flat[at * 2 + 1] as Buffer,
  ]);

/** Each group is a flat list of names and values. */
const groupsIn = (reply: RedisReply): RedisRead['groups'] =>
  ((reply ?? []) as readonly (readonly RedisReply[])[]).map((flat) => {
    const of = (name: string) => flat[flat.findIndex((word) => String(word) === name) + 1] ?? '';
    return {
      name: String(of('name')),
      pending: Number(of('pending')),
      last: String(of('last-delivered-id')),
    };
  });
