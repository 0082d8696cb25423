/** What runs around the services to deploy: what is left of others, and what they need and nobody starts. */
import {printable} from '../redact.ts';
import type {ComposeConfig} from './compose-config.ts';
import type {ContainerState} from './container-state.ts';
import type {Finding} from './finding.ts';
import {ofService} from './plan-services.ts';

/** Containers of the project whose service its definition does not name; not those of `compose run`. */
export const strays = (
  {services}: Pick<ComposeConfig, 'services'>,
  containers: readonly ContainerState[],
): readonly ContainerState[] =>
  containers.filter(
    ({service, oneOff}) => oneOff !== 'True' && service !== '' && services[service] === undefined,
  );

/** A sentence for each service of them that runs, and what to do. */
export const strayServices = (
  found: readonly ContainerState[],
): readonly {readonly service: string; readonly what: string; readonly hint: string}[] => {
  const running = found.filter(isUp);
  return [...new Set(running.map(({service}) => service))].sort().map((service) => {
    const names = ofService(running, service).map(({name}) => name);
    return {
      service,
      what: 'is not in the compose file any more and runs on',
      hint: `stop it with docker rm --force ${printable(names.join(' '))}, or turn its profile on (COMPOSE_PROFILES)`,
    };
  });
};

export type Around = {
  readonly containers: readonly ContainerState[];
  /** Those that are deployed. */
  readonly services: readonly string[];
  /** A deploy starts it where it does not run. */
  readonly databaseService: string;
};

/** Warnings: neither keeps the deploy from doing its work. */
export const judgeAround = (config: ComposeConfig, around: Around): readonly Finding[] => [
  ...strayServices(strays(config, around.containers)).map(
    ({service, what, hint}): Finding => ({
      ...{level: 'warning', rule: 'leftover', where: `service '${printable(service)}'`, what, hint},
    }),
  ),
  ...around.services.flatMap((service) => missingNeeds(config, service, around)),
];

const missingNeeds = (
  {services}: ComposeConfig,
  service: string,
  {containers, services: deployed, databaseService}: Around,
): readonly Finding[] =>
  Object.entries(services[service]?.depends_on ?? {})
    .filter(
      ([needed, {condition, required}]) =>
        required !== false &&
        needed !== databaseService &&
        !deployed.includes(needed) &&
        !ofService(containers, needed).some((one) => serves(one, condition)),
    )
    .map(([needed]) => ({
      ...{level: 'warning', rule: 'dependency', where: `service '${printable(service)}'`},
      what: `needs '${printable(needed)}', which does not run`,
      hint: `start it (docker compose up --detach ${printable(needed)}), or name it in DEPLOY_SERVICES`,
    }));

const isUp = ({status}: ContainerState): boolean => status === 'running' || status === 'restarting';

const serves = (one: ContainerState, condition: string): boolean =>
  condition === 'service_completed_successfully'
    ? isUp(one) || (one.status === 'exited' && one.exitCode === 0)
    : isUp(one);
