/**
 * What a key of Redis holds, as a row of the store holds it. Nothing is guessed: a string becomes a
 * document only where JSONB means the same as the text; whatever is no text stays bytes.
 */
import {JsonFault, type JsonMember, type JsonValue, parseJson} from './json-value.ts';
import {jsonbText} from './jsonb-text.ts';
import {type StoreValue, textOf} from './store-row.ts';

/** As it was read: every string is bytes. */
export type RedisValue =
  | {readonly type: 'string'; readonly value: Buffer}
  | {readonly type: 'hash'; readonly fields: readonly (readonly [Buffer, Buffer])[]}
  | {readonly type: 'list'; readonly items: readonly Buffer[]}
  | {readonly type: 'set'; readonly members: readonly Buffer[]}
  | {readonly type: 'zset'; readonly members: readonly (readonly [Buffer, score: string])[]}
  | {
      readonly type: 'stream';
      readonly entries: readonly (readonly [id: string, fields: readonly Buffer[]])[];
    }
  | {readonly type: 'module'; readonly name: string; readonly dump: Buffer};

/**
 * - string: the document where it is an object or array of JSON, else the text, else `bytes`
 * - hash: an object of texts; in base64 an array of `[field, value]`
 * - list: an array in its order; set: an array sorted by bytes
 * - zset: `[member, score]` by score and then by bytes; the score is a text that `::float8` takes
 * - stream: `[id, [[field, value], …]]` in its order; a field may be there twice
 * - a module's type: what DUMP gave
 */
export const storeValueOf = (value: RedisValue): StoreValue => {
  if (value.type === 'module')
    return {type: value.name, encoding: 'dump', ...bytesAlone(value.dump)};
  if (value.type === 'string') return stringValue(value.value);
  const encoding = everyStringOf(value).every((bytes) => textOf(bytes) !== undefined)
    ? 'text'
    : 'base64';
  const say = (bytes: Buffer): string =>
    encoding === 'text' ? bytes.toString('utf8') : bytes.toString('base64');
  const data = jsonbText(shapeOf(value, {say, isText: encoding === 'text'}));
  return {type: value.type, encoding, data, bytes: undefined, document: undefined};
};

const stringValue = (value: Buffer): StoreValue => {
  const text = value.length > largestData ? undefined : textOf(value);
  if (text === undefined) return {type: 'string', encoding: 'bytes', ...bytesAlone(value)};
  const document = documentIn(text);
  const data = jsonbText(document ?? text);
  return {type: 'string', encoding: document ? 'json' : 'text', data, bytes: undefined, document};
};

const bytesAlone = (bytes: Buffer) => ({data: undefined, bytes, document: undefined});

/** JSONB holds 256 MB: what could be more once it is written stays bytes. */
const largestData = 200_000_000;

/** Numbers and quoted texts are what they are: `1.0` and `9007199254740993` stay texts. */
const documentIn = (text: string): JsonValue | undefined => {
  if (!/^[ \t\n\r]*[{[]/.test(text)) return undefined;
  try {
    return parseJson(text, {for: 'jsonb'});
  } catch (error) {
    if (error instanceof JsonFault) return undefined;
    throw error;
  }
};

type Collection = Exclude<RedisValue, {type: 'string' | 'module'}>;

const everyStringOf = (value: Collection): readonly Buffer[] => {
  if (value.type === 'hash') return value.fields.flat();
  if (value.type === 'list') return value.items;
  if (value.type === 'set') return value.members;
  if (value.type === 'zset') return value.members.map(([member]) => member);
  return value.entries.flatMap(([, fields]) => fields);
};

type Saying = {readonly say: (bytes: Buffer) => string; readonly isText: boolean};

const shapeOf = (value: Collection, {say, isText}: Saying): JsonValue => {
  if (value.type === 'list') return value.items.map(say);
  if (value.type === 'set') return value.members.toSorted(Buffer.compare).map(say);
  if (value.type === 'zset')
    return value.members
      .toSorted(byScore)
      .map(([member, score]) => [say(member), scoreText(score)]);
  if (value.type === 'stream')
    return value.entries.map(([id, fields]) => [id, pairsOf(fields).map((pair) => pair.map(say))]);
  const fields = value.fields.toSorted(([a], [b]) => Buffer.compare(a, b));
  if (!isText) return fields.map((pair) => pair.map(say));
  return {members: fields.map(([field, content]): JsonMember => [say(field), say(content)])};
};

const pairsOf = (flat: readonly Buffer[]): readonly (readonly Buffer[])[] =>
  Array.from({length: flat.length / 2}, (_, at) => flat.slice(at * 2, at * 2 + 2));

const byScore = (
  [member, score]: readonly [Buffer, string],
  [other, otherScore]: readonly [Buffer, string],
): number => {
  const [a, b] = [numberOf(score), numberOf(otherScore)];
  // Subtracted, two infinities would be NaN; -0 and 0 are one score to Redis.
  return a < b ? -1 : a > b ? 1 : Buffer.compare(member, other);
};

const numberOf = (score: string): number =>
  score === 'inf' ? Infinity : score === '-inf' ? -Infinity : Number(score);

/** The shortest text of the same double: servers print 17 digits or fewer. `inf` and `-inf` as Redis has them. */
const scoreText = (score: string): string => {
  const number = numberOf(score);
  if (!Number.isFinite(number)) return number > 0 ? 'inf' : '-inf';
  return Object.is(number, -0) ? '-0' : String(number);
};

/**
 * The format that a DUMP was written in; only a server that reads it takes the bytes back. It stands in
 * front of the checksum. https://redis.io/docs/latest/commands/dump/
 */
export const dumpVersionOf = (dump: Buffer): number => dump.readUInt16LE(dump.length - 10);
