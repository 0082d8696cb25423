/** What the services of a project are handed, as compose resolves it: what the env file alone does not show. */
import {isLoopback} from '../compose-service.ts';
import {parseConnectionUrl} from '../connection-url.ts';
import {printable} from '../redact.ts';
import type {ComposeConfig, ServiceConfig} from './compose-config.ts';
import type {Finding} from './finding.ts';
import {lintValue} from './lint-value.ts';
import {databaseHostOf, secretIn} from './secret-names.ts';

export type ServiceFacts = {
  readonly config: ComposeConfig;
  readonly databaseService: string;
  /** Those that are deployed. */
  readonly services: readonly string[];
  /** Those of the env file: what is wrong with them is said there. */
  readonly secrets: ReadonlySet<string>;
  /** What `docker compose config` warned of. */
  readonly warnings: readonly string[];
  /** The variables that the compose file asks for. */
  readonly asked: ReadonlySet<string>;
  /** What pgkeep backs up. */
  readonly database: string | undefined;
  /** As people call the env file. */
  readonly envFile: string | undefined;
};

/** Hosts that a container does not reach, secrets of the compose file itself, variables that nobody sets. */
export const lintServices = (facts: ServiceFacts): readonly Finding[] => [
  ...warningFindings(facts),
  ...databaseFindings(facts),
  ...facts.services.flatMap((name) => {
    const service = facts.config.services[name];
    return service ? hostFindings(facts, {name, service}) : [];
  }),
  ...[...facts.services, facts.databaseService].flatMap((name) => {
    const service = facts.config.services[name];
    return service ? defaultFindings(facts, {name, service}) : [];
  }),
];

type Named = {readonly name: string; readonly service: ServiceConfig};

/** compose writes a $ of a value as two. */
const environmentOf = ({environment}: ServiceConfig): readonly (readonly [string, string])[] =>
  Object.entries(environment ?? {}).flatMap(([key, value]) =>
    value == null ? [] : [[key, value.replaceAll('$$', '$')] as const],
  );

const hostKeys = /^(PGHOST|(POSTGRES|DB|DATABASE)_HOST)$/;

const hostFindings = (facts: ServiceFacts, {name, service}: Named): readonly Finding[] => {
  if (service.network_mode != null) return [];
  return environmentOf(service).flatMap(([key, value]) => {
    const host = hostKeys.test(key) ? value : databaseHostOf(value);
    const finding = host === undefined ? undefined : hostFinding(facts, host);
    return finding
      ? [{...finding, where: `service '${name}'`, what: `${printable(key)} ${finding.what}`}]
      : [];
  });
};

const hostFinding = (
  {config, databaseService}: ServiceFacts,
  host: string,
): Omit<Finding, 'where'> | undefined => {
  const rule = 'database host';
  const hint = `inside a container the database's host is the name of its service: ${printable(databaseService)}`;
  if (isLoopback(host))
    return {
      level: 'fault',
      rule,
      what: 'names this host, which in a container is the container itself',
      hint,
    };
  if (!/^[a-z0-9_-]+$/i.test(host) || isNameIn(config, host)) return undefined;
  return {level: 'warning', rule, what: 'names a host that is no service of this project', hint};
};

/** Also by an alias, a link or an extra host; what an external network has, nobody here knows. */
const isNameIn = ({services, networks}: ComposeConfig, host: string): boolean =>
  Object.values(networks ?? {}).some((network) => network?.['external'] === true) ||
  Object.entries(services).some(([name, {container_name, networks: own, ...service}]) => {
    const {extra_hosts, links, external_links, hostname} = service;
    const named = [container_name, own, extra_hosts, links, external_links, hostname];
    return name === host || new RegExp(`["':]${host}["':=]`).test(JSON.stringify(named));
  });

/** `${SECRET_KEY:-secret}`, a secret that stands in the compose file, one that only this run was given. */
const defaultFindings = (facts: ServiceFacts, {name, service}: Named): readonly Finding[] =>
  environmentOf(service).flatMap(([key, value]) => {
    const secret = secretIn(key, value);
    if (secret === undefined || facts.secrets.has(secret.value)) return [];
    return lintValue({key, value, names: [key], where: `service '${name}'`, example: undefined})
      .filter(({rule}) => rule === 'placeholder' || rule === 'weak secret')
      .map((finding) => ({
        ...finding,
        what: `${finding.what}, and comes from the compose file or this run's environment`,
        hint: `set ${printable(key)} in ${facts.envFile ?? 'the env file'} and write \${…:?} in the compose file`,
      }));
  });

/** A backup of another database than the application's would be of no use. */
const databaseFindings = ({database, config, services}: ServiceFacts): readonly Finding[] =>
  services.flatMap((name) => {
    const used = environmentOf(config.services[name] ?? {}).flatMap(
      ([, value]) => parseConnectionUrl(value).libpq['PGDATABASE'] ?? [],
    );
    if (database === undefined || used.length === 0 || used.includes(database)) return [];
    return [
      {
        ...{level: 'warning', rule: 'two databases', where: `service '${name}'`},
        what: `it uses the database '${printable(used[0] ?? '')}', and pgkeep backs up '${printable(database)}'`,
        hint: 'make DATABASE_URL of the env file name the database that the service uses',
      },
    ];
  });

const notSet = /^The '(.*)' variable is not set\b/;

/** What follows a $ in a password is taken for a variable as well: only names of the compose file are repeated. */
const warningFindings = ({warnings, asked, envFile}: ServiceFacts): readonly Finding[] =>
  [...new Set(warnings)].map((warning): Finding => {
    const [, variable] = notSet.exec(warning) ?? [];
    const rule = 'compose config';
    if (variable === undefined)
      return {
        ...{level: 'warning', rule, where: 'the compose file', what: printable(warning)},
        hint: '`docker compose config` shows it',
      };
    if (!asked.has(variable))
      return {
        ...{level: 'fault', rule, where: envFile ?? 'an env file'},
        what: 'a value holds a $, and compose takes what follows it for the name of a variable',
        hint: 'put the value in single quotes',
      };
    return {
      ...{level: 'fault', rule, where: 'the compose file'},
      what: `it asks for ${printable(variable)}, which nobody sets`,
      hint: `set it in ${envFile ?? 'the env file'}, or write \${${printable(variable)}:-} where empty is meant`,
    };
  });
