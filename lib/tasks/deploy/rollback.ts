/**
 * Back to the version before the last deploy: by its old containers where they are still there, else made anew from the
 * definition and the images that were kept. With its data, the database goes back too, and what serves now is kept beside.
 */
import {deployFolder, note, ownerOf, readDeploys} from '../../io/deploy-folder.ts';
import {deployStates, type Facts, openDeploy} from '../../model/deploy/deploy-state.ts';
import {createOutages} from '../../model/deploy/outages.ts';
import {leftToDo} from '../../model/deploy/rollback-text.ts';
import {OpsError} from '../../model/errors.ts';
import type {Context} from '../context.ts';
import {type DeployLock, noLock, withDeployLock, withHostLock} from './deploy-lock.ts';
import {type Deployment, inPhaseOf} from './deployment.ts';
import {carriedToItsEnd, closing, type Deployed, deployed, newId} from './end-of-deploy.ts';
import {endOneOffs} from './end-one-offs.ts';
import {planRollback, type RollbackPlan} from './plan-rollback.ts';
import {proxiedIn} from './resume.ts';
import {byContainers, removeAdded} from './rollback-containers.ts';
import {type DataBack, type DataLoss, dataBack, planDataBack} from './rollback-data.ts';
import {withWritersStopped} from './stop-writers.ts';

export type RollbackRequest = {
  readonly withData: boolean;
  /** Also where the old version is not known to live with the schema. */
  readonly isForced: boolean;
  /** Returns where the operator means it. Errors: usage. */
  readonly confirm: (plan: RollbackPlan, loss: DataLoss | undefined) => Promise<void>;
};

export type RolledBack = Deployed & {
  readonly of: string;
  readonly data: DataBack | undefined;
  /** What the operator's own files still say. */
  readonly leftToDo: readonly string[];
};

/**
 * Errors: usage where there is nothing to take back, or images alone would not do; toolFailed (7), putBack (8), undecided
 * (9) as in a deploy.
 */
export const rollback = async (context: Context, request: RollbackRequest): Promise<RolledBack> => {
  const folder = await deployFolder(context.settings);
  return withHostLock(context, {folder, verb: 'deploy rollback'}, async () => {
    const plan = await planRollback(context);
    refuseUnsafe(plan, request);
    const loss = request.withData ? await planDataBack(context, plan) : undefined;
    await request.confirm(plan, loss);
    await giveUpRollback(context, folder);
    const id = await newId(context);
    await note(folder, {
      ...{deploy: id, event: 'opened', verb: 'rollback', mode: 'skip-migration', ...ownerOf()},
      ...{of: plan.of.deploy, withData: request.withData},
    });
    return withDeployLock(context, plan.scene.server, (lock) =>
      closing(context, {id, folder}, async () => {
        const done = await carriedBack(context, {id, folder, plan, loss, lock});
        await endTaken(folder, plan, id);
        return done;
      }),
    );
  });
};

/** Images alone go back only where they live with the schema that is there. Errors: usage. */
export const refuseUnsafe = (
  {verdict, of, plan}: RollbackPlan,
  {withData, isForced}: Pick<RollbackRequest, 'withData' | 'isForced'>,
): void => {
  if (withData) return;
  if (of.mode === 'migrate-only')
    throw new OpsError(
      'usage',
      `the deploy ${of.deploy} has switched no service: there is no image to go back to`,
      {
        hint: 'nothing was touched; --data takes the database back (what was written since is kept in a set)',
      },
    );
  if (isForced) return;
  if (plan.services.every(({from}) => from === null))
    throw new OpsError(
      'usage',
      `nothing served before the deploy ${of.deploy}: going back takes every service away`,
      {
        hint: 'nothing was touched; deploy another version, or take all of it away with --force',
      },
    );
  if (verdict === 'safe') return;
  const {why} = of.facts;
  throw new OpsError(
    'usage',
    `the schema is another than before the deploy ${of.deploy}, and going back by image alone is ${verdict}${why === undefined || verdict !== of.facts.verdict ? '' : `: ${why}`}`,
    {
      hint: 'nothing was touched; --data takes the database back too (what was written since is kept in a set), --force goes back by image all the same',
    },
  );
};

type Carrying = {
  readonly id: string;
  readonly folder: string;
  readonly plan: RollbackPlan;
  readonly loss: DataLoss | undefined;
  readonly lock: DeployLock;
};

const carriedBack = async (
  context: Context,
  {id, folder, plan, loss, lock}: Carrying,
): Promise<RolledBack> => {
  const {project, of, scene} = plan;
  // Now or never: from here on the way is to the end, where all serves again.
  await lock.assertHeld();
  const own = {phase: 'plan' as const, factsOf: () => ({plan: plan.plan})};
  await inPhaseOf(context, {id, folder}, own, () => endOneOffs(context, scene.project, of.deploy));
  // With older data than it knows, the version that serves now is nothing to go back to.
  const facts: Facts = loss
    ? {
        ...{plan: plan.plan, migrated: true, verdict: 'unknown'},
        revisionAfter: (of.facts.origin ?? of.facts).schemaBefore?.revision ?? null,
      }
    : {plan: plan.plan, verdict: 'safe'};
  const deployment: Deployment = {
    ...{id, folder, project, plan: plan.plan, facts, lock: noLock, outages: createOutages()},
    proxied: plan.way === 'containers' ? proxiedIn(of) : new Map(),
  };
  const data =
    loss &&
    (await withWritersStopped(
      context,
      {...deployment, project: scene.project},
      {
        services: [...plan.plan.services.map(({service}) => service), ...plan.added],
        staying: plan.plan.services.flatMap(({service, strategy}) =>
          strategy === 'leave' ? [service] : [],
        ),
        work: () =>
          inPhaseOf(context, {id, folder}, {phase: 'data', factsOf: factsOfData}, () =>
            dataBack(context, loss),
          ),
      },
    ));
  if (plan.way === 'containers') await byContainers(context, deployment, of);
  else
    await carriedToItsEnd(context, deployment, {
      ended: ['database', 'backup', 'migrations', 'data'],
    });
  await removeAdded(context, plan);
  return {
    ...deployed({deploy: id, outcome: 'succeeded', plan: plan.plan, facts}),
    ...{of: of.deploy, data, leftToDo: leftToDo(plan)},
  };
};

const factsOfData = ({snapshot}: DataBack): Facts => ({setBeforeData: snapshot});

/** A deploy that was killed has its end now. */
const endTaken = async (folder: string, {of}: RollbackPlan, id: string): Promise<void> => {
  if (of.closed !== undefined) return;
  await note(folder, {
    ...{deploy: of.deploy, event: 'closed', outcome: 'put-back', exit: 137},
    message: `killed, and taken back by ${id}`,
  });
};

/** A rollback that was killed is not gone on with: this one begins from what is there. */
const giveUpRollback = async ({settings}: Context, folder: string): Promise<void> => {
  const open = openDeploy(deployStates(await readDeploys(settings)));
  if (open?.verb !== 'rollback') return;
  await note(folder, {
    ...{deploy: open.deploy, event: 'closed', outcome: 'abandoned', exit: 137},
    message: 'killed; a later rollback went on from what was there',
  });
};
