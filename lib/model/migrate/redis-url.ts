/** Where a Redis is: `redis[s]://[user][:password]@host[:port][/database]`, or `unix:///path/to/socket`. */
import {OpsError} from '../errors.ts';

export type RedisPlace = {
  /** Exactly one of host and socket. */
  readonly host: string | undefined;
  readonly port: number;
  readonly socket: string | undefined;
  readonly isEncrypted: boolean;
  readonly user: string | undefined;
  readonly password: string | undefined;
  /** Undefined: every database that has keys. */
  readonly database: number | undefined;
  /** Without the password, for people. */
  readonly label: string;
};

/**
 * Errors: usage with every fault; the URL itself, which may hold a password, is not repeated.
 * https://www.iana.org/assignments/uri-schemes/prov/redis
 */
export const parseRedisUrl = (text: string): RedisPlace => {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url) throw refused(['is no URL: expected redis://host:6379/0']);
  const isSocket = url.protocol === 'unix:' || url.protocol === 'redis+unix:';
  const isKnown = isSocket || url.protocol === 'redis:' || url.protocol === 'rediss:';
  const faults = isKnown ? [] : [`expected redis://, rediss:// or unix://, got ${url.protocol}//`];
  const part = (name: string, value: string) => {
    try {
      return decodeURIComponent(value);
    } catch {
      faults.push(`${name} is not percent-encoded: write % as %25`);
      return '';
    }
  };
  const chosen = isSocket ? url.searchParams.get('db') : url.pathname.replace(/^\//, '');
  const database = chosen === null || chosen === '' ? undefined : Number(chosen);
  if (database !== undefined && !(Number.isInteger(database) && database >= 0 && database < 32_767))
    faults.push('expected the number of a database behind the last slash');
  for (const name of url.searchParams.keys())
    if (!(isSocket && name === 'db')) faults.push(`the parameter '${name}' is not known`);
  if (isKnown && !isSocket && url.hostname === '') faults.push('has no host');
  const place = {
    host: isSocket ? undefined : url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? 6_379 : Number(url.port),
    socket: isSocket ? part('the path', url.pathname) : undefined,
    isEncrypted: url.protocol === 'rediss:',
    user: part('the user', url.username) || undefined,
    password: part('the password', url.password) || undefined,
    database,
  };
  if (faults.length > 0) throw refused(faults);
  return {...place, label: labelOf(place)};
};

const labelOf = ({
  host,
  port,
  socket,
  isEncrypted,
  database,
}: Omit<RedisPlace, 'label'>): string => {
  const where =
    socket ??
    `${isEncrypted ? 'rediss' : 'redis'}://${host?.includes(':') ? `[${host}]` : host}:${port}`;
  return database === undefined ? where : `${where}/${database}`;
};

const refused = (faults: readonly string[]): OpsError =>
  new OpsError('usage', `the URL of Redis: ${faults.join('; ')}`, {
    hint: 'as in redis://user:password@host:6379/0; a database that is left out means all that have keys',
  });
