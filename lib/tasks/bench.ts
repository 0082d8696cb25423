/** The same queries on SQLite and PostgreSQL: their answers compared first, and only then their times. */
import * as ask from '../commands/bench.ts';
import {QueryError, type Session, withSession} from '../io/session.ts';
import {type Stopwatch, withStopwatch} from '../io/stopwatch.ts';
import {parseQuoted} from '../model/bench-cells.ts';
import {type Comparison, compareAnswers, medianOf} from '../model/bench-compare.ts';
import type {Engine, NamedQuery} from '../model/bench-queries.ts';
import type {Connection} from '../model/connection.ts';
import {OpsError} from '../model/errors.ts';
import {type JsonObject, parseJson} from '../model/migrate/json-value.ts';
import {reach, type Server} from './connect.ts';
import type {Context} from './context.ts';
import {inPhase} from './in-phase.ts';

export type Benched = {
  readonly name: string;
  /** Undefined where an engine refused the query: `refusal` says which, and why. */
  readonly comparison: Comparison | undefined;
  readonly refusal: {readonly engine: Engine; readonly message: string} | undefined;
  /** Of the runs, in milliseconds; undefined unless the rows are the same. */
  readonly milliseconds: Readonly<Record<Engine, readonly number[]>> | undefined;
  readonly plans: Readonly<Record<Engine, string>> | undefined;
};

export type Bench = {
  readonly queries: readonly Benched[];
  /** How long an empty query takes on each, in milliseconds: what all the other times hold too. */
  readonly nothing: Readonly<Record<Engine, number>> | undefined;
  readonly versions: Readonly<Record<Engine, string>>;
  readonly runs: number;
};

export type BenchOptions = {
  readonly connection: Connection;
  readonly queries: readonly NamedQuery[];
  /** Absolute path of the SQLite file; it is only read. */
  readonly sqlitePath: string;
  readonly runs: number;
};

/** Errors: unavailable where an engine is not to be had; toolFailed where one breaks in the middle. */
export const bench = async (context: Context, options: BenchOptions): Promise<Bench> => {
  const sqlite = await sqliteVersion(context, options.sqlitePath);
  const server = await reach(context, options.connection);
  const reader = ask.openPostgres(server.connection, server.client.binaries);
  const compared = await inPhase(context, 'comparing the answers', () =>
    withSession(context.shell, reader, async (session) => {
      for (const statement of ask.readingSession) await session.query(statement);
      const all: Benched[] = [];
      for (const query of options.queries)
        all.push(await compareOne(context, {query, session, server, options}));
      return all;
    }),
  );
  const isSame = ({comparison}: Benched) =>
    comparison !== undefined && comparison.verdict !== 'different';
  const same = options.queries.filter((_, at) => isSame(compared[at] as Benched));
  const times = await inPhase(context, 'measuring', () =>
    measure(context, {queries: same, server, options}),
  );
  const queries = compared.map((one) => ({...one, milliseconds: times.of.get(one.name)}));
  const versions = {sqlite, postgres: server.version.text};
  return {queries, nothing: times.nothing, versions, runs: options.runs};
};

/** Reads the file's header too: what is no database of SQLite is refused. */
const sqliteVersion = async (context: Context, file: string): Promise<string> => {
  const input = '.mode list\nSELECT sqlite_version() FROM (SELECT count(*) FROM sqlite_schema);\n';
  try {
    const {stdout} = await context.shell.run(ask.sqliteReader(file), {input, kind: 'unavailable'});
    return stdout.trim();
  } catch (cause) {
    context.signal.throwIfAborted();
    throw new OpsError('unavailable', `'${file}' can't be read as a SQLite database`, {
      hint: 'install the program sqlite3, and name a database that this user may read',
      cause: cause instanceof OpsError ? (cause.cause ?? cause) : cause,
    });
  }
};

type One = {
  readonly query: NamedQuery;
  readonly session: Session;
  readonly server: Server;
  readonly options: BenchOptions;
};

/** One after the other in one session each: what an application's connection has. */
const compareOne = async (context: Context, one: One): Promise<Benched> => {
  const {query, session, options} = one;
  const {name} = query;
  const reader = ask.sqliteReader(options.sqlitePath);
  const refused = (engine: Engine, message: string): Benched => ({
    ...{name, comparison: undefined, milliseconds: undefined, plans: undefined},
    refusal: {engine, message},
  });
  try {
    const input = ask.sqliteAnswer(query.sqlite);
    const {stdout} = await context.shell.run(reader, {input});
    const rows = await session.query<string>(ask.postgresAnswer(query.postgres));
    const read = rows.map((row) => parseJson(row, {for: 'reading'}) as JsonObject);
    const comparison = compareAnswers(parseQuoted(stdout), read);
    const plans = await plansOf(context, one);
    return {name, comparison, refusal: undefined, milliseconds: undefined, plans};
  } catch (error) {
    context.signal.throwIfAborted();
    if (error instanceof QueryError) return refused('postgres', error.message);
    if (error instanceof OpsError && error.kind === 'toolFailed' && session.isOpen())
      return refused('sqlite', (error.cause as Error | undefined)?.message ?? error.message);
    throw error;
  }
};

const plansOf = async (
  {shell}: Context,
  {query, server, options}: One,
): Promise<Readonly<Record<Engine, string>>> => {
  const {connection, client} = server;
  const script = ask.postgresScript(connection, client.binaries);
  const sqlite = await shell.run(ask.sqliteReader(options.sqlitePath), {
    input: ask.sqlitePlan(query.sqlite),
  });
  const postgres = await shell.run(script, {input: ask.postgresPlan(query.postgres)});
  return {sqlite: sqlite.stdout.trimEnd(), postgres: postgres.stdout.trimEnd()};
};

type Times = {
  readonly of: ReadonlyMap<string, Readonly<Record<Engine, readonly number[]>>>;
  readonly nothing: Readonly<Record<Engine, number>> | undefined;
};

const nothing: NamedQuery = {name: '', sqlite: 'SELECT 1', postgres: 'SELECT 1'};

/** By turns: what disturbs the machine disturbs both. The comparison has read everything once before. */
const measure = (
  {shell}: Context,
  {
    queries,
    server,
    options,
  }: {queries: readonly NamedQuery[]; server: Server; options: BenchOptions},
): Promise<Times> => {
  const {connection, client} = server;
  const sqlite = {
    command: ask.sqliteReader(options.sqlitePath),
    begin: ask.timed.sqlite.begin,
  };
  const postgres = {
    command: ask.openPostgres(connection, client.binaries),
    begin: ask.timed.postgres.begin,
  };
  return withStopwatch(shell, sqlite, (ours) =>
    withStopwatch(shell, postgres, async (theirs) => {
      const run = runner({sqlite: ours, postgres: theirs}, options.runs);
      const of = new Map<string, Readonly<Record<Engine, readonly number[]>>>();
      const empty = queries.length > 0 ? await run(nothing) : undefined;
      for (const query of queries) of.set(query.name, await run(query));
      return {
        of,
        nothing: empty && {sqlite: medianOf(empty.sqlite), postgres: medianOf(empty.postgres)},
      };
    }),
  );
};

const runner =
  (watches: Readonly<Record<Engine, Stopwatch>>, runs: number) =>
  async (query: NamedQuery): Promise<Readonly<Record<Engine, readonly number[]>>> => {
    const times = {sqlite: [] as number[], postgres: [] as number[]};
    // The first run of each is not counted: a session plans and reads the catalog in it.
    for (let run = 0; run <= runs; run += 1)
      for (const engine of ['sqlite', 'postgres'] as const) {
        const taken = await watches[engine].time((mark) =>
          ask.timed[engine].ask(query[engine], mark),
        );
        if (run > 0) times[engine].push(taken);
      }
    return times;
  };
