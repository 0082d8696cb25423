/** Which services of a compose project are stopped around a swap, and in which order they come back. */
import {type ComposeContainer, type ComposeProject, isOf} from './compose-service.ts';
import {OpsError} from './errors.ts';
import {suggest} from './suggest.ts';

/** A service with its containers that run. */
export type Stoppable = {
  readonly service: string;
  readonly ids: readonly string[];
  /** Services that it needs, by compose's own label. */
  readonly needs: readonly string[];
};

export type StopChoice = {
  readonly project: ComposeProject;
  /** Services of the database itself, and what leads to it. */
  readonly own: readonly string[];
  /** Undefined: all that run but the database's own. */
  readonly names: readonly string[] | undefined;
};

const isAtWork = ({state}: ComposeContainer) => state === 'running' || state === 'restarting';

/** Errors: usage for a service that is not there or that the restore itself needs. */
export const chooseServices = (
  containers: readonly ComposeContainer[],
  {project, own, names}: StopChoice,
): readonly Stoppable[] => {
  const ours = containers.filter((one) => isOf(one, project) && one.oneOff !== 'True');
  const there = [...new Set(ours.map(({service}) => service))].sort();
  for (const name of names ?? []) {
    if (own.includes(name)) throw isNeeded(name);
    if (!there.includes(name)) throw notThere(name, there);
  }
  return there
    .filter((name) => (names ? names.includes(name) : !own.includes(name)))
    .flatMap((service) => {
      const found = ours.filter((one) => one.service === service && isAtWork(one));
      const needs = [...new Set(found.flatMap(({dependsOn}) => servicesIn(dependsOn)))];
      return found.length === 0 ? [] : [{service, ids: found.map(({id}) => id), needs}];
    });
};

/** `redis:service_started:false,db:service_healthy:true` */
const servicesIn = (label: string): readonly string[] =>
  label
    .split(',')
    .map((each) => each.split(':')[0] ?? '')
    .filter(Boolean);

/** In layers: what a layer needs is in the layers before it. They are stopped the other way round. */
export const startOrder = (services: readonly Stoppable[]): readonly (readonly Stoppable[])[] => {
  if (services.length === 0) return [];
  const names = new Set(services.map(({service}) => service));
  const free = services.filter(({service, needs}) =>
    needs.every((name) => name === service || !names.has(name)),
  );
  // Services that need each other: compose refuses these, but a label is only a text.
  const first = free.length > 0 ? free : services;
  return [first, ...startOrder(services.filter((one) => !first.includes(one)))];
};

const isNeeded = (name: string) =>
  new OpsError('usage', `the service '${name}' is the database's own or leads to it`, {
    hint: 'name the services that use the database, or none: then all but its own are stopped',
  });

const notThere = (name: string, there: readonly string[]) => {
  const meant = suggest(name, there);
  return new OpsError('usage', `the compose project has no container of a service '${name}'`, {
    hint:
      meant !== undefined
        ? `did you mean ${meant}?`
        : there.length > 0
          ? `its services are ${there.join(', ')}`
          : 'name the project with DEPLOY_PROJECT or --project',
  });
};
