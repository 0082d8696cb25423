/**
 * What may stand behind the `?` of a connection URL, and which of libpq's variables it becomes.
 * https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-PARAMKEYWORDS
 * https://www.postgresql.org/docs/current/libpq-envars.html
 */

/** Which server and database: a chosen URL takes these from nowhere else. */
export const targetVariables = [
  'PGHOST',
  'PGHOSTADDR',
  'PGPORT',
  'PGUSER',
  'PGDATABASE',
  'PGSERVICE',
] as const;

const variableOfParameter: Readonly<Record<string, string>> = {
  host: 'PGHOST',
  hostaddr: 'PGHOSTADDR',
  port: 'PGPORT',
  user: 'PGUSER',
  password: 'PGPASSWORD',
  dbname: 'PGDATABASE',
  service: 'PGSERVICE',
  servicefile: 'PGSERVICEFILE',
  passfile: 'PGPASSFILE',
  require_auth: 'PGREQUIREAUTH',
  channel_binding: 'PGCHANNELBINDING',
  connect_timeout: 'PGCONNECT_TIMEOUT',
  options: 'PGOPTIONS',
  application_name: 'PGAPPNAME',
  sslmode: 'PGSSLMODE',
  sslnegotiation: 'PGSSLNEGOTIATION',
  sslcompression: 'PGSSLCOMPRESSION',
  sslcert: 'PGSSLCERT',
  sslkey: 'PGSSLKEY',
  sslcertmode: 'PGSSLCERTMODE',
  sslrootcert: 'PGSSLROOTCERT',
  sslcrl: 'PGSSLCRL',
  sslcrldir: 'PGSSLCRLDIR',
  sslsni: 'PGSSLSNI',
  ssl_min_protocol_version: 'PGSSLMINPROTOCOLVERSION',
  ssl_max_protocol_version: 'PGSSLMAXPROTOCOLVERSION',
  min_protocol_version: 'PGMINPROTOCOLVERSION',
  max_protocol_version: 'PGMAXPROTOCOLVERSION',
  requirepeer: 'PGREQUIREPEER',
  gssencmode: 'PGGSSENCMODE',
  krbsrvname: 'PGKRBSRVNAME',
  gsslib: 'PGGSSLIB',
  gssdelegation: 'PGGSSDELEGATION',
  target_session_attrs: 'PGTARGETSESSIONATTRS',
  load_balance_hosts: 'PGLOADBALANCEHOSTS',
};

/**
 * libpq's variables that may come from the operator's environment. Left out are those that change
 * what the tools write (PGCLIENTENCODING, PGDATESTYLE, PGTZ, PGGEQO): pgkeep sets them itself.
 */
export const connectionVariables: readonly string[] = [
  ...new Set(Object.values(variableOfParameter)),
];

/** Parameters of drivers, mappers and poolers that the tools have no use for. */
const driverParameters = new Set([
  // Prisma: https://www.prisma.io/docs/orm/overview/databases/postgresql#arguments
  ...['schema', 'connection_limit', 'pool_timeout', 'pgbouncer', 'socket_timeout', 'sslaccept'],
  ...['sslidentity', 'statement_cache_size', 'single_use_connections'],
  // SQLAlchemy, asyncpg, psycopg, Django
  ...['prepared_statement_cache_size', 'prepared_statement_name_func', 'async_fallback'],
  ...['command_timeout', 'timeout', 'max_cached_statement_lifetime', 'pool_size', 'max_overflow'],
  ...['pool_recycle', 'pool_pre_ping', 'prepare_threshold', 'conn_max_age', 'conn_health_checks'],
  // Rails, JDBC, Go, Node, Supabase
  ...['pool', 'prepared_statements', 'encoding', 'reconnect', 'checkout_timeout', 'currentSchema'],
  ...['ApplicationName', 'prepareThreshold', 'reWriteBatchedInserts', 'pool_max_conns'],
  ...['pool_min_conns', 'pool_max_conn_lifetime', 'pool_max_conn_idle_time'],
  ...['pool_health_check_period', 'default_query_exec_mode', 'statement_cache_capacity'],
  ...[
    'description_cache_capacity',
    'binary_parameters',
    'max',
    'idle_timeout',
    'idleTimeoutMillis',
  ],
  ...['connectionTimeoutMillis', 'uselibpqcompat', 'supa', 'workaround'],
  // libpq's own that have no variable, or that pgkeep decides
  ...['fallback_application_name', 'client_encoding', 'keepalives', 'keepalives_idle'],
  ...['keepalives_interval', 'keepalives_count', 'tcp_user_timeout'],
]);

export const sslModes = [
  'disable',
  'allow',
  'prefer',
  'require',
  'verify-ca',
  'verify-full',
] as const;

/** node-postgres and JDBC: TLS without proof of who answers. */
const sslWords: Readonly<Record<string, string>> = {
  true: 'require',
  '1': 'require',
  'no-verify': 'require',
  false: 'disable',
  '0': 'disable',
};

export type Parameter =
  | {readonly variable: string; readonly value: string}
  | {readonly warning: string}
  | {readonly fault: string};

/** One `name=value`, decoded, as libpq's variable. No sentence repeats the value. */
export const readParameter = (name: string, value: string): Parameter => {
  if (name === 'ssl' || name === 'sslmode') {
    const mode = sslWords[value] ?? value;
    if (sslModes.some((known) => known === mode)) return {variable: 'PGSSLMODE', value: mode};
    return {fault: `parameter ${name}: expected ${sslModes.join(', ')}`};
  }
  const variable = Object.hasOwn(variableOfParameter, name) ? variableOfParameter[name] : undefined;
  if (variable === undefined) {
    return driverParameters.has(name)
      ? {warning: `parameter ${name} is not for PostgreSQL's tools and was left out`}
      : {fault: `parameter ${name} is not one of libpq's that pgkeep passes on: remove it`};
  }
  if (value === '') return {fault: `parameter ${name} is empty`};
  if (name === 'connect_timeout' && !/^\d{1,6}$/.test(value)) {
    return {fault: 'parameter connect_timeout: expected whole seconds'};
  }
  return {variable, value};
};
