/** All keys of a Redis as lines of the store in one file: what is loaded, and what is compared with. */
import {dirname} from 'node:path';
import {sortedOnce} from '../../commands/stream.ts';
import {OpsError} from '../../model/errors.ts';
import {jsonbText} from '../../model/migrate/jsonb-text.ts';
import {createTally, type RedisTally} from '../../model/migrate/redis-tally.ts';
import type {RedisPlace} from '../../model/migrate/redis-url.ts';
import {storeValueOf} from '../../model/migrate/redis-value.ts';
import {updatedAtIn} from '../../model/migrate/store-document.ts';
import {keyOf, kindOf, redisLine, type StoreRow, textOf} from '../../model/migrate/store-row.ts';
import {printable} from '../../model/redact.ts';
import {intoPassingFile, removeFile, withInput} from '../descriptor.ts';
import {linesIn, lineWriter} from '../line-file.ts';
import type {Shell} from '../shell.ts';
import {type Redis, withRedis} from './redis.ts';
import {type RedisFacts, redisFacts} from './redis-facts.ts';
import {type RedisRead, readKeys, scanKeys} from './redis-read.ts';

export type Captured = {
  readonly tally: RedisTally;
  readonly facts: RedisFacts;
  /** Those that were read. */
  readonly databases: readonly number[];
};

export type CaptureOptions = {
  /** What the lines are written to. */
  readonly descriptor: number;
  /** In a private folder: the list of keys, removed again. */
  readonly passing: string;
  /** `updated_at` of what does not know better; undefined: no row has one. */
  readonly nowMilliseconds: number | undefined;
  readonly update: (state: {done: number; total: number; unit: 'rows'}) => void;
};

/** Of text or bytes: as digits, bytes take twice as much, and a line of COPY ends at 1 GB. */
const largestCell = 250_000_000;

/** So many keys are asked for together. */
const keysAtOnce = 100;

/**
 * Read every key, in the order of databases and names. The keys are listed first and each is read once,
 * however often SCAN gives it. Errors: unavailable, toolFailed.
 */
export const captureRedis = (
  shell: Shell,
  place: RedisPlace,
  options: CaptureOptions,
): Promise<Captured> =>
  withRedis(place, shell, async (redis) => {
    const facts = await redisFacts(redis);
    const found = facts.databases.map(({database}) => database);
    const databases = place.database === undefined ? found : [place.database];
    const [listed, ordered] = [options.passing, `${options.passing}-sorted`];
    await Promise.all([listed, ordered].map(removeFile));
    await intoPassingFile(listed, (descriptor) => listKeys(redis, databases, descriptor));
    await intoPassingFile(ordered, (output) =>
      withInput(listed, (input) =>
        shell.pipe([sortedOnce(dirname(options.passing))], {input, output}),
      ),
    );
    await removeFile(listed);
    const tally = await readAll(redis, {ordered, facts, options});
    await removeFile(ordered);
    return {tally, facts, databases};
  });

/** `00000 68656c6c6f`: the database, and the kind in hexadecimal digits, which sort as its bytes do. */
const listKeys = async (redis: Redis, databases: readonly number[], descriptor: number) => {
  const writer = lineWriter(descriptor);
  for (const database of databases) {
    await redis.ask('SELECT', String(database));
    const number = String(database).padStart(5, '0');
    for await (const keys of scanKeys(redis))
      for (const key of keys)
        writer.write(`${number} ${Buffer.from(kindOf(key)).toString('hex')}\n`);
  }
  writer.end();
};

type Reading = {
  readonly ordered: string;
  readonly facts: RedisFacts;
  readonly options: CaptureOptions;
};

const readAll = async (redis: Redis, {ordered, facts, options}: Reading): Promise<RedisTally> => {
  const tally = createTally();
  const writer = lineWriter(options.descriptor);
  const total = facts.databases.reduce((sum, {keys}) => sum + keys, 0);
  const state = {selected: -1, done: 0};
  for await (const lines of linesIn(ordered, {atOnce: keysAtOnce}))
    for (const {database, kinds} of byDatabase(lines)) {
      if (database !== state.selected) await redis.ask('SELECT', String(database));
      state.selected = database;
      const reads = await readKeys(redis, kinds.map(keyOf), facts);
      for (const [at, read] of reads.entries()) {
        if (!read) tally.vanish();
        else {
          const row = rowOf(read, {kind: kinds[at] ?? '', database, ...options});
          tally.take(row, read.groups);
          writer.write(redisLine(row));
        }
      }
      state.done += kinds.length;
      options.update({done: state.done, total, unit: 'rows'});
    }
  writer.end();
  return tally.end();
};

const byDatabase = (lines: readonly string[]) => {
  const groups = new Map<number, string[]>();
  for (const line of lines) {
    const [number = '', digits = ''] = line.split(' ');
    const kinds = groups.get(Number(number)) ?? [];
    kinds.push(Buffer.from(digits, 'hex').toString());
    groups.set(Number(number), kinds);
  }
  return [...groups].map(([database, kinds]) => ({database, kinds}));
};

const rowOf = (
  {value, expiresAtMilliseconds, fieldsExpireAt}: RedisRead,
  {
    kind,
    database,
    nowMilliseconds,
  }: {kind: string; database: number; nowMilliseconds: number | undefined},
): StoreRow => {
  const stored = storeValueOf(value);
  const size = Math.max(stored.data?.length ?? 0, stored.bytes?.length ?? 0);
  if (size > largestCell)
    throw new OpsError('notIntact', `the value of '${printable(kind)}' is too large for a row`, {
      hint: 'PostgreSQL holds 256 MB in one JSONB: take the key apart or away, then run again',
    });
  const own = stored.document === undefined ? undefined : updatedAtIn(stored.document);
  return {
    ...stored,
    ...{kind, database, expiresAtMilliseconds},
    updatedAtMilliseconds: nowMilliseconds === undefined ? undefined : (own ?? nowMilliseconds),
    fieldsExpireAt: fieldTimes(fieldsExpireAt, stored.encoding === 'base64'),
  };
};

/** As the fields are in `data`: an object of texts, or pairs in base64. The instants in ISO form. */
const fieldTimes = (fields: RedisRead['fieldsExpireAt'], isBase64: boolean): string | undefined => {
  if (fields.length === 0) return undefined;
  const said = fields.map(
    ([field, at]) =>
      [
        isBase64 ? field.toString('base64') : (textOf(field) ?? ''),
        new Date(at).toISOString(),
      ] as const,
  );
  return jsonbText(isBase64 ? said : {members: said});
};
