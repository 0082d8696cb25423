/** Under which names an application looks for its database, as far as its environment says. */
import type {ServiceConfig} from './compose-config.ts';

export type DatabaseHost = {
  readonly host: string;
  /** Undefined: PostgreSQL's own. */
  readonly port: string | undefined;
  /** The variable. */
  readonly key: string;
};

const url = /^(?:jdbc:)?(?:postgres(?:ql)?|postgis|timescaledb)(?:\+\w+)?:\/\/([^/?#\s]*)/i;
const hostKey =
  /^(?:(?:.*_)?(?:DB|DATABASE|POSTGRES|POSTGRESQL|PG)_?(?:HOST|HOSTNAME|SERVER)|PGHOST)$/i;

/** Of URLs, of variables that are called like a host, and of libpq's own strings. */
export const databaseHostsOf = ({environment}: ServiceConfig): readonly DatabaseHost[] => {
  // Compose writes a dollar twice, so that it reads it back as one.
  const variables = Object.entries(environment ?? {}).map(
    ([key, value]) => [key, (value ?? '').replaceAll('$$', '$')] as const,
  );
  const values = new Map(variables);
  return variables.flatMap(([key, value]) => {
    const authority = url.exec(value)?.[1];
    if (authority !== undefined) return hostsIn(value, authority).map((each) => ({...each, key}));
    const conninfo = /(?:^|\s)host\s*=\s*'?([^\s',]+)/.exec(value)?.[1];
    if (conninfo !== undefined && /(?:^|\s)(?:dbname|user)\s*=/.test(value)) {
      const port = /(?:^|\s)port\s*=\s*'?(\d+)/.exec(value)?.[1];
      return [{host: conninfo, port, key}];
    }
    if (!hostKey.test(key) || value === '') return [];
    const port = values.get(key.replace(/HOST(NAME)?$|SERVER$/i, 'PORT'));
    const [, host = '', own] = /^(.*?)(?::(\d+))?$/.exec(value) ?? [];
    return [{host, port: own ?? (port || undefined), key}];
  });
};

/** `user:secret@one:5432,two`; where it is empty, a parameter may name the host. */
const hostsIn = (value: string, authority: string): readonly Omit<DatabaseHost, 'key'>[] => {
  const given = authority.slice(authority.lastIndexOf('@') + 1);
  const asked = /[?&]host=([^&]*)/.exec(value)?.[1];
  return (given === '' ? (asked ?? 'localhost') : given).split(',').map((each) => {
    const [, host = '', port] = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(each) ?? [];
    return {host: decoded(host), port};
  });
};

const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
};

/** A name that a network of docker can give to a container. */
const isName = (host: string): boolean =>
  /^[a-z0-9_]([\w.-]*\w)?$/i.test(host) && !/^[\d.]+$/.test(host) && host !== 'localhost';

/** Why a copy at these names would not be found by the application; undefined where it is. */
export const whyNotReached = ({host, port, key}: DatabaseHost): string | undefined => {
  if (!isName(host))
    return `${key} has its database at '${host}', which no other container can stand in for`;
  if (port !== undefined && port !== '5432')
    return `${key} has its database at port ${port}, and the copy answers at 5432`;
  return undefined;
};
