/**
 * Where a PostgreSQL is, as libpq's own environment variables: sockets, several hosts, services
 * and TLS included. Tools get it in their environment, never in an argument.
 * https://www.postgresql.org/docs/current/libpq-envars.html
 */
export type Connection = {
  /** `PGHOST`, `PGPORT`, `PGUSER`, `PGDATABASE`, `PGPASSWORD`, `PGSSLMODE`, …: only what was given. */
  readonly libpq: Readonly<Record<string, string>>;
  /** Where it came from, for `settings` and errors: `DATABASE_URL in .env`. */
  readonly source: string;
};

/** The same server, another database. */
export const toDatabase = (connection: Connection, database: string): Connection => ({
  ...connection,
  libpq: {...connection.libpq, PGDATABASE: database},
});
