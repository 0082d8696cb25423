/** Goes on with a deploy that was killed: what has ended is looked at again, and the rest is done. */
import {deployFolder, note, readDeploys} from '../../io/deploy-folder.ts';
import type {DeployPlan} from '../../model/deploy/deploy-plan.ts';
import {
  type DeployState,
  deployStates,
  hasTouched,
  openDeploy,
} from '../../model/deploy/deploy-state.ts';
import {createOutages} from '../../model/deploy/outages.ts';
import {OpsError} from '../../model/errors.ts';
import type {Context} from '../context.ts';
import {type DeployLock, withDeployLock, withHostLock} from './deploy-lock.ts';
import type {Deployment} from './deployment.ts';
import {carriedToItsEnd, closing, type Deployed, deployed} from './end-of-deploy.ts';
import {look, type Scene} from './look.ts';
import {whereItStands} from './open-deploys.ts';

export type ResumeRequest = {
  readonly confirm: (state: DeployState, plan: DeployPlan) => Promise<void>;
};

/** Errors: usage where there is nothing to resume, or the files say something else by now; as `deploy` then. */
export const resume = async (context: Context, {confirm}: ResumeRequest): Promise<Deployed> => {
  const folder = await deployFolder(context.settings);
  return withHostLock(context, {folder, verb: 'deploy resume'}, async () => {
    const state = openDeploy(deployStates(await readDeploys(context.settings)));
    if (!state) throw nothing();
    if (!hasTouched(state) || state.facts.plan === undefined) {
      const message = 'killed before anything was touched';
      await note(folder, {
        ...{deploy: state.deploy, event: 'closed', outcome: 'unchanged', exit: 137, message},
      });
      throw nothing(`the deploy ${state.deploy} had touched nothing, and is ended`);
    }
    if (state.verb === 'rollback') throw isRollback(state);
    const scene = await look(context);
    const {plan} = state.facts;
    refuseOtherFiles(plan, scene);
    context.reporter.step(`the deploy ${state.deploy} was killed ${whereItStands(state)}`);
    await confirm(state, plan);
    return withDeployLock(context, scene.server, (lock) =>
      closing(context, {id: state.deploy, folder}, () =>
        goneOn(context, {state, plan, scene, folder, lock}),
      ),
    );
  });
};

type Going = {
  readonly state: DeployState;
  readonly plan: DeployPlan;
  readonly scene: Scene;
  readonly folder: string;
  readonly lock: DeployLock;
};

const goneOn = async (
  context: Context,
  {state, plan, scene, folder, lock}: Going,
): Promise<Deployed> => {
  const deployment: Deployment = {
    ...{id: state.deploy, folder, project: scene.project, plan, lock},
    ...{facts: {...state.facts}, proxied: proxiedIn(state), outages: createOutages()},
  };
  const ended = state.phases.flatMap(({phase, endedAt, failure}) =>
    endedAt !== undefined && failure === undefined && phase !== 'database' ? [phase] : [],
  );
  await carriedToItsEnd(context, deployment, {ended});
  return deployed({
    ...{deploy: state.deploy, outcome: 'succeeded', plan, facts: deployment.facts},
  });
};

/** Where the proxy was pointed last. */
export const proxiedIn = ({acts}: DeployState): Deployment['proxied'] =>
  new Map(
    acts.flatMap(({service, act}) =>
      act === 'proxied' || act === 'returned'
        ? [[service, act === 'proxied' ? 'new' : 'old'] as const]
        : [],
    ),
  );

/** What is made from now on must be what was planned. Errors: usage. */
const refuseOtherFiles = ({services}: DeployPlan, {project, images}: Scene): void => {
  const others = services.filter(
    ({service, to}) => project.hashes[service] !== to.hash || images[to.imageName] !== to.image,
  );
  if (others.length === 0) return;
  throw new OpsError(
    'usage',
    `the definition or the image of ${others.map(({service}) => `'${service}'`).join(', ')} is another than when the deploy began`,
    {hint: 'put the files back as they were and resume, or go back: `pgkeep deploy rollback`'},
  );
};

const nothing = (message = 'there is no deploy that was killed'): OpsError =>
  new OpsError('usage', message, {hint: '`pgkeep deploy status` shows how things are'});

const isRollback = ({deploy}: DeployState): OpsError =>
  new OpsError('usage', `${deploy} was a rollback, and is not resumed`, {
    hint: 'run `pgkeep deploy rollback` again: it goes on from what is there',
  });
