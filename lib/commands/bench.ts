/** What `bench` says to the two engines: the same question, answered, explained, or timed. */
import type {Engine} from '../model/bench-queries.ts';
import type {Command} from '../model/command.ts';
import type {Connection} from '../model/connection.ts';
import {plainStatement} from '../model/sql-script.ts';
import {type Binaries, psqlScript, psqlSession} from './postgres.ts';

/**
 * A sqlite3 that reads statements from its input and a file that it can't write to. Values are printed
 * as SQL literals, numbers with all their digits. https://www.sqlite.org/cli.html
 */
export const sqliteReader = (file: string): Command => ({
  file: 'sqlite3',
  args: ['-batch', '-bail', '-init', '/dev/null', '-readonly', '-quote', file],
  env: {},
});

/** Prints nothing but the answer: one line for each row, SQL literals with commas between them. */
export const sqliteAnswer = (query: string): string => `${query}\n;\n`;

/** https://www.sqlite.org/eqp.html */
export const sqlitePlan = (query: string): string => `.mode list\nEXPLAIN QUERY PLAN ${query}\n;\n`;

/** One JSON text for each row, quoted once more: its numbers stay what they are. In the query's own order. */
export const postgresAnswer = (query: string): string =>
  `SELECT to_json(row_to_json(pgkeep_rows)::text) FROM (\n${query}\n) AS pgkeep_rows`;

/** The plan with what was really read, and how long it took inside. https://www.postgresql.org/docs/current/using-explain.html */
export const postgresPlan = (query: string): string =>
  `SET default_transaction_read_only = on;\nEXPLAIN (ANALYZE, BUFFERS) ${plainStatement(query)};\n`;

export const postgresScript = (connection: Connection, binaries: Binaries): Command =>
  psqlScript(connection, binaries);

/** Programs that stay open and are asked again and again; the answers go nowhere. */
export const timed: {
  readonly [E in Engine]: {
    readonly begin: string;
    readonly ask: (query: string, mark: string) => string;
  };
} = {
  sqlite: {
    begin: '.output /dev/null\n',
    // The sign that it has ended goes where the answer does not.
    ask: (query, mark) => `${query}\n;\n.output stdout\n.print ${mark}\n.output /dev/null\n`,
  },
  postgres: {
    begin: 'SET default_transaction_read_only = on;\n\\o /dev/null\n',
    ask: (query, mark) =>
      `${plainStatement(query)};\n\\if :ERROR\n\\echo failed\n\\endif\n\\echo ${mark}\n`,
  },
};

/** A session with the search path and settings that the role and the database have. */
export const openPostgres = (connection: Connection, binaries: Binaries): Command =>
  psqlSession(connection, binaries);

/** What the answer's text depends on; nothing is written. */
export const readingSession: readonly string[] = [
  'SET default_transaction_read_only = on',
  "SET TimeZone = 'UTC'",
  "SET DateStyle = 'ISO, YMD'",
  "SET IntervalStyle = 'postgres'",
  'SET extra_float_digits = 1',
  "SET bytea_output = 'hex'",
];
