/** A network of a test's own, with a PostgreSQL in it that is reached by TCP. */
import {execFile, spawn} from 'node:child_process';
import {once} from 'node:events';
import {promisify} from 'node:util';
import {startScratchServer} from '../../lib/io/scratch-server.ts';
import {serverFolder} from '../../scripts/_packages.ts';
import {type TestServer, testShell} from './postgres.ts';

const run = promisify(execFile);

export type Network = {
  /** Words in front of a program that is to run inside. */
  readonly inside: readonly string[];
  /** Rules of this network alone; `DROP` both ways is a black hole. */
  iptables(...words: string[]): Promise<{readonly stdout: string}>;
  readonly server: TestServer & {end(): Promise<void>};
  /** The server's database by TCP; the socket's by `server.url`. */
  url(database: string, login?: string): string;
  end(): Promise<void>;
};

/** Needs root. The network is gone with its one process. */
export const startNetwork = async (): Promise<Network> => {
  const keeper = spawn('unshare', [
    '--net',
    'sh',
    '-c',
    'ip link set lo up; echo up; exec sleep 3600',
  ]);
  await once(keeper.stdout, 'data');
  const inside = ['nsenter', `--net=/proc/${keeper.pid}/ns/net`, '--'];
  const binaries = serverFolder() ?? '';
  const shell = testShell();
  const [nsenter = '', ...words] = inside;
  const server = await startScratchServer(
    {
      ...shell,
      start: ({file, args, env}, options) =>
        shell.start({file: nsenter, args: [...words, file, ...args], env}, options),
    },
    {
      binaries,
      superuser: 'postgres',
      folder: '/var/tmp',
      signal: new AbortController().signal,
      settings: {listen_addresses: '127.0.0.1'},
    },
  );
  const url = (database: string, login = 'postgres') =>
    `postgresql://${login}@127.0.0.1:${server.libpq['PGPORT']}/${database}`;
  const socket = (database: string) =>
    `postgresql://postgres@/${database}?host=${encodeURIComponent(server.libpq['PGHOST'] ?? '')}&port=${server.libpq['PGPORT']}`;
  return {
    inside,
    url,
    server: {...server, binaries, url: socket},
    iptables: (...rule) => run(nsenter, [...words, 'iptables', ...rule]),
    async end() {
      await server.end();
      keeper.kill('SIGKILL');
    },
  };
};
