/** A proxy in front of the example application: a process of this host that reaches containers by their addresses. */
import {spawn} from 'node:child_process';
import {mkdir, writeFile} from 'node:fs/promises';
import {createServer} from 'node:net';
import {join} from 'node:path';
import {until} from './faults.ts';
import {answerOf} from './load.ts';

export type ProxyKind = 'nginx' | 'haproxy';

export type FrontProxy = {
  readonly url: string;
  /** What DEPLOY_PROXY_FILE and DEPLOY_PROXY_RELOAD are to be. */
  readonly file: string;
  readonly reload: string;
  end(): Promise<void>;
};

/** A port of 127.0.0.1 that nobody listens on now. */
export const freePort = (): Promise<number> =>
  new Promise((resolve, reject) => {
    const server = createServer();
    server.on('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => resolve(typeof address === 'object' && address ? address.port : 0));
    });
  });

/** Answers 502 or 503 until its file has the address of a container. It ends with this process, whatever ends that. */
export const startProxy = async (kind: ProxyKind, project: string): Promise<FrontProxy> => {
  const folder = join(project, 'proxy');
  await mkdir(folder, {recursive: true});
  const port = await freePort();
  const file = join(folder, kind === 'nginx' ? 'upstreams.conf' : 'upstreams.cfg');
  const config = join(folder, kind === 'nginx' ? 'nginx.conf' : 'haproxy.cfg');
  await writeFile(
    file,
    kind === 'nginx' ? 'upstream web { server 127.0.0.1:9 down; }\n' : 'backend web\n',
  );
  await writeFile(config, kind === 'nginx' ? nginxConfig(port) : haproxyConfig(folder, port));
  const words =
    kind === 'nginx'
      ? ['nginx', '-p', folder, '-c', config, '-e', join(folder, 'error.log')]
      : ['haproxy', '-W', '-f', config, '-f', file];
  const child = spawn('setpriv', ['--pdeathsig=TERM', ...words], {stdio: 'ignore'});
  const ended = new Promise<void>((resolve) => child.on('exit', () => resolve()));
  const url = `http://127.0.0.1:${port}`;
  await until(async () => /^50/.test((await answerOf(url)).what ?? ''), `${kind} answers`, 10_000);
  return {
    url,
    file,
    reload:
      kind === 'nginx' ? `${words.join(' ')} -s reload` : `sh -c 'kill -USR2 ${child.pid ?? ''}'`,
    async end() {
      child.kill('SIGTERM');
      await ended;
    },
  };
};

const nginxConfig = (port: number): string => `daemon off;
worker_processes 1;
pid nginx.pid;
events { worker_connections 512; }
http {
    access_log off;
    client_body_temp_path body;
    proxy_temp_path proxied;
    fastcgi_temp_path fastcgi;
    uwsgi_temp_path uwsgi;
    scgi_temp_path scgi;
    include upstreams.conf;
    server {
        listen 127.0.0.1:${port};
        location / {
            proxy_pass http://web;
            proxy_connect_timeout 2s;
        }
    }
}
`;

const haproxyConfig = (folder: string, port: number): string => `global
    stats socket ${folder}/admin.sock mode 600 level admin expose-fd listeners
defaults
    mode http
    timeout connect 2s
    timeout client 30s
    timeout server 30s
    option httpchk GET /health
    default-server inter 1s
frontend all
    bind 127.0.0.1:${port}
    default_backend web
`;
