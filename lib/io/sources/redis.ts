/**
 * A connection to Redis that only reads. Every reply is bytes. A lost connection is an error at once:
 * nothing is asked twice behind anybody's back.
 */
import {createClient, ErrorReply, RESP_TYPES} from '@redis/client';
import {OpsError} from '../../model/errors.ts';
import type {RedisPlace} from '../../model/migrate/redis-url.ts';
import {printable} from '../../model/redact.ts';

export type RedisWord = string | Buffer;

export type Redis = {
  /** Errors: ErrorReply for a refused command; unavailable where the connection is lost. */
  ask(...words: readonly RedisWord[]): Promise<RedisReply>;
  /**
   * These commands in one MULTI: nothing comes between them. A command that fails is an Error in the
   * reply; undefined where a key that was watched has changed.
   */
  together(commands: readonly (readonly RedisWord[])[]): Promise<readonly RedisReply[] | undefined>;
};

export type RedisReply = null | number | string | Buffer | Error | readonly RedisReply[];

const binary = {typeMapping: {[RESP_TYPES.BLOB_STRING]: Buffer}};
const connectMilliseconds = 10_000;
/** A server that says nothing for so long has gone, or is stuck. */
const silenceMilliseconds = 120_000;

/** Errors: unavailable for a server that is not to be had, a login, a cluster; whatever `work` throws. */
export const withRedis = async <Value>(
  place: RedisPlace,
  {signal}: {readonly signal: AbortSignal},
  work: (redis: Redis) => Promise<Value>,
): Promise<Value> => {
  signal.throwIfAborted();
  const client = clientFor(place);
  let lost: Error | undefined;
  client.on('error', (error: Error) => {
    lost ??= error;
  });
  const stop = () => client.destroy();
  signal.addEventListener('abort', stop, {once: true});
  try {
    await client.connect().catch((cause: unknown) => {
      throw notToBeHad(place, cause);
    });
    return await work(readerOf(client, () => lost));
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof OpsError) throw error;
    if (error instanceof ErrorReply) throw commandRefused(place, error);
    throw lost ? connectionLost(place, lost) : error;
  } finally {
    signal.removeEventListener('abort', stop);
    if (client.isOpen) client.destroy();
  }
};

type Client = ReturnType<typeof clientFor>;

const clientFor = ({host, port, socket, isEncrypted, user, password}: RedisPlace) => {
  const patience = {
    reconnectStrategy: false as const,
    connectTimeout: connectMilliseconds,
    socketTimeout: silenceMilliseconds,
  };
  const way =
    socket === undefined
      ? {host: host ?? 'localhost', port, ...(isEncrypted ? {tls: true as const} : {})}
      : {path: socket, tls: false as const};
  return createClient({
    socket: {...patience, ...way},
    ...(user === undefined ? {} : {username: user}),
    ...(password === undefined ? {} : {password}),
    // The protocol that every server speaks; no word about ourselves that an account may not say.
    RESP: 2,
    disableClientInfo: true,
    maintNotifications: 'disabled',
    // Else a timer is made for each command, which takes three times as long as the command.
    commandOptions: {timeout: 0},
  });
};

const readerOf = (client: Client, lost: () => Error | undefined): Redis => {
  const send = async (words: readonly RedisWord[]): Promise<RedisReply> => {
    const gone = lost();
    if (gone) throw gone;
    return client.sendCommand<RedisReply>(words, binary);
  };
  return {
    ask: (...words) => send(words),
    // Not the client's own `multi()`: what EXEC gives there is decoded as UTF-8, whatever is asked for.
    async together(commands) {
      const said = [['MULTI'], ...commands, ['EXEC']].map(send);
      const answers = await Promise.all(said);
      const reply = answers.at(-1) ?? null;
      return reply === null ? undefined : (reply as readonly RedisReply[]);
    },
  };
};

const notToBeHad = ({label}: RedisPlace, cause: unknown) =>
  new OpsError('unavailable', `Redis at ${label} is not to be had`, {
    hint: 'check host, port, user and password, and that the server answers: redis-cli -u URL ping',
    cause: plain(cause),
  });

const commandRefused = ({label}: RedisPlace, cause: Error) =>
  new OpsError('unavailable', `Redis at ${label} refused a command`, {
    hint: 'log in as a user who may read everything: ACL SETUSER name on >password ~* +@read +@connection +@transaction +info +select +scan',
    cause: plain(cause),
  });

const connectionLost = ({label}: RedisPlace, cause: unknown) =>
  new OpsError('toolFailed', `the connection to Redis at ${label} was lost`, {
    hint: "look at the server's log, then run again: the target is what it was",
    cause: plain(cause),
  });

/** Its message alone: what a client adds to an error may hold the login. */
const plain = (cause: unknown): Error =>
  new Error(printable(cause instanceof Error ? cause.message || cause.name : String(cause)));
