/** What a rollback would do: to which version, by which way, and what would be lost. Touches nothing. */

import {type Project, projectFrom} from '../../io/compose-project.ts';
import {readDefinition, readDeploys} from '../../io/deploy-folder.ts';
import {pinnedDefinition} from '../../model/deploy/definition.ts';
import type {DeployPlan, ServicePlan} from '../../model/deploy/deploy-plan.ts';
import {type DeployState, deployStates} from '../../model/deploy/deploy-state.ts';
import {toTakeBack} from '../../model/deploy/going-back.ts';
import type {SchemaState} from '../../model/deploy/migration-end.ts';
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
  const deployed = of?.facts.plan;
  if (!of || !deployed)
    throw new OpsError('usage', 'there is no deploy to take back', {
      hint: '`pgkeep deploy history` shows those that there were; a rollback is not taken back: deploy what is to serve',
    });
  const earlier = servedBefore(states, of);
  const scene = await look(context, {
    definition: () => newestDefinition(context, [of, ...earlier]),
  });
  const before = {...deployed, services: deployed.services.map((plan) => known(plan, earlier))};
  const way = isByContainers(before, scene) ? 'containers' : 'definition';
  const {project, isExact} =
    way === 'containers'
      ? {project: scene.project, isExact: true}
      : await definitionBefore(context, {earlier, scene, before});
  const services =
    way === 'containers' ? before.services : servicesBack(context, scene, project, before);
  const schema = await schemaSince(context, scene, of);
  return {
    ...{of, way, isExact, project, scene, ...schema},
    plan: {
      ...{...before, mode: 'skip-migration', migration: null, sqlite: null, skew: null},
      ...{services, findings: []},
    },
    added: before.services.flatMap(({service, from}) => (from === null ? [service] : [])),
  };
};

/** What is known of the project where its files can't be read: a way back is needed most where somebody has broken them. */
const newestDefinition = async (
  {settings}: Context,
  states: readonly DeployState[],
): Promise<string | undefined> => {
  for (const {deploy} of states) {
    const kept = await readDefinition(settings, deploy);
    if (kept !== undefined) return kept;
  }
  return undefined;
};

/** Deploys and rollbacks that ended well before one, and whose services served; the last first. */
export const servedBefore = (
  states: readonly DeployState[],
  of: DeployState,
): readonly DeployState[] =>
  states
    .filter(
      ({deploy, mode, closed, facts}) =>
        deploy < of.deploy &&
        mode !== 'migrate-only' &&
        closed?.outcome === 'succeeded' &&
        facts.plan !== undefined,
    )
    .toReversed();

/** A service that had no container at that moment has still had a version, where one was deployed before. */
const known = (plan: ServicePlan, [last]: readonly DeployState[]): ServicePlan => {
  const to = last?.facts.plan?.services.find(({service}) => service === plan.service)?.to;
  if (plan.from !== null || to?.image == null) return plan;
  return {
    ...plan,
    from: {...to, image: to.image, containers: [], running: [], restart: 'no'},
  };
};

/** Whether every container that served before is still there; in a deploy that switched none, they never went. */
const isByContainers = ({services, mode}: DeployPlan, {containers}: Scene): boolean => {
  if (mode === 'migrate-only') return true;
  const before = services.flatMap(({strategy, from}) =>
    strategy === 'leave' || from === null ? [] : [from.containers],
  );
  return (
    before.length > 0 &&
    before.every(
      (ids) => ids.length > 0 && ids.every((id) => containers.some((one) => one.id === id)),
    )
  );
};

type Before = {
  readonly earlier: readonly DeployState[];
  readonly scene: Scene;
  readonly before: DeployPlan;
};

/**
 * As it was kept when it was deployed: that of which compose says the very words that the old containers had. Where there
 * is none, pgkeep did not deploy them: their images, with the definition of today.
 */
const definitionBefore = async (
  {shell, settings}: Context,
  {earlier, scene, before}: Before,
): Promise<{readonly project: Project; readonly isExact: boolean}> => {
  const old = before.services.flatMap(({service, from}) => (from ? [{service, ...from}] : []));
  const pins = Object.fromEntries(old.map(({service, image}) => [service, image]));
  for (const [service, image] of Object.entries(pins)) {
    if ((await imageIdOf(shell, scene.project.place.docker, image)) !== undefined) continue;
    throw new OpsError('unavailable', `the image that '${service}' had before is gone: ${image}`, {
      hint: 'somebody has removed it and its tag pgkeep/…: pull it by the name that `pgkeep deploy history` shows, then deploy that',
    });
  }
  for (const {deploy} of earlier) {
    const kept = await readDefinition(settings, deploy);
    if (kept === undefined) continue;
    const {hashes} = await projectFrom(shell, settings.project, kept);
    if (!old.every(({service, hash}) => hashes[service] === hash)) continue;
    return {
      project: await projectFrom(shell, settings.project, pinnedDefinition(kept, pins)),
      isExact: true,
    };
  }
  const today = pinnedDefinition(scene.project.rendered, pins);
  return {project: await projectFrom(shell, settings.project, today), isExact: false};
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

/**
 * By what the database says now, not by what the journal says: a deploy that was killed in its migration has written
 * nothing of it, and what somebody has changed since nobody has judged.
 */
const schemaSince = async (
  context: Context,
  {server}: Scene,
  {facts}: DeployState,
): Promise<Pick<RollbackPlan, 'isMigrated' | 'verdict'>> => {
  const {schemaBefore, schemaAfter, origin, verdict = 'unknown'} = facts;
  const first = origin ? origin.schemaBefore : schemaBefore;
  if (!first) return {isMigrated: facts.migrated === true, verdict};
  if (server === undefined) return {isMigrated: true, verdict: 'unknown'};
  const now = await lookAtSchema(context, server);
  const isSame = (other: SchemaState | undefined) =>
    other !== undefined && now.word === other.word && now.revision === other.revision;
  if (isSame(first)) return {isMigrated: false, verdict: 'safe'};
  return {isMigrated: true, verdict: isSame(schemaAfter ?? schemaBefore) ? verdict : 'unknown'};
};
