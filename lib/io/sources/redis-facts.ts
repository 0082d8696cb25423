/** What a server of Redis says of itself. */
import {OpsError} from '../../model/errors.ts';
import type {Redis} from './redis.ts';

export type RedisFacts = {
  /** `7.0.15`, or the version that a server of another name says it is compatible with. */
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
  const version = of('redis_version');
  const [major = 0, minor = 0] = version.split('.').map(Number);
  // Reading must not make keys look used where the oldest are put out first.
  if (major > 7 || (major === 7 && minor >= 2))
    await redis.ask('CLIENT', 'NO-TOUCH', 'ON').catch(() => {});
  const databases = [...info.matchAll(/^db(\d+):keys=(\d+)/gm)].map(([, database, keys]) => ({
    database: Number(database),
    keys: Number(keys),
  }));
  return {
    version,
    knowsExpireTime: major >= 7,
    knowsFieldExpiry: major > 7 || (major === 7 && minor >= 4),
    databases,
  };
};
