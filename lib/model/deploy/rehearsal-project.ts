/**
 * The services of a project as they are started against a copy of its database: the same images, commands
 * and values, and nothing that could reach production. What is not known to be harmless is left out.
 */
import type {ComposeConfig, ServiceConfig} from './compose-config.ts';
import {secondsOf} from './wellness.ts';

export type RehearsalProject = {
  readonly config: ComposeConfig;
  /** Of the project, of its one network, and of whom it is. */
  readonly name: string;
  readonly network: string;
  readonly labels: Readonly<Record<string, string>>;
  /** The images by their ids. */
  readonly services: readonly {readonly service: string; readonly image: string}[];
  /** What may be mounted of this host: files and folders that are there and hold no socket. */
  readonly binds: ReadonlySet<string>;
  /** A one-off command: the service's health check would ask the database beside it. */
  readonly isChecked: boolean;
};

/** Of a service. No port, network, label, log driver, device, name, or namespace of the host is among them. */
const kept = [
  ...['command', 'entrypoint', 'user', 'group_add', 'working_dir', 'platform', 'init'],
  ...['stop_signal', 'tmpfs', 'shm_size', 'ulimits', 'mem_limit', 'cpus', 'read_only', 'cap_drop'],
  ...['secrets', 'configs', 'expose', 'stdin_open', 'tty'],
];

/** The definition for compose's input. Holds secrets: it goes nowhere else. */
export const rehearsalProject = (project: RehearsalProject): string => {
  const {config, name, network, services} = project;
  const {secrets, configs} = config as Readonly<Record<string, unknown>>;
  return JSON.stringify({
    name,
    services: Object.fromEntries(
      services.map(({service, image}) => [
        service,
        definitionOf(project, config.services[service] ?? {}, image),
      ]),
    ),
    networks: {default: {name: network, external: true}},
    ...(secrets == null ? {} : {secrets}),
    ...(configs == null ? {} : {configs}),
  });
};

const definitionOf = (
  {labels, binds, isChecked}: RehearsalProject,
  config: ServiceConfig & Readonly<Record<string, unknown>>,
  image: string,
) => ({
  ...Object.fromEntries(kept.flatMap((key) => (config[key] == null ? [] : [[key, config[key]]]))),
  ...{image, pull_policy: 'never', restart: 'no', labels, networks: {default: null}},
  ...(config.environment == null ? {} : {environment: environmentOf(config.environment)}),
  ...(config.volumes == null ? {} : {volumes: config.volumes.map((each) => volumeOf(each, binds))}),
  healthcheck: isChecked ? healthcheckOf(config.healthcheck) : {disable: true},
});

/** The copy speaks no TLS: it is alone with the application. */
const environmentOf = (environment: NonNullable<ServiceConfig['environment']>) =>
  Object.fromEntries(
    Object.entries(environment).map(([key, value]) => [
      key,
      /^PGSSLMODE$/i.test(key)
        ? 'prefer'
        : (value?.replace(/([?&\s]sslmode=)(require|verify-ca|verify-full)\b/g, '$1prefer') ??
          null),
    ]),
  );

/** A volume of the project becomes an empty one that goes with its container; a file of the host can't be written. */
const volumeOf = (
  {type, source, target}: NonNullable<ServiceConfig['volumes']>[number],
  binds: ReadonlySet<string>,
) =>
  type === 'bind' && source != null && binds.has(source)
    ? {type, source, target, read_only: true, bind: {create_host_path: false}}
    : {type: type === 'tmpfs' ? type : 'volume', target};

/** What of this host the services do without on the copy, sentences. */
export const leftOut = (
  {services}: ComposeConfig,
  names: readonly string[],
  binds: ReadonlySet<string>,
): readonly string[] =>
  names.flatMap((service) =>
    (services[service]?.volumes ?? []).flatMap(({type, source, target}) =>
      type === 'bind' && source != null && !binds.has(source)
        ? [
            `'${service}' has an empty folder at ${target}: '${source}' is not there, or is a way to what runs on this host`,
          ]
        : [],
    ),
  );

const oftenSeconds = 2;

/** Asked often, so that what is well is seen soon; as patient in all as the definition is. */
const healthcheckOf = (healthcheck: ServiceConfig['healthcheck']) => {
  if (healthcheck?.disable === true || healthcheck?.test?.[0] === 'NONE') return {disable: true};
  const interval = secondsOf(healthcheck?.interval ?? '30s');
  if (interval <= oftenSeconds) return healthcheck ?? undefined;
  const retries = Math.ceil(((healthcheck?.retries ?? 3) * interval) / oftenSeconds);
  return {...healthcheck, interval: `${oftenSeconds}s`, retries};
};
