/** What a deploy that was killed has left: ended where it had touched nothing, else its operator's to end. */
import {removeContainer} from '../../commands/docker.ts';
import {note, readDeploys} from '../../io/deploy-folder.ts';
import {
  type DeployState,
  deployStates,
  hasTouched,
  openDeploy,
} from '../../model/deploy/deploy-state.ts';
import {phaseOf} from '../../model/deploy/phases.ts';
import {OpsError} from '../../model/errors.ts';
import type {Context} from '../context.ts';
import type {Scene} from './look.ts';
import {hasEnded, oneOffsOf} from './one-off.ts';

/** Needs the lock of the host. Errors: usage where an operator has to end it first. */
export const refuseOpen = async (context: Context, folder: string): Promise<void> => {
  const open = openDeploy(deployStates(await readDeploys(context.settings)));
  if (!open) return;
  if (hasTouched(open)) throw isOpen(open);
  context.reporter.step(`the ${open.verb} ${open.deploy} was killed before it touched anything`);
  await note(folder, {
    ...{deploy: open.deploy, event: 'closed', outcome: 'unchanged', exit: 137},
    message: 'killed before anything was touched',
  });
};

/** Containers of migrations: one that runs is nobody's to pass over; what has ended goes. Errors: locked. */
export const refuseRunning = async (context: Context, {project}: Scene): Promise<void> => {
  for (const one of await oneOffsOf(context, project.name)) {
    if (!hasEnded(one))
      throw new OpsError(
        'locked',
        `the migration of the deploy ${one.deploy} still runs in the container '${one.name}'`,
        {hint: `wait for it (docker logs -f ${one.name}), or end it: docker stop ${one.name}`},
      );
    await context.shell.run(removeContainer(project.place.docker, one.id));
  }
};

/** Where it stands, in words. */
export const whereItStands = ({phases}: DeployState): string => {
  const last = phases.at(-1);
  if (!last) return 'before its first phase';
  const {number, title} = phaseOf(last.phase);
  return `${last.endedAt === undefined ? 'in' : 'after'} phase ${number} (${title})`;
};

const isOpen = (open: DeployState): OpsError =>
  new OpsError('usage', `the ${open.verb} ${open.deploy} was killed ${whereItStands(open)}`, {
    hint: 'end it first: `pgkeep deploy status` shows how things are; `resume` goes on, `rollback` goes back, `unlock` leaves all as it is',
  });
