/** Whether what a deploy is told to do fits what the project has: services, images, health checks, ports. */
import {printable} from '../redact.ts';
import {suggest} from '../suggest.ts';
import {type ComposeConfig, hasHealthcheck, imageOf, type ServiceConfig} from './compose-config.ts';
import type {Finding} from './finding.ts';
import {isJob} from './service-order.ts';

/** Of an image that is on this host. */
export type ImageFacts = {readonly id: string; readonly bytes: number; readonly hasCheck: boolean};

export type ServicesAsked = {
  readonly config: ComposeConfig;
  readonly databaseService: string;
  /** DEPLOY_SERVICES; undefined: all but the database's. */
  readonly deployServices: readonly string[] | undefined;
  readonly migrateService: string | undefined;
  /** The host of the database's URL. */
  readonly databaseHost: string | undefined;
};

/** The services that are switched, those that the project does not have left out. */
export const servicesToDeploy = ({
  config,
  databaseService,
  deployServices,
}: Pick<ServicesAsked, 'config' | 'databaseService' | 'deployServices'>): readonly string[] =>
  (deployServices ?? Object.keys(config.services)).filter(
    (name) => name !== databaseService && config.services[name] !== undefined,
  );

/** Names that no service has, and a database that would be switched as if it were part of the application. */
export const judgeNames = (asked: ServicesAsked): readonly Finding[] => {
  const {config, databaseService, deployServices = [], migrateService, databaseHost} = asked;
  const rule = 'services';
  const named = [
    ...deployServices.map((name) => ['DEPLOY_SERVICES', name] as const),
    ...(migrateService === undefined ? [] : [['DEPLOY_MIGRATE_SERVICE', migrateService] as const]),
  ];
  const isDatabase = (name: string) => name === databaseService;
  const findings = named.flatMap(([where, name]): readonly Finding[] => {
    const shown = printable(name);
    if (isDatabase(name))
      return [
        {
          ...{level: 'fault', rule, where, what: `'${shown}' is the service of the database`},
          hint: 'leave it out: a deploy starts it where it is missing and never replaces it',
        },
      ];
    return config.services[name] ? [] : [unknownService(config, {where, name})];
  });
  if (!config.services[databaseService] && databaseHost && config.services[databaseHost])
    return [
      ...findings,
      {
        ...{level: 'fault', rule, where: 'DEPLOY_DB_SERVICE'},
        what: `the database is the service '${printable(databaseHost)}', which would be switched like the application`,
        hint: `set DEPLOY_DB_SERVICE=${printable(databaseHost)}`,
      },
    ];
  if (findings.length > 0 || servicesToDeploy(asked).length > 0) return findings;
  const what = 'it has no service but the database';
  const hint = 'a service that only a profile brings needs COMPOSE_PROFILES';
  return [{level: 'fault', rule, where: 'the compose file', what, hint}];
};

const unknownService = (
  {services}: ComposeConfig,
  {where, name}: {readonly where: string; readonly name: string},
): Finding => {
  const meant = suggest(name, Object.keys(services));
  return {
    ...{level: 'fault', rule: 'services', where},
    what: `the project has no service '${printable(name)}'`,
    hint: meant
      ? `did you mean ${printable(meant)}?`
      : `it has ${Object.keys(services)
          .sort()
          .map((one) => printable(one))
          .join(', ')}; a profile's need COMPOSE_PROFILES`,
  };
};

export type HostImages = Readonly<Record<string, ImageFacts | undefined>>;

/** Images that can't be had, and services of which nobody can tell whether they are well. */
export const judgeServices = (
  config: ComposeConfig,
  {
    services,
    images,
    engineMajor,
  }: {
    /** All that containers are made of: those switched, the one that migrates, the database's. */
    readonly services: readonly string[];
    /** By name; undefined: not on this host. */
    readonly images: HostImages;
    readonly engineMajor: number;
  },
): readonly Finding[] =>
  services.flatMap((name) => {
    const service = config.services[name];
    if (service === undefined) return [];
    const image = images[imageOf(config, name)];
    return [
      ...(image ? [] : imageFindings(config, {name, service})),
      ...(isJob(config, name) ? [] : checkFindings({name, service, image, engineMajor})),
    ];
  });

const imageFindings = (
  config: ComposeConfig,
  {name, service}: {readonly name: string; readonly service: ServiceConfig},
): readonly Finding[] => {
  const what = `the image '${printable(imageOf(config, name))}' is not on this host`;
  const common = {level: 'fault', rule: 'image', where: `service '${printable(name)}'`} as const;
  if (service.build != null)
    return [
      {...common, what, hint: `pgkeep builds nothing: docker compose build ${printable(name)}`},
    ];
  if (service.pull_policy !== 'never') return [];
  return [
    {...common, what, hint: 'pull_policy: never keeps it from being pulled: load or build it'},
  ];
};

type Checked = {
  readonly name: string;
  readonly service: ServiceConfig;
  readonly image: ImageFacts | undefined;
  readonly engineMajor: number;
};

/** An image that is not here may bring a check: nothing is said of it. */
const checkFindings = ({name, service, image, engineMajor}: Checked): readonly Finding[] => {
  const where = `service '${printable(name)}'`;
  const rule = 'health check';
  const isOff = service.healthcheck != null && !hasHealthcheck(service);
  if (service.healthcheck?.['start_interval'] != null && engineMajor < 25)
    return [
      {
        ...{level: 'fault', rule, where, what: 'its start_interval needs docker engine 25'},
        hint: 'take it out: this engine makes the container and refuses to start it',
      },
    ];
  if (hasHealthcheck(service) || (!isOff && (image === undefined || image.hasCheck))) return [];
  return [
    {
      ...{level: 'warning', rule, where},
      what: 'it has no health check: that it runs is all that can be seen',
      hint: 'give it one that reads the database: a version that can’t live with the schema is found out then',
    },
  ];
};
