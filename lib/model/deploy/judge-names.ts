/** Whether the services that a deploy is told of are those that the project has. */
import {printable} from '../redact.ts';
import {suggest} from '../suggest.ts';
import type {ComposeConfig} from './compose-config.ts';
import type {Finding} from './finding.ts';

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
