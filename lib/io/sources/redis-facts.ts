/** What a server of Redis says of itself. */
import {OpsError} from '../../model/errors.ts';
import type {Redis, RedisReply} from './redis.ts';

export type RedisFacts = {
  /** `7.0.15`; of Valkey its own. */
  readonly version: string;
  /** Since 7.0 a time to live can be asked for as an instant. */
  readonly knowsExpireTime: boolean;
  /** Since 7.4 single fields of a hash can have one. */
  readonly knowsFieldExpiry: boolean;
  /** The databases that have keys, in order. */
  readonly databases: readonly {readonly database: number; readonly keys: number}[];
};

/** Errors: unavailable for one node of a cluster, whose keys are a part of all. */
export const redisFacts = async (redis: Redis): Promise<RedisFacts> => {
  const info = String(await redis.ask('INFO'));
  const of = (name: string) => new RegExp(`^${name}:(.*?)\\r?$`, 'm').exec(info)?.[1] ?? '';
  if (of('cluster_enabled') === '1')
    throw new OpsError(
      'unavailable',
      'this Redis is one node of a cluster: its keys are a part of all',
      {
        hint: 'load a snapshot (RDB) of each master into a server of its own, and name those',
      },
    );
  // Servers of other names have numbers of their own: what they know is asked for, not concluded.
  const [instants, fields] = await known(redis, ['PEXPIRETIME', 'HPEXPIRETIME']);
  // Reading must not make keys look used where the oldest are put out first; known since 7.2.
  await redis.ask('CLIENT', 'NO-TOUCH', 'ON').catch(passOver);
  const databases = [...info.matchAll(/^db(\d+):keys=(\d+)/gm)].map(([, database, keys]) => ({
    database: Number(database),
    keys: Number(keys),
  }));
  return {
    version: of('valkey_version') || of('redis_version'),
    knowsExpireTime: instants === true,
    knowsFieldExpiry: fields === true,
    databases,
  };
};

/** https://redis.io/docs/latest/commands/command-info/ */
const known = async (redis: Redis, names: readonly string[]): Promise<readonly boolean[]> => {
  const reply = (await redis.ask('COMMAND', 'INFO', ...names)) as readonly RedisReply[];
  return names.map((_, at) => (reply[at] ?? null) !== null);
};

const passOver = (): null => null;
