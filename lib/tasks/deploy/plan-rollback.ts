/** What a rollback would do: to which version, by which way, and what would be lost. Touches nothing. */

import {type Project, projectFrom} from '../../io/compose-project.ts';
import {readDefinition, readDeploys} from '../../io/deploy-folder.ts';
import {pinnedDefinition} from '../../model/deploy/definition.ts';
import type {DeployPlan, ServicePlan} from '../../model/deploy/deploy-plan.ts';
import {
  type DeployState,
  deployStates,
  lastSucceeded,
  toTakeBack,
} from '../../model/deploy/deploy-state.ts';
import {planServices} from '../../model/deploy/plan-services.ts';
import type {Verdict} from '../../model/deploy/rehearsal.ts';
import {OpsError} from '../../model/errors.ts';
import type {Context} from '../context.ts';
import {imageIdOf, look, lookAtSchema, type Scene} from './look.ts';

export type RollbackPlan = {
  /** The deploy that is taken back. */
  readonly of: DeployState;
  /** `containers`: the old ones are still there, and are started again. `definition`: they are made anew from what was kept. */
  readonly way: 'containers' | 'definition';
  /** Whether the definition is that of the version before, or only its images with the definition of today. */
  readonly isExact: boolean;
  /** From what serves now to what served before. */
  readonly plan: DeployPlan;
  readonly project: Project;
  readonly scene: Scene;
  /** Services that came with the deploy: they are taken away. */
  readonly added: readonly string[];
  /** Whether the schema is another than before the deploy. */
  readonly isMigrated: boolean;
  readonly verdict: Verdict;
};

/** Errors: usage where there is nothing to take back; unavailable for an image that has gone. */
export const planRollback = async (context: Context): Promise<RollbackPlan> => {
  const states = deployStates(await readDeploys(context.settings));
  const of = toTakeBack(states);
  const before = of?.facts.plan;
  if (!of || !before)
    throw new OpsError('usage', 'there is no deploy to take back', {
      hint: '`pgkeep deploy history` shows those that there were',
    });
  const scene = await look(context);
  const way = hasOld(before, scene) ? 'containers' : 'definition';
  const {project, isExact} =
    way === 'containers'
      ? {project: scene.project, isExact: true}
      : await definitionBefore(context, {of, states, scene, before});
  const services =
    way === 'containers' ? before.services : servicesBack(context, scene, project, before);
  const isMigrated = await wasMigrated(context, scene, of);
  return {
    ...{of, way, isExact, project, scene, isMigrated},
    plan: {
      ...{...before, mode: 'skip-migration', migration: null, sqlite: null, skew: null},
      ...{services, findings: []},
    },
    added: before.services.flatMap(({service, from}) => (from === null ? [service] : [])),
    verdict: isMigrated ? (of.facts.verdict ?? 'unknown') : 'safe',
  };
};

/** Whether every container that served before is still there, and something else serves now. */
const hasOld = ({services}: DeployPlan, {containers}: Scene): boolean => {
  const switched = services.filter(({strategy, from}) => strategy !== 'leave' && from !== null);
  return (
    switched.length > 0 &&
    switched.every(({from}) =>
      (from?.running ?? []).every((id) => containers.some((one) => one.id === id)),
    )
  );
};

type Before = {
  readonly of: DeployState;
  readonly states: readonly DeployState[];
  readonly scene: Scene;
  readonly before: DeployPlan;
};

/** As it was kept when it was deployed; where pgkeep did not deploy it, its images with the definition of today. */
const definitionBefore = async (
  {shell, settings}: Context,
  {of, states, scene, before}: Before,
): Promise<{readonly project: Project; readonly isExact: boolean}> => {
  const pins = Object.fromEntries(
    before.services.flatMap(({service, from}) => (from ? [[service, from.image]] : [])),
  );
  for (const [service, image] of Object.entries(pins)) {
    if ((await imageIdOf(shell, scene.project.place.docker, image)) !== undefined) continue;
    throw new OpsError('unavailable', `the image that '${service}' had before is gone: ${image}`, {
      hint: 'somebody has removed it and its tag pgkeep/…: pull it by the name that `pgkeep deploy history` shows, then deploy that',
    });
  }
  const served = states.filter(({mode}) => mode !== 'migrate-only');
  const last = lastSucceeded(served, of.deploy);
  const kept = last && (await readDefinition(settings, last.deploy));
  const definition = pinnedDefinition(kept ?? scene.project.rendered, pins);
  const project = await projectFrom(shell, scene.project, definition);
  return {project, isExact: kept !== undefined};
};

const servicesBack = (
  {settings}: Context,
  {containers}: Scene,
  project: Project,
  before: DeployPlan,
): readonly ServicePlan[] => {
  const pinned = before.services.flatMap(({service, from}) => (from ? [{service, from}] : []));
  const planned = planServices({
    ...{config: project.config, hashes: project.hashes, containers},
    images: Object.fromEntries(pinned.map(({from: {image}}) => [image, image])),
    databaseService: settings.databaseService,
    services: pinned.map(({service}) => service),
    hasProxy: settings.proxyFile !== undefined,
  });
  // Pinned by its id; people know it by the name that it had.
  return planned.map((plan) => {
    const imageName = pinned.find(({service}) => service === plan.service)?.from.imageName;
    return {...plan, to: {...plan.to, imageName: imageName ?? plan.to.imageName}};
  });
};

/** By what the database says now; a deploy that was killed in its migration has written nothing of it. */
const wasMigrated = async (context: Context, {server}: Scene, {facts}: DeployState) => {
  const {schemaBefore} = facts;
  if (schemaBefore === undefined) return facts.migrated === true;
  if (server === undefined) return true;
  const now = await lookAtSchema(context, server);
  return now.word !== schemaBefore.word || now.revision !== schemaBefore.revision;
};
