/**
 * A database worth measuring: 500 MB and more of what applications keep. Half of it is rows as
 * pgbench makes them, half documents with a GIN index. The same on every machine: the only
 * randomness is seeded.
 */
import {createDatabase, psql, type TestServer} from '../support/postgres.ts';

export type SampleOptions = {
  readonly database: string;
  /** 1 is at least 500 MB as the server counts, indexes included. */
  readonly scale: number;
};

/** Makes and fills the database. Gives its bytes. */
export const makeSample = async (
  server: TestServer,
  {database, scale}: SampleOptions,
): Promise<number> => {
  await createDatabase(server, database, {sql: accounts(scale)});
  await psql(server, documents(scale), {database});
  // Without it the first to read would be the one to set every row's hint bits.
  await psql(server, 'VACUUM (ANALYZE, FREEZE)', {database});
  await psql(server, 'CHECKPOINT', {database});
  return Number(await psql(server, 'SELECT pg_database_size(current_database())', {database}));
};

/** https://www.postgresql.org/docs/current/pgbench.html: its tables and row widths. */
const accounts = (scale: number) => `
CREATE TABLE branches (bid integer PRIMARY KEY, balance integer, filler char(88));
CREATE TABLE accounts (aid integer, bid integer, balance integer, filler char(84));
CREATE TABLE history (tid integer, bid integer, aid integer, delta integer, at timestamptz, filler char(22));
INSERT INTO branches SELECT i, 0, '' FROM generate_series(1, 20) i;
INSERT INTO accounts SELECT i, i % 20 + 1, hashint4(i) % 10000, '' FROM generate_series(1, ${rows(1_400_000, scale)}) i;
INSERT INTO history
  SELECT i % 200, i % 20 + 1, i % 100000, hashint4(i) % 5000, timestamptz '2026-01-01 00:00+00' + i * interval '7 s', ''
    FROM generate_series(1, ${rows(500_000, scale)}) i;
ALTER TABLE accounts ADD PRIMARY KEY (aid), ADD FOREIGN KEY (bid) REFERENCES branches;
`;

const documents = (scale: number) => `
SELECT setseed(0.5);
CREATE TABLE documents (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, at timestamptz NOT NULL, owner uuid NOT NULL, body jsonb NOT NULL
);
INSERT INTO documents (at, owner, body)
  SELECT timestamptz '2026-01-01 00:00+00' + i * interval '1 min', md5((i % 5000)::text)::uuid,
      jsonb_build_object(
        'id', i, 'title', words[1 + i % 900] || ' ' || words[1 + i * 7 % 900], 'status', words[1 + i % 5],
        'tags', to_jsonb(words[1 + i % 890 : 4 + i % 890]), 'price', round((random() * 1000)::numeric, 2),
        'address', jsonb_build_object('street', words[1 + i % 700], 'zip', 10000 + i % 80000),
        'token', md5(i::text), 'text', text)
    FROM (SELECT array_agg(substr(md5(w::text), 1, 3 + w % 8)) AS words FROM generate_series(1, 900) w) vocabulary,
      generate_series(1, ${rows(220_000, scale)}) i,
      LATERAL (SELECT array_to_string(ARRAY(
        SELECT words[1 + (random() * 899)::integer] FROM generate_series(1, 40 + i % 60)), ' ') AS text) AS written;
CREATE INDEX ON documents USING gin (body jsonb_path_ops);
CREATE INDEX ON documents (owner, at);
`;

const rows = (count: number, scale: number) => Math.ceil(count * scale);
