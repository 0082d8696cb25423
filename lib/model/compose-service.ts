/** Which container is a service of the project's: decided by the labels that compose gives. */
import type {Connection} from './connection.ts';
import {OpsError} from './errors.ts';

export type ComposeContainer = {
  readonly id: string;
  readonly state: string;
  readonly service: string;
  readonly project: string;
  /** Where compose was run. */
  readonly folder: string;
  /** `True` for what `docker compose run` started. */
  readonly oneOff: string;
  /** `redis:service_started:false,…` */
  readonly dependsOn: string;
};

export type ComposeProject = {
  /** DEPLOY_PROJECT: its name; else the folder decides. */
  readonly name: string | undefined;
  /** Under every name that it goes by: links followed or not. */
  readonly folders: readonly string[];
};

/** The running container of a service. Errors: unavailable, with what is there instead. */
export const serviceContainer = (
  containers: readonly ComposeContainer[],
  {service, project}: {service: string; project: ComposeProject},
): ComposeContainer => {
  const {name, folders} = project;
  const ours = containers.filter((each) => isOf(each, project) && each.oneOff !== 'True');
  const found = ours.filter((each) => each.service === service);
  const running = found.find(({state}) => state === 'running');
  if (running) return running;
  const start = `docker compose up -d ${service}`;
  if (found[0])
    throw new OpsError(
      'unavailable',
      `the service '${service}' is not running: ${found[0].state}`,
      {
        hint: `start it (${start}), or set PGKEEP_TOOLS=local or image:NAME`,
      },
    );
  const there = [...new Set(ours.map((each) => each.service))].sort().join(', ');
  const which = name === undefined ? `in '${folders[0]}'` : `'${name}'`;
  throw new OpsError(
    'unavailable',
    `the compose project ${which} has no container of a service '${service}'`,
    {
      hint:
        there === ''
          ? `start it there (${start}), or name the project with DEPLOY_PROJECT or --project`
          : `its services here are ${there}: set PGKEEP_TOOLS=compose:NAME or DEPLOY_DB_SERVICE`,
    },
  );
};

/** Whether a container is of a project: by its name where one is given, else by its folder. */
export const isOf = (container: ComposeContainer, {name, folders}: ComposeProject): boolean =>
  name === undefined ? folders.includes(container.folder) : container.project === name;

/** What docker says of a container's network: which of its ports are this host's too. */
export type ServiceNetwork = {
  readonly ports: Readonly<Record<string, readonly {readonly HostPort: string}[] | null>> | null;
  readonly networkMode: string;
};

/**
 * The same server, as it is reached from inside a service: a port of this host that the service
 * publishes becomes its own. No host at all is the service's own socket.
 * Errors: unavailable for what is this host's alone; settings for files that are not there inside.
 */
export const connectionInService = (
  connection: Connection,
  {service, network}: {service: string; network: ServiceNetwork},
): Connection => {
  const file = fileSettings(connection)[0];
  if (file !== undefined)
    throw new OpsError(
      'settings',
      `${file} is a file of this host, and the tools run in '${service}'`,
      {
        hint: 'give the password as DATABASE_URL or DB_PASSWORD, or use PGKEEP_TOOLS=image:NAME, which sees the file',
      },
    );
  const {PGHOSTADDR, ...libpq} = connection.libpq;
  const host = PGHOSTADDR ?? libpq['PGHOST'] ?? '';
  if (/^[/@]/.test(host))
    throw new OpsError('unavailable', `the socket in '${host}' is not there inside '${service}'`, {
      hint: "leave the host out to use the service's own socket, or use PGKEEP_TOOLS=image:NAME",
    });
  if (!isLoopback(host) || network.networkMode === 'host') return connection;
  const port = libpq['PGPORT'] ?? '5432';
  const own = portInside(network, port);
  if (own === undefined)
    throw new OpsError(
      'unavailable',
      `'${service}' does not publish port ${port} of this host: from inside, ${host} is another machine`,
      {hint: `name the service as the host (postgres://…@${service}/…), or use PGKEEP_TOOLS=local`},
    );
  const name = libpq['PGHOST'] && isLoopback(libpq['PGHOST']) ? 'localhost' : libpq['PGHOST'];
  return {...connection, libpq: {...libpq, PGHOST: name ?? 'localhost', PGPORT: own}};
};

/** libpq's settings that name files. https://www.postgresql.org/docs/current/libpq-envars.html */
export const fileSettings = ({libpq}: Connection): readonly string[] =>
  [
    ...['PGPASSFILE', 'PGSERVICEFILE', 'PGSERVICE', 'PGSSLCERT', 'PGSSLKEY', 'PGSSLROOTCERT'],
    ...['PGSSLCRL', 'PGSSLCRLDIR'],
  ].filter((name) => libpq[name] !== undefined && libpq[name] !== 'system');

/** Whether a host name is this host itself. */
export const isLoopback = (host: string): boolean =>
  /^(localhost|127\.[\d.]+|::1|0\.0\.0\.0)$/i.test(host);

/** The container's own port behind one of this host; undefined where it publishes none there. */
export const portInside = (
  {ports}: Pick<ServiceNetwork, 'ports'>,
  port: string,
): string | undefined =>
  Object.entries(ports ?? {})
    .find(
      ([inner, outer]) => inner.endsWith('/tcp') && outer?.some(({HostPort}) => HostPort === port),
    )?.[0]
    .replace('/tcp', '');
