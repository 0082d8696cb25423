/** Ends what a deploy that was killed has left running: the container of its migration, and the sessions of that. */
import {removeContainer, stopContainers} from '../../commands/docker.ts';
import type {Project} from '../../io/compose-project.ts';
import {withServerSession} from '../connect.ts';
import type {Context} from '../context.ts';
import {reachDatabase} from './look.ts';
import {endSessions, sessionsOf} from './migration-sessions.ts';
import {oneOffsOf} from './one-off.ts';

/** Errors: unavailable, toolFailed. */
export const endOneOffs = async (
  context: Context,
  {name, place}: Project,
  deploy: string,
): Promise<void> => {
  const {shell, reporter} = context;
  const left = (await oneOffsOf(context, name)).filter((one) => one.deploy === deploy);
  for (const one of left) {
    if (one.status === 'running') {
      reporter.step(`ending the migration that still runs in the container '${one.name}'`);
      const sessions = sessionsOf(one, `pgkeep-deploy-${deploy}`);
      await withServerSession(context, await reachDatabase(context), (session) =>
        endSessions(session, sessions, async () => {
          await shell.run(stopContainers(place.docker, [one.id]));
        }),
      );
    }
    await shell.run(removeContainer(place.docker, one.id));
  }
};
