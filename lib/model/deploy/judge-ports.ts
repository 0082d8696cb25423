/** Fixed ports of this host that somebody else holds: the new container could not start. */
import {printable} from '../redact.ts';
import type {ComposeConfig} from './compose-config.ts';
import type {Finding} from './finding.ts';

export type WantedPort = {
  readonly service: string;
  readonly port: number;
  /** Undefined: every address of this host. */
  readonly address: string | undefined;
};

/** What `docker ps` says of a container: `0.0.0.0:8080->80/tcp, :::8080->80/tcp`. */
export type PublishedPorts = {
  readonly name: string;
  readonly ports: string;
  readonly project: string;
};

/** TCP ports that services publish under a number of their own. */
export const wantedPorts = (
  {services}: ComposeConfig,
  names: readonly string[],
): readonly WantedPort[] =>
  names.flatMap((service) =>
    (services[service]?.ports ?? []).flatMap(({published, host_ip, protocol}) => {
      const port = /^\d{1,5}$/.test(published ?? '') ? Number(published) : 0;
      if (port === 0 || (protocol ?? 'tcp') !== 'tcp') return [];
      return [{service, port, address: host_ip == null || host_ip === '' ? undefined : host_ip}];
    }),
  );

/** The container that holds a port. */
export const holderOf = (
  {port, address}: WantedPort,
  published: readonly PublishedPorts[],
): PublishedPorts | undefined =>
  published.find(({ports}) =>
    [...ports.matchAll(/(\S+):(\d+)(?:-(\d+))?->[^,]*\/tcp/g)].some(([, host, from, to = from]) => {
      const isAny = address === undefined || /^(0\.0\.0\.0|\[?::\]?)$/.test(address);
      const isThere = isAny || host === address || /^(0\.0\.0\.0|\[?::\]?)$/.test(host ?? '');
      return isThere && Number(from) <= port && port <= Number(to);
    }),
  );

/** `project` is ours: what holds a port for it makes room when it is switched. */
export const judgePorts = (
  wanted: readonly WantedPort[],
  {
    published,
    taken,
    project,
  }: {
    readonly published: readonly PublishedPorts[];
    /** Those of them that something listens on. */
    readonly taken: readonly WantedPort[];
    readonly project: string;
  },
): readonly Finding[] =>
  wanted.flatMap((port): readonly Finding[] => {
    const holder = holderOf(port, published);
    if (holder ? holder.project === project : !taken.includes(port)) return [];
    return [
      {
        ...{level: 'fault', rule: 'port', where: `service '${printable(port.service)}'`},
        what: `port ${port.port} of this host is held by ${holder ? `the container '${printable(holder.name)}'` : 'another program'}`,
        hint: `end that, or publish another port; \`ss -ltnp sport = :${port.port}\` names it`,
      },
    ];
  });
