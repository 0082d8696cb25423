/** A real redis-server for tests: on a socket in a temporary folder, nothing saved, gone with the test. */
import {spawn} from 'node:child_process';
import {existsSync} from 'node:fs';
import {join} from 'node:path';
import {createClient, RESP_TYPES} from '@redis/client';
import {withTempFolder} from './temp-folder.ts';

export type TestRedis = {
  /** `unix:///…/redis.sock` */
  readonly url: string;
  readonly socket: string;
  readonly pid: number;
  /** One command; replies as bytes. */
  ask(...words: readonly (string | Buffer)[]): Promise<unknown>;
  /** Many commands, sent together. */
  all(commands: readonly (readonly (string | Buffer)[])[]): Promise<void>;
  /** `SHUTDOWN`, `KILL`. */
  end(signal: NodeJS.Signals): void;
};

/** A server for as long as `use` runs; `settings` as on its command line: `['--requirepass', 'secret']`. */
export const withRedisServer = <Value>(
  use: (redis: TestRedis) => Promise<Value>,
  {
    settings = [],
    login = {},
  }: {settings?: readonly string[]; login?: {username?: string; password?: string}} = {},
): Promise<Value> =>
  withTempFolder(async (folder) => {
    const socket = join(folder, 'redis.sock');
    const fixed = ['--port', '0', '--unixsocket', socket, '--save', '', '--appendonly', 'no'];
    const words = [...fixed, '--dir', folder, '--enable-debug-command', 'yes', ...settings];
    const server = spawn('redis-server', words, {stdio: 'ignore'});
    const gone = new Promise((resolve) => server.once('exit', resolve));
    try {
      await untilThere(socket);
      const client = createClient({
        socket: {path: socket, tls: false, reconnectStrategy: false},
        ...login,
        RESP: 2,
        commandOptions: {timeout: 0},
      });
      client.on('error', () => {});
      await client.connect();
      const binary = {typeMapping: {[RESP_TYPES.BLOB_STRING]: Buffer}};
      const ask = (...command: readonly (string | Buffer)[]) => client.sendCommand(command, binary);
      try {
        return await use({
          ...{url: `unix://${socket}`, socket, pid: server.pid ?? 0, ask},
          all: async (commands) => void (await Promise.all(commands.map((each) => ask(...each)))),
          end: (signal) => void server.kill(signal),
        });
      } finally {
        if (client.isOpen) client.destroy();
      }
    } finally {
      server.kill('SIGKILL');
      await gone;
    }
  });

const untilThere = async (socket: string) => {
  for (let tried = 0; tried < 200; tried += 1) {
    if (existsSync(socket)) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  throw new Error('redis-server did not start');
};
