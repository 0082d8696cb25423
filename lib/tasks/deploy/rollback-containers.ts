/** The containers of a rollback: the old ones again, and none of what came with the deploy. */
import {removeKeeping} from '../../commands/container-keeps.ts';
import {stopContainers} from '../../commands/docker.ts';
import {statesOfProject} from '../../io/container-states.ts';
import {keepDefinition, readDefinition, readDeploys} from '../../io/deploy-folder.ts';
import {type DeployState, deployStates, type Facts} from '../../model/deploy/deploy-state.ts';
import {ofService} from '../../model/deploy/plan-services.ts';
import type {Context} from '../context.ts';
import {asKind, type Deployment, inPhaseOf, PhaseError} from './deployment.ts';
import {reachDatabase} from './look.ts';
import {type RollbackPlan, servedBefore} from './plan-rollback.ts';
import {putBack} from './put-back.ts';
import {verifyDeploy} from './verify-deploy.ts';

/**
 * What `switch`, `verify` and `finish` are to a deploy: the old ones serve again, the new ones go. Errors: undecided; the
 * same rollback can be run again.
 */
export const byContainers = async (
  context: Context,
  deployment: Deployment,
  of: DeployState,
): Promise<void> => {
  try {
    const factsOf = (): Facts => ({gaps: deployment.outages.lasted()});
    await inPhaseOf(context, deployment, {phase: 'switch', factsOf}, () =>
      putBack(context, deployment),
    );
    Object.assign(deployment.facts, factsOf());
    await inPhaseOf(context, deployment, {phase: 'verify'}, async () => {
      const server = await reachDatabase(context);
      await verifyDeploy(context, deployment, {server, serving: 'before'});
    });
  } catch (error) {
    throw asKind('undecided', error instanceof PhaseError ? error.cause : error, {
      hint: '`pgkeep deploy status` shows what runs; correct it, then run the rollback again',
    });
  }
  await keepOlder(context, deployment, of);
};

/** What serves again is what was deployed before: its definition is the one to go back to from the next deploy. */
const keepOlder = async ({settings}: Context, {folder, id}: Deployment, of: DeployState) => {
  const [last] = servedBefore(deployStates(await readDeploys(settings)), of);
  const definition = last && (await readDefinition(settings, last.deploy));
  if (definition !== undefined) await keepDefinition(folder, id, definition);
};

/** A service that came with the deploy has no version before it. */
export const removeAdded = async ({shell, reporter}: Context, {added, scene}: RollbackPlan) => {
  const {docker} = scene.project.place;
  const containers = await statesOfProject(shell, scene.project.name);
  for (const service of added)
    for (const {id, status} of ofService(containers, service)) {
      reporter.step(`  ${service}: came with the deploy, and goes with it`);
      if (status === 'running') await shell.run(stopContainers(docker, [id]));
      await shell.run(removeKeeping(docker, id));
    }
};
