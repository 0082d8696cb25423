import {readDeploys} from '../../io/deploy-folder.ts';
import {type DeployState, deployStates} from '../../model/deploy/deploy-state.ts';
import type {Context} from '../context.ts';

/** Every deploy and rollback of the project, oldest first. */
export const history = async ({settings}: Context): Promise<readonly DeployState[]> =>
  deployStates(await readDeploys(settings));
