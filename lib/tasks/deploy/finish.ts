/** Phase 11: the old containers go, the images that a rollback needs get names that nobody prunes, what is too old goes. */

import {removeKeeping} from '../../commands/container-keeps.ts';
import {stopContainers} from '../../commands/docker.ts';
import {forgetOthers, keepDefinition, readDeploys} from '../../io/deploy-folder.ts';
import {deployStates} from '../../model/deploy/deploy-state.ts';
import {asOpsError} from '../../model/errors.ts';
import type {Context} from '../context.ts';
import {type Deployment, noteAct} from './deployment.ts';
import {forgetImages, keepNewImages} from './keep-images.ts';
import {sceneOf} from './service-containers.ts';

/** How many deploys can be gone back to. */
const keptDeploys = 5;

/** The new version serves: what fails here is told, and takes nothing back. */
export const finish = async (context: Context, deployment: Deployment): Promise<void> => {
  const {folder, id, project, plan} = deployment;
  const steps: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['the old containers could not be removed', () => removeOld(context, deployment)],
    ['the images could not be given names to keep them', () => keepNewImages(context, deployment)],
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
  await deployment.lock.assertHeld();
  for (const plan of deployment.plan.services) {
    if (plan.strategy === 'leave') continue;
    const {olds} = await sceneOf(context, deployment, plan);
    for (const {id, status} of olds) {
      // As the application ends by itself: what it still does it may do to its end.
      if (status === 'running') await shell.run(stopContainers(docker, [id]));
      await shell.run(removeKeeping(docker, id));
    }
    const containers = olds.map(({id}) => id);
    if (containers.length > 0)
      await noteAct(deployment, {
        ...{phase: 'finish', service: plan.service, act: 'removed', containers},
      });
  }
};

const forget = async (context: Context, {folder, project, id}: Deployment): Promise<void> => {
  const {settings} = context;
  const succeeded = deployStates(await readDeploys(settings))
    .filter(({closed}) => closed?.outcome === 'succeeded')
    .map(({deploy}) => deploy);
  const kept = [...new Set([...succeeded, id])].slice(-keptDeploys);
  await forgetOthers(folder, kept);
  await forgetImages(context, project, kept);
};
