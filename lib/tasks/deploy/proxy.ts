/** The proxy's file of addresses: written wholly, read again by the proxy, and given the time to let go of old requests. */
import {setTimeout as pause} from 'node:timers/promises';
import {statesOfProject} from '../../io/container-states.ts';
import {proxyFileText, removeProxyFile, writeProxyFile} from '../../io/proxy-file.ts';
import type {ContainerState} from '../../model/deploy/container-state.ts';
import type {ServicePlan} from '../../model/deploy/deploy-plan.ts';
import {isNew, ofService} from '../../model/deploy/plan-services.ts';
import {proxyKindOf, proxyText, type Upstream} from '../../model/deploy/proxy-file.ts';
import {OpsError} from '../../model/errors.ts';
import type {Context} from '../context.ts';
import {type Deployment, noteAct, tryNoteAct} from './deployment.ts';

export type Pointing = {
  /** The service that goes over; the others stay where they are. */
  readonly service: string;
  readonly to: 'new' | 'old';
};

const drainSeconds = 2;

/**
 * Point the proxy at the new or the old containers of a service. Errors: toolFailed where the file can't be written or the
 * reload fails; then the file is what it was.
 */
export const pointProxy = async (
  context: Context,
  deployment: Deployment,
  {service, to}: Pointing,
): Promise<void> => {
  const {proxyFile, proxyReload} = context.settings;
  if (proxyFile === undefined) return;
  const containers = await statesOfProject(context.shell, deployment.project.name);
  const switched = new Map(deployment.proxied).set(service, to);
  const upstreams = deployment.plan.services.flatMap((plan) =>
    plan.port === null ? [] : [upstreamOf(containers, plan, switched.get(plan.service))],
  );
  const before = await proxyFileText(proxyFile);
  await writeProxyFile(proxyFile, proxyText(proxyKindOf(proxyFile), upstreams));
  try {
    if (proxyReload) await reload(context, deployment, proxyReload);
  } catch (error) {
    // What the proxy would not take it must not find when it starts again.
    if (before === undefined) await removeProxyFile(proxyFile);
    else await writeProxyFile(proxyFile, before);
    throw error;
  }
  deployment.proxied.set(service, to);
  const served = servingOf(containers, planOf(deployment, service), to).map(({id}) => id);
  const phase = 'switch' as const;
  if (to === 'new') await noteAct(deployment, {phase, service, act: 'proxied', containers: served});
  else await tryNoteAct(context, deployment, {phase, service, act: 'returned', containers: served});
  await pause(drainSeconds * 1_000, undefined, {signal: context.signal}).catch(() => {});
  context.signal.throwIfAborted();
};

const planOf = ({plan}: Deployment, service: string): ServicePlan =>
  plan.services.find((one) => one.service === service) as ServicePlan;

/** Of a service that has not gone over, what serves now is what served before. */
const servingOf = (
  containers: readonly ContainerState[],
  plan: ServicePlan,
  to: Pointing['to'] | undefined,
): readonly ContainerState[] => {
  const own = ofService(containers, plan.service)
    .filter(({status}) => status === 'running')
    .toSorted((a, b) => Number(a.number) - Number(b.number));
  if (plan.strategy === 'leave') return own;
  return own.filter((one) => isNew(one, plan) === (to === 'new'));
};

const upstreamOf = (
  containers: readonly ContainerState[],
  plan: ServicePlan,
  to: Pointing['to'] | undefined,
): Upstream => ({
  service: plan.service,
  servers: servingOf(containers, plan, to).flatMap(({addresses}) => {
    const [address] = addressesInOrder(addresses);
    return address === undefined ? [] : [`${address}:${plan.port}`];
  }),
});

/** That of the project's own network first: it is where a proxy of the project is. */
const addressesInOrder = (addresses: Readonly<Record<string, string>>): readonly string[] =>
  Object.entries(addresses)
    .filter(([, address]) => address !== '')
    .toSorted(([a], [b]) => Number(b.endsWith('_default')) - Number(a.endsWith('_default')))
    .map(([, address]) => address);

const reload = async (
  {shell}: Context,
  {project}: Deployment,
  [file = '', ...args]: readonly string[],
): Promise<void> => {
  const cwd = project.place.folder;
  await shell.run({file, args, env: {}}, {cwd}).catch((cause: unknown) => {
    shell.signal.throwIfAborted();
    throw new OpsError('toolFailed', 'the proxy could not be made to read its file again', {
      hint: 'see what DEPLOY_PROXY_RELOAD says when it is run by hand',
      cause: cause instanceof OpsError ? cause.cause : cause,
    });
  });
};
