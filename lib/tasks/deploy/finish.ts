/** Phase 11: the old containers go, the images that a rollback needs get names that nobody prunes, what is too old goes. */

import {removeContainer, stopContainers} from '../../commands/docker.ts';
import {imageTags, tagImage, untagImage} from '../../commands/docker-images.ts';
import {forgetOthers, keepDefinition, readDeploys} from '../../io/deploy-folder.ts';
import {deployStates} from '../../model/deploy/deploy-state.ts';
import {asOpsError} from '../../model/errors.ts';
import type {Context} from '../context.ts';
import {type Deployment, noteAct} from './deployment.ts';
import {sceneOf} from './service-containers.ts';

/** How many deploys can be gone back to. */
const keptDeploys = 5;

/** The new version serves: what fails here is told, and takes nothing back. */
export const finish = async (context: Context, deployment: Deployment): Promise<void> => {
  const {folder, id, project, plan} = deployment;
  const steps: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['the old containers could not be removed', () => removeOld(context, deployment)],
    ['the images could not be given names to keep them', () => tagImages(context, deployment)],
    // What was only migrated for does not serve: the definition from before is still the one to go back to.
    ...(plan.mode === 'migrate-only'
      ? []
      : [
          [
            'the definition could not be kept',
            () => keepDefinition(folder, id, project.rendered),
          ] as const,
        ]),
    ['what is too old could not be removed', () => forget(context, deployment)],
  ];
  for (const [problem, step] of steps)
    await step().catch((error: unknown) => {
      context.signal.throwIfAborted();
      context.reporter.warn(`${problem}: ${asOpsError(error).message}`);
    });
};

const removeOld = async (context: Context, deployment: Deployment): Promise<void> => {
  const {shell} = context;
  const {docker} = deployment.project.place;
  for (const plan of deployment.plan.services) {
    if (plan.strategy === 'leave') continue;
    const {olds} = await sceneOf(context, deployment, plan);
    for (const {id, status} of olds) {
      // As the application ends by itself: what it still does it may do to its end.
      if (status === 'running') await shell.run(stopContainers(docker, [id]));
      await shell.run(removeContainer(docker, id));
    }
    const containers = olds.map(({id}) => id);
    if (containers.length > 0)
      await noteAct(deployment, {
        ...{phase: 'finish', service: plan.service, act: 'removed', containers},
      });
  }
};

/** `pgkeep/shop/web:deploy-20261130t101112z`: no project's name has a slash, so none is taken for another's. */
export const tagOf = (project: string, service: string, deploy: string): string =>
  `pgkeep/${project}/${service}:deploy-${deploy}`.toLowerCase();

const tagImages = async ({shell}: Context, {id, plan, project}: Deployment): Promise<void> => {
  for (const {service, from, to} of plan.services) {
    const image = plan.mode === 'migrate-only' ? from?.image : to.image;
    if (image == null) continue;
    const tag = tagOf(project.name, service, id);
    await shell.run(tagImage(project.place.docker, {image, tag}));
  }
};

const forget = async (context: Context, {folder, project, id}: Deployment): Promise<void> => {
  const {shell, settings} = context;
  const {docker} = project.place;
  const succeeded = deployStates(await readDeploys(settings))
    .filter(({closed}) => closed?.outcome === 'succeeded')
    .map(({deploy}) => deploy);
  const kept = [...new Set([...succeeded, id])].slice(-keptDeploys);
  await forgetOthers(folder, kept);
  const {stdout} = await shell.run(imageTags(docker, `pgkeep/${project.name}/*`));
  for (const tag of stdout.split('\n').filter(Boolean)) {
    const [, deploy = ''] = /:deploy-(\d{8}t\d{6}z)$/.exec(tag) ?? [];
    if (deploy !== '' && !kept.includes(deploy.toUpperCase()))
      await shell.run(untagImage(docker, tag));
  }
};
