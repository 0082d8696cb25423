/**
 * The one file that a proxy includes: the addresses of verified containers, and of nothing else. A proxy that
 * asks Docker's DNS itself sends requests to containers that are not well yet.
 */

export type Upstream = {
  readonly service: string;
  /** `172.18.0.5:8080`, in the order of the containers' numbers. */
  readonly servers: readonly string[];
};

export type ProxyKind = 'nginx' | 'haproxy';

/** By the name of the file: haproxy reads `.cfg`. */
export const proxyKindOf = (path: string): ProxyKind =>
  path.endsWith('.cfg') ? 'haproxy' : 'nginx';

const head = '# Written by pgkeep deploy with every switch: changes made by hand are lost.\n';

/**
 * nginx: `upstream NAME {…}` blocks for `include` within `http`. haproxy: `backend NAME` sections, for a second
 * `-f`. A service without a server gets one that refuses, so that the proxy still starts.
 * https://nginx.org/en/docs/http/ngx_http_upstream_module.html
 */
export const proxyText = (kind: ProxyKind, upstreams: readonly Upstream[]): string =>
  head + upstreams.map(kind === 'nginx' ? nginxUpstream : haproxyBackend).join('');

const nginxUpstream = ({service, servers}: Upstream): string => {
  const lines = servers.length > 0 ? servers : ['127.0.0.1:9 down'];
  return `upstream ${service} {\n${lines.map((server) => `    server ${server};\n`).join('')}}\n`;
};

const haproxyBackend = ({service, servers}: Upstream): string =>
  `backend ${service}\n    option redispatch\n    retries 3\n${servers
    .map((server, index) => `    server ${service}${index + 1} ${server} check\n`)
    .join('')}`;
