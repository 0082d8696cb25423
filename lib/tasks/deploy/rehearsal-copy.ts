/** The copy that a migration is rehearsed on: a set restored where nothing of production is in reach. */
import {analyze} from '../../commands/postgres.ts';
import * as logged from '../../commands/rehearsal-log.ts';
import {newWord} from '../../io/containers.ts';
import {withScratchContainer} from '../../io/scratch-container.ts';
import type {Session} from '../../io/session.ts';
import type {StoredSet} from '../../io/store.ts';
import {type Client, clientFor} from '../../io/tools.ts';
import {type Connection, toDatabase} from '../../model/connection.ts';
import {OpsError} from '../../model/errors.ts';
import {parseVersion, type Version} from '../../model/version.ts';
import {buildOnNewServer} from '../build.ts';
import {withServerSession} from '../connect.ts';
import type {Context} from '../context.ts';
import {inPhase} from '../in-phase.ts';

export type Copy = {
  /** To the application's database, as a superuser. */
  readonly connection: Connection;
  readonly client: Client;
  readonly database: string;
  /** In a database beside it, whose tables hold the server's log. */
  readonly log: Session;
  readonly restoreSeconds: number;
};

export type CopyOptions = {
  readonly set: StoredSet;
  /** Of the database service. */
  readonly image: string;
  /** `shared_preload_libraries`; undefined: none. */
  readonly libraries: string | undefined;
  readonly network: {readonly name: string; readonly aliases: readonly string[]};
};

/** A copy for as long as `use` runs. Errors: unavailable for what the image lacks; notIntact and toolFailed for a set that does not load. */
export const withCopy = <Value>(
  context: Context,
  {set, image, libraries, network}: CopyOptions,
  use: (copy: Copy) => Promise<Value>,
): Promise<Value> => {
  const {folder, manifest} = set;
  const {superuser, version} = manifest.server;
  const [server, maker] = [version, manifest.client.version].map(parseVersion) as Version[];
  const preload = libraries === undefined ? {} : {shared_preload_libraries: libraries};
  const options = {
    ...{image, superuser, folder, network, purpose: 'the rehearsal'},
    ...{major: (server as Version).major},
    // Room for the pools of every service.
    settings: {wal_level: 'logical', max_connections: '300', ...preload, ...logged.logSettings},
  };
  const startedAt = performance.now();
  return withScratchContainer(context.shell, options, async ({libpq, client: inside}) => {
    const {client} = clientFor([inside], maker as Version);
    const {jobs} = context.settings;
    const empty: Connection = {libpq, source: 'the copy'};
    const connection = await inPhase(context, 'restoring the copy', async () => {
      const built = await buildOnNewServer(context, set, {connection: empty, client, jobs});
      await context.shell.run(analyze(built, client.binaries, {jobs}));
      return built;
    });
    const {database} = manifest;
    const restoreSeconds = (performance.now() - startedAt) / 1_000;
    return withLog(context, {connection, client}, (log) =>
      use({connection, client, database, log, restoreSeconds}),
    );
  });
};

const withLog = async <Value>(
  context: Context,
  {connection, client}: Pick<Copy, 'connection' | 'client'>,
  use: (log: Session) => Promise<Value>,
): Promise<Value> => {
  await withServerSession(context, {connection, client}, (session) =>
    session.query(logged.createLogDatabase),
  );
  const beside = toDatabase(connection, logged.logDatabase);
  return withServerSession(context, {connection: beside, client}, async (log) => {
    await log.query(logged.createLog);
    return use(log);
  });
};

const patienceMilliseconds = 10_000;

/** Where the log stands now: a line that it has not had before. What is read after this has all that came before it. */
export const lineNow = async ({signal}: Context, {log}: Pick<Copy, 'log'>): Promise<number> => {
  const word = newWord();
  await log.query(logged.mark(word));
  const deadline = performance.now() + patienceMilliseconds;
  while (performance.now() < deadline) {
    for (const statement of logged.loadLog) await log.query(statement);
    const [line] = await log.query<number>(logged.markLine(word));
    if (line !== undefined) return line;
    signal.throwIfAborted();
  }
  throw new OpsError('toolFailed', 'the copy does not write its log', {
    hint: 'see whether the disk of docker is full: docker system df',
  });
};
