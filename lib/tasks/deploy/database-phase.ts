/** Phase 5: the database is up and takes the application's role. One that runs is left as it is. */
import {upAsItIs} from '../../commands/compose.ts';
import {statesOfProject} from '../../io/container-states.ts';
import {stopAll} from '../../io/services.ts';
import type {Facts} from '../../model/deploy/deploy-state.ts';
import {ofService} from '../../model/deploy/plan-services.ts';
import type {Server} from '../connect.ts';
import type {Context} from '../context.ts';
import {apartFrom} from './apart.ts';
import {asKind, type Deployment} from './deployment.ts';
import {reachDatabase} from './look.ts';
import {scalesFor} from './service-containers.ts';
import {untilWell} from './until-well.ts';

export type Reached = {readonly server: Server; readonly facts: Facts};

/** Errors: toolFailed (exit 7); what was started for it is stopped again. */
export const databasePhase = async (
  context: Context,
  {plan, project}: Pick<Deployment, 'plan' | 'project'>,
): Promise<Reached> => {
  const {isOfProject, isUp, service} = plan.database;
  if (isUp || !isOfProject) return {server: await reachDatabase(context), facts: {}};
  const {shell} = context;
  try {
    const scales = await scalesFor(context, {project}, {service, total: 1});
    await shell.run(upAsItIs(project.place, {service, scales}), {cwd: project.place.folder});
    const config = project.config.services[service] ?? {};
    const own = async () => ofService(await statesOfProject(shell, project.name), service);
    const ids = (await own()).map(({id}) => id);
    await untilWell(context, {service, ids, config, isJob: false});
    // A service's tools are looked for once in a run, and it was not there when this one began.
    return {server: await reachDatabase(context), facts: {startedDatabase: true}};
  } catch (error) {
    await stopAgain(context, project.name, service);
    throw asKind('toolFailed', context.signal.aborted ? context.signal.reason : error, {
      message: `the database service '${service}' did not come up, and is stopped again`,
      hint: `see docker compose logs ${service}`,
    });
  }
};

const stopSeconds = 60;

const stopAgain = (context: Context, project: string, service: string): Promise<void> =>
  apartFrom(context, stopSeconds, async ({shell, reporter}) => {
    try {
      const own = ofService(await statesOfProject(shell, project), service);
      const running = own.filter(({status}) => status === 'running' || status === 'restarting');
      if (running.length > 0)
        await stopAll(
          shell,
          running.map(({id}) => id),
        );
    } catch (error) {
      reporter.warn(`the service '${service}' may still run: ${String(error)}`);
    }
  });
