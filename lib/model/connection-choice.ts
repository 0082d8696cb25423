/**
 * Which database is meant: a URL, else `DB_HOST` and its kin, else libpq's own variables. What was
 * not chosen adds nothing to where the connection goes; TLS and password-file settings stay.
 */
import type {Connection} from './connection.ts';
import {connectionVariables, sslModes, targetVariables} from './connection-parameters.ts';
import {isPort, type ParsedUrl, parseConnectionUrl} from './connection-url.ts';
import type {Fault, Givens} from './givens.ts';
import {databaseType, isSqliteUrl, noConnection, sqliteIn, urlKeys} from './other-database.ts';

export type Choice = {
  readonly connection: Connection | undefined;
  /** Why there is none, for the verbs that need one. */
  readonly missing: {readonly message: string; readonly hint: string} | undefined;
  readonly warnings: readonly string[];
  readonly faults: readonly Fault[];
};

const partVariables: Readonly<Record<string, string>> = {
  DB_HOST: 'PGHOST',
  DB_PORT: 'PGPORT',
  DB_USER: 'PGUSER',
  DB_PASSWORD: 'PGPASSWORD',
  DB_NAME: 'PGDATABASE',
};

type Flags = {
  readonly database: string | undefined;
  /** Several databases were named: this host's server will do where no other is configured. */
  readonly isServerMeant: boolean;
  readonly project: string;
};

/** The connection that these values describe; `database` (the flag) overrides its database. */
export const chooseConnection = (givens: Givens, flags: Flags): Choice => {
  const {database, project} = flags;
  const faults: Fault[] = [];
  const urls = urlsIn(givens, faults);
  const chosen = urls[0] ?? partsIn(givens, faults) ?? libpqIn(givens) ?? flagOnly(givens, flags);
  const warnings = (urls[0]?.parsed.warnings ?? []).map((text) => `${urls[0]?.key}: ${text}`);
  if (!chosen)
    return {connection: undefined, missing: noConnection(givens, project), warnings, faults};
  const sslMode = sslModeIn(givens, faults);
  const libpq = {
    ...inherited(givens),
    ...chosen.libpq,
    ...(sslMode === undefined ? {} : {PGSSLMODE: sslMode}),
    ...(database === undefined ? {} : {PGDATABASE: database}),
  };
  faults.push(...badCharacters(libpq));
  const weak = weakTls(libpq);
  return {
    connection: {libpq, source: chosen.source},
    missing: undefined,
    warnings: weak === undefined ? warnings : [...warnings, weak],
    faults,
  };
};

type Chosen = {readonly libpq: Readonly<Record<string, string>>; readonly source: string};
type ChosenUrl = Chosen & {readonly key: string; readonly parsed: ParsedUrl};

const urlsIn = (givens: Givens, faults: Fault[]): readonly ChosenUrl[] => {
  const urls = urlKeys.flatMap((key) => {
    const given = givens.get(key);
    if (!given || isSqliteUrl(given.value)) return [];
    const parsed = parseConnectionUrl(given.value);
    faults.push(...parsed.faults.map((problem) => ({key, problem, source: given.source})));
    return [{key, parsed, libpq: parsed.libpq, source: `${key} (${given.source})`}];
  });
  const [first, ...others] = urls;
  for (const other of others) {
    if (!first || faults.length > 0 || targetOf(first) === targetOf(other)) continue;
    const problem = `names another server, database or login than ${first.source}: remove one of them`;
    faults.push({key: other.key, problem, source: givens.get(other.key)?.source ?? ''});
  }
  return urls;
};

const targetOf = ({libpq}: Chosen): string =>
  JSON.stringify([
    ...targetVariables.map((name) => libpq[name] ?? (name === 'PGPORT' ? '5432' : '')),
    libpq['PGPASSWORD'] ?? '',
  ]);

const partsIn = (givens: Givens, faults: Fault[]): Chosen | undefined => {
  const first = givens.get('DB_HOST') ?? givens.get('DB_NAME');
  const type = databaseType(givens);
  if (!first || /^sqlite/i.test(type?.value ?? '')) return undefined;
  if (type && !/^(postgres|postgresql|pg|psql|timescale)/i.test(type.value)) {
    faults.push({...type, problem: 'pgkeep works on PostgreSQL: expected postgres'});
  }
  const port = givens.get('DB_PORT');
  if (port && !port.value.split(',').every(isPort)) {
    faults.push({key: 'DB_PORT', problem: 'expected a port from 1 to 65535', source: port.source});
  }
  const libpq = Object.entries(partVariables).flatMap(([key, variable]) => {
    const given = givens.get(key);
    return given ? [[variable, given.value]] : [];
  });
  const keys = Object.keys(partVariables).filter((key) => givens.has(key));
  return {libpq: Object.fromEntries(libpq), source: `${keys.join(', ')} (${first.source})`};
};

const libpqIn = (givens: Givens): Chosen | undefined => {
  const first = targetVariables.find((name) => givens.has(name));
  if (!first || sqliteIn(givens)) return undefined;
  const keys = targetVariables.filter((name) => givens.has(name));
  const libpq = Object.fromEntries(keys.map((name) => [name, givens.get(name)?.value ?? '']));
  return {libpq, source: `${keys.join(', ')} (${givens.get(first)?.source})`};
};

/** `sudo -u postgres pgkeep backup --database app` means the server on this host, as psql would. */
const flagOnly = (givens: Givens, {database, isServerMeant}: Flags): Chosen | undefined => {
  if (sqliteIn(givens)) return undefined;
  if (database !== undefined) return {libpq: {}, source: 'flag --database'};
  return isServerMeant
    ? {libpq: {PGDATABASE: 'postgres'}, source: "this host's server"}
    : undefined;
};

const inherited = (givens: Givens): Record<string, string> => {
  const staying = connectionVariables.filter(
    (name) => givens.has(name) && !targetVariables.some((target) => target === name),
  );
  return Object.fromEntries(staying.map((name) => [name, givens.get(name)?.value ?? '']));
};

const sslModeIn = (givens: Givens, faults: Fault[]): string | undefined => {
  const key = 'POSTGRES_SSL_MODE';
  const given = givens.get(key);
  if (given && !sslModes.some((mode) => mode === given.value)) {
    faults.push({key, problem: `expected ${sslModes.join(', ')}`, source: given.source});
  }
  return given?.value;
};

const badCharacters = (libpq: Readonly<Record<string, string>>): readonly Fault[] =>
  Object.entries(libpq).flatMap(([key, value]) =>
    /[\0\r\n]/.test(value)
      ? [{key, problem: 'holds a line break or NUL', source: 'connection'}]
      : [],
  );

const weakTls = (libpq: Readonly<Record<string, string>>): string | undefined => {
  const mode = libpq['PGSSLMODE'] ?? 'prefer';
  const remote = (libpq['PGHOST'] ?? libpq['PGHOSTADDR'] ?? '').split(',').find(isRemote);
  if (remote === undefined || !['disable', 'allow', 'prefer'].includes(mode)) return undefined;
  return `the connection to ${remote} may go unencrypted (sslmode ${mode}): set POSTGRES_SSL_MODE=verify-full`;
};

/** Not a socket, not this host, and not a bare name as compose services have. */
const isRemote = (host: string): boolean => !/^(|[/@].*|localhost|127\..*|::1|[^.:]*)$/i.test(host);
