/**
 * Reads a connection URI as libpq does, into libpq's variables: several hosts and ports, IPv6,
 * sockets, percent-encoding. Drivers differ from libpq in all of these, so none is asked.
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
 */
import {readParameter} from './connection-parameters.ts';
import {decode, percentDecoded, type Reading} from './percent-encoding.ts';
import {printable} from './redact.ts';

export type ParsedUrl = {
  readonly libpq: Readonly<Record<string, string>>;
  readonly warnings: readonly string[];
  /** What is wrong, in sentences that repeat nothing of user and password. */
  readonly faults: readonly string[];
};

const shape = 'postgres://user:password@host:5432/database';
/** SQLAlchemy names its driver: `postgresql+asyncpg://`. */
const scheme = /^postgres(?:ql)?(?:\+\w+)?:\/\//;

/** Never throws: all faults of the URL at once. */
export const parseConnectionUrl = (url: string): ParsedUrl => {
  const [start] = scheme.exec(url) ?? [];
  if (start === undefined) return refused(`expected ${shape}, got ${kindOf(url)}`);
  if (/\s|\0/.test(url)) return refused('holds a space or a line break: write a space as %20');
  const {user, password, hosts, database, query} = partsOf(url.slice(start.length));
  if (hosts.includes('@') || database?.includes('@')) {
    return refused(
      'user, password or database holds one of : / @ unencoded: write @ as %40, / as %2F',
    );
  }
  const reading: Reading = {libpq: {}, warnings: [], faults: []};
  assign(reading, 'PGUSER', decode(user, {as: 'the user', reading}));
  assign(reading, 'PGPASSWORD', decode(password, {as: 'the password', reading}));
  readHosts(hosts, reading);
  assign(reading, 'PGDATABASE', decode(database, {as: 'the database', reading}));
  for (const pair of query ? query.split('&') : []) readPair(pair, reading);
  checkPorts(reading);
  return reading;
};

/** The secrets in a text that should be a URL, however broken: for the redactor, before anything is judged. */
export const passwordsIn = (url: string): readonly string[] => {
  const found = [/:\/\/[^:@/]*:(.*)@/s, /:\/\/[^:@/]*:([^@]*)@/s, /[?&]\w*password=([^&]*)/i]
    .map((pattern) => pattern.exec(url)?.[1])
    .filter((text) => text !== undefined && text !== '');
  return [...new Set(found.flatMap((text = '') => [text, percentDecoded(text)]))];
};

const refused = (fault: string): ParsedUrl => ({libpq: {}, warnings: [], faults: [fault]});

/** Only what is surely no secret: the scheme. */
const kindOf = (url: string): string => {
  const [, other] = /^([a-z][a-z0-9+.-]*):\/\//i.exec(url) ?? [];
  return other === undefined ? 'something without a scheme' : `${other}://…`;
};

/** As libpq: an @ before the first slash ends user and password; a question mark in there is theirs. */
const partsOf = (text: string) => {
  const [login = '', user, password] = /^([^:@/]*)(?::([^@/]*))?@/.exec(text) ?? [];
  const [address = '', query] = splitOnce(text.slice(login.length), '?');
  const [hosts = '', database] = splitOnce(address, '/');
  return {user, password, hosts, database, query};
};

const splitOnce = (text: string, mark: string): readonly [string, string | undefined] => {
  const index = text.indexOf(mark);
  return index < 0 ? [text, undefined] : [text.slice(0, index), text.slice(index + 1)];
};

const assign = ({libpq}: Reading, variable: string, value: string | undefined): void => {
  if (value) libpq[variable] = value;
};

const readHosts = (text: string, reading: Reading): void => {
  const hosts: string[] = [];
  const ports: string[] = [];
  for (const part of text.split(',')) {
    const [fits, bracketed, plain, port] =
      /^(?:\[([^\]]*)\]|([^:[\]]*))(?::([^:]*))?$/.exec(part) ?? [];
    const host = decode(bracketed ?? plain, {as: 'a host', reading}) ?? '';
    if (fits === undefined) {
      reading.faults.push('a host is not of the form host, host:port or [IPv6 address]:port');
    } else if (bracketed !== undefined && !/^[\da-f:.]+(%[\w.-]+)?$/i.test(host)) {
      reading.faults.push('the brackets of a host hold no IPv6 address');
    } else if (/[\s,]/.test(host) && !host.startsWith('/')) {
      reading.faults.push('a host holds a space or a comma');
    }
    hosts.push(host);
    ports.push(port ?? '');
  }
  if (hosts.some((host) => host !== '')) reading.libpq['PGHOST'] = hosts.join(',');
  if (ports.some((port) => port !== '')) reading.libpq['PGPORT'] = ports.join(',');
};

const readPair = (pair: string, reading: Reading): void => {
  const [rawName, rawValue, ...more] = pair.split('=');
  const name = decode(rawName, {as: 'a parameter name', reading});
  if (name === undefined) return;
  if (rawValue === undefined || more.length > 0) {
    reading.faults.push('a parameter is not of the form name=value: write = in a value as %3D');
    return;
  }
  const value = decode(rawValue, {as: `parameter ${printable(name)}`, reading});
  if (value === undefined) return;
  const parameter = readParameter(name, value);
  if ('fault' in parameter) reading.faults.push(parameter.fault);
  else if ('warning' in parameter) reading.warnings.push(parameter.warning);
  else reading.libpq[parameter.variable] = parameter.value;
};

/** libpq takes one port for all hosts, or one for each, an empty one being the default. */
const checkPorts = ({libpq, faults}: Reading): void => {
  if (libpq['PGPORT'] === undefined) return;
  const ports = libpq['PGPORT'].split(',');
  const hosts = (libpq['PGHOST'] ?? libpq['PGHOSTADDR'] ?? '').split(',');
  if (!ports.every((port) => port === '' || isPort(port))) {
    faults.push('expected a port from 1 to 65535');
  }
  if (ports.length > 1 && ports.length !== hosts.length) {
    faults.push(`${ports.length} ports for ${hosts.length} hosts`);
  }
};

export const isPort = (text: string): boolean =>
  /^\d{1,5}$/.test(text) && Number(text) >= 1 && Number(text) <= 65_535;
