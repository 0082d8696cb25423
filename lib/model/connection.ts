/**
 * Where a PostgreSQL is, as libpq's own environment variables: sockets, several hosts, services
 * and TLS included. Tools get it in their environment, never in an argument.
 * https://www.postgresql.org/docs/current/libpq-envars.html
 */
export type Connection = {
  /** `PGHOST`, `PGPORT`, `PGUSER`, `PGDATABASE`, `PGPASSWORD`, `PGSSLMODE`, …: only what was given. */
  readonly libpq: Readonly<Record<string, string>>;
  /** Where it came from, for `settings` and errors: `DATABASE_URL (.env line 3)`. */
  readonly source: string;
};

/** The same server, another database. */
export const toDatabase = (connection: Connection, database: string): Connection => ({
  ...connection,
  libpq: {...connection.libpq, PGDATABASE: database},
});

/** The same, with settings of the session that neither role nor database decides. */
export const withOptions = (
  connection: Connection,
  settings: Readonly<Record<string, string>>,
): Connection => {
  const given = connection.libpq['PGOPTIONS'];
  const words = Object.entries(settings).map(([name, value]) => `-c ${name}=${value}`);
  const PGOPTIONS = [...(given === undefined ? [] : [given]), ...words].join(' ');
  return {...connection, libpq: {...connection.libpq, PGOPTIONS}};
};

/**
 * The environment that children start from, built up from nothing: what a program needs to run, the
 * locale and time zone that its messages are read in, and the connection where one is given. Nothing
 * else comes through: no LD_PRELOAD, no NODE_OPTIONS, no stray PGHOST.
 *
 * The shell's base has no connection in it: every sentence brings its own (`Command.env`), so a
 * psql for a throw-away server can't reach production through a variable that was left over.
 */
export const toolEnvironment = (
  environment: Readonly<Record<string, string | undefined>>,
  connection?: Connection,
): Record<string, string> => {
  const docker = ['HOST', 'CONTEXT', 'CONFIG', 'TLS_VERIFY', 'CERT_PATH'];
  const names = ['HOME', 'USER', 'TMPDIR', ...docker.map((name) => `DOCKER_${name}`)];
  const kept = names.flatMap((name) => {
    const value = environment[name];
    return value === undefined ? [] : [[name, value]];
  });
  return {
    PATH: environment['PATH'] ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin',
    ...Object.fromEntries(kept),
    LC_ALL: 'C',
    TZ: 'UTC',
    PGAPPNAME: 'pgkeep',
    PGCONNECT_TIMEOUT: environment['PGCONNECT_TIMEOUT'] ?? '10',
    ...connection?.libpq,
  };
};
