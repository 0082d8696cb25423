/** Ends what keeps deploys out though nobody is at work: a deploy that was killed, a session of a host that is gone. */
import * as catalog from '../../commands/deploy-catalog.ts';
import {deployFolder, note, readDeploys} from '../../io/deploy-folder.ts';
import {type DeployState, deployStates, openDeploy} from '../../model/deploy/deploy-state.ts';
import {OpsError} from '../../model/errors.ts';
import {reachMaintenance, type Server, withServerSession} from '../connect.ts';
import type {Context} from '../context.ts';
import {holderOf, withHostLock} from './deploy-lock.ts';
import {look} from './look.ts';
import {whoIsAtWork} from './status.ts';

export type UnlockPlan = {
  /** A deploy that has no end; it is given up, with everything as it is. */
  readonly open: DeployState | undefined;
  /** The session that has the lock of the database; it is ended. */
  readonly holder: catalog.LockHolder | undefined;
};

export type UnlockRequest = {readonly confirm: (plan: UnlockPlan) => Promise<void>};

/** Errors: locked where a process of this host is at work: its lock ends with it. */
export const unlock = async (context: Context, {confirm}: UnlockRequest): Promise<UnlockPlan> => {
  const atWork = await whoIsAtWork(context);
  if (atWork !== undefined)
    throw new OpsError('locked', `a deploy is at work on this host${atWork}`, {
      hint: 'its lock ends with it: wait, or end that process (kill -TERM); it clears up and says how things are',
    });
  const {plan: first} = await lookForLocks(context);
  // Where nothing is to be ended nothing is touched: no folder is made for a lock.
  if (!first.open && !first.holder) return first;
  const folder = await deployFolder(context.settings);
  return withHostLock(context, {folder, verb: 'deploy unlock'}, async () => {
    const {plan, maintenance} = await lookForLocks(context);
    const {open, holder} = plan;
    if (!open && !holder) return plan;
    await confirm(plan);
    if (maintenance && holder)
      await withServerSession(context, maintenance, (session) =>
        session.query(catalog.endSession(holder.pid)),
      );
    if (open)
      await note(folder, {
        ...{deploy: open.deploy, event: 'closed', outcome: 'abandoned', exit: 137},
        message: 'killed, and given up by an operator: everything stays as it is',
      });
    return plan;
  });
};

type Found = {readonly plan: UnlockPlan; readonly maintenance: Server | undefined};

const lookForLocks = async (context: Context): Promise<Found> => {
  const {server} = await look(context, {mayLackDatabase: true});
  const open = openDeploy(deployStates(await readDeploys(context.settings)));
  const maintenance = server && (await reachMaintenance(context, server.connection));
  const database = server?.facts.database ?? '';
  const holder =
    maintenance &&
    (await withServerSession(context, maintenance, (session) => holderOf(session, database)));
  return {plan: {open, holder}, maintenance};
};
