/** Per service: what serves now, what is to serve, and in which way the one takes the place of the other. */
import {type ComposeConfig, imageOf, replicasOf, type ServiceConfig} from './compose-config.ts';
import type {ContainerState} from './container-state.ts';
import type {ServicePlan, Strategy} from './deploy-plan.ts';
import {inOrder, isJob} from './service-order.ts';

export type PlanInput = {
  readonly config: ComposeConfig;
  /** By service: what compose writes on its containers. */
  readonly hashes: Readonly<Record<string, string>>;
  /** By name; undefined: not on this host yet. */
  readonly images: Readonly<Record<string, string | undefined>>;
  readonly containers: readonly ContainerState[];
  readonly databaseService: string;
  /** Undefined: all but the database's. */
  readonly services: readonly string[] | undefined;
  readonly hasProxy: boolean;
};

/** The services to deploy, in the order in which they are switched. */
export const planServices = (input: PlanInput): readonly ServicePlan[] => {
  const {config, databaseService, services} = input;
  const names = services ?? Object.keys(config.services);
  return inOrder(
    config,
    names.filter((name) => name !== databaseService && config.services[name] !== undefined),
  ).map((service) => planService(input, service));
};

const planService = (input: PlanInput, service: string): ServicePlan => {
  const {config, hashes, images, containers} = input;
  const wanted = config.services[service] as ServiceConfig;
  const imageName = imageOf(config, service);
  const to = {image: images[imageName] ?? null, imageName, hash: hashes[service] ?? ''};
  const own = ofService(containers, service);
  const serving = own.filter(({status}) => status === 'running' || status === 'restarting');
  // One that never ran is what a deploy left that broke off: it is used, and serves nobody.
  const [first] = serving.length > 0 ? serving : own.filter(({status}) => status !== 'created');
  const from = first
    ? {
        ...{image: first.image, imageName: first.imageName, hash: first.hash},
        containers: own.filter(({status}) => status !== 'created').map(({id}) => id),
        running: serving.map(({id}) => id),
        restart: first.restartPolicy || 'no',
      }
    : null;
  const replicas = replicasOf(wanted);
  const way = wayOf(input, {service, wanted, to, own, replicas});
  return {service, ...way, from, to, replicas, port: portOf(wanted)};
};

/**
 * After a deploy that is held: what served before that one is what this one goes back to, where its containers are still
 * there. Those of the held one are taken away with the old.
 */
export const fromBefore = (
  plan: ServicePlan,
  {
    served,
    containers,
  }: {
    readonly served: readonly ServicePlan[] | undefined;
    readonly containers: readonly ContainerState[];
  },
): ServicePlan => {
  const from = served?.find(({service}) => service === plan.service)?.from;
  const isThere = from?.containers.every((id) => containers.some((one) => one.id === id));
  if (!from || !isThere || plan.strategy === 'leave') return plan;
  const own = plan.from?.containers ?? [];
  return {...plan, from: {...from, containers: [...new Set([...own, ...from.containers])]}};
};

/** Containers of a service that compose keeps running; not those of `compose run`. */
export const ofService = (
  containers: readonly ContainerState[],
  service: string,
): readonly ContainerState[] =>
  containers.filter((one) => one.service === service && one.oneOff !== 'True');

/** Whether a container is what a plan wants of its service. */
export const isWanted = (
  {image, hash}: Pick<ContainerState, 'image' | 'hash'>,
  {to}: Pick<ServicePlan, 'to'>,
): boolean => image === to.image && hash === to.hash;

/**
 * Whether a container came with a plan: of a service that is started anew from the same definition, those that were there
 * when the plan was made are the old ones.
 */
export const isNew = (
  container: Pick<ContainerState, 'id' | 'image' | 'hash'>,
  plan: Pick<ServicePlan, 'to' | 'from'>,
): boolean => isWanted(container, plan) && !(plan.from?.containers.includes(container.id) ?? false);

type Facts = {
  readonly service: string;
  readonly wanted: ServiceConfig;
  readonly to: ServicePlan['to'];
  readonly own: readonly ContainerState[];
  readonly replicas: number;
};

const wayOf = (
  input: PlanInput,
  facts: Facts,
): {readonly strategy: Strategy; readonly reason: string} => {
  const {service, wanted, to, own, replicas} = facts;
  if (own.every(({status}) => status === 'created'))
    return {strategy: 'new', reason: 'there is no container of it yet'};
  const isThere = own.filter((one) => isWanted(one, {to}));
  const isUp = isJob(input.config, service)
    ? isThere.some(({status, exitCode}) => status === 'exited' && exitCode === 0)
    : isThere.filter(({status, health}) => status === 'running' && health !== 'unhealthy')
        .length === replicas;
  if (isUp && isThere.length === own.length)
    return {strategy: 'leave', reason: 'it runs as it is wanted'};
  const problem = input.hasProxy
    ? whyNotRolled(wanted, own)
    : 'no proxy is configured (DEPLOY_PROXY_FILE)';
  return problem === undefined
    ? {strategy: 'roll', reason: 'the proxy changes over to the new one beside the old'}
    : {strategy: 'recreate', reason: problem};
};

/** Why two versions of a service can't be up at once; undefined where they can. */
const whyNotRolled = (
  wanted: ServiceConfig,
  own: readonly ContainerState[],
): string | undefined => {
  if (portOf(wanted) === null) return 'it exposes no port that a proxy could talk to (expose)';
  if (wanted.container_name != null) return 'it has a fixed container_name';
  const fixed = (wanted.ports ?? []).find(({published}) => published != null && published !== '');
  if (fixed) return `it publishes the fixed port ${fixed.published} of this host`;
  if (wanted.network_mode === 'host') return "it uses this host's network";
  const written = (wanted.volumes ?? []).find(
    ({type, read_only}) => (type === 'volume' || type === 'bind') && read_only !== true,
  );
  if (written) return `it writes to ${written.source ?? written.target}: two at once could harm it`;
  if (own.every(({status}) => status !== 'running')) return 'nothing of it runs now';
  return undefined;
};

/** The first port that it exposes. `8080`, `8080/tcp` */
const portOf = ({expose}: ServiceConfig): number | null => {
  const [first] = expose ?? [];
  const port = Number(/^(\d{1,5})(\/tcp)?$/.exec(first ?? '')?.[1]);
  return Number.isInteger(port) && port > 0 ? port : null;
};
