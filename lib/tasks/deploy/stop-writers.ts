/** What uses the database stands still while its data go back, and can be started again as it was. */
import {setRestartPolicy} from '../../commands/docker.ts';
import {statesOfProject} from '../../io/container-states.ts';
import {startAll, stopAll} from '../../io/services.ts';
import type {ContainerState} from '../../model/deploy/container-state.ts';
import {OpsError} from '../../model/errors.ts';
import type {Context} from '../context.ts';
import {apartFrom} from './apart.ts';
import {asKind, type Deployment, noteAct} from './deployment.ts';
import {configOf, isJobOf} from './service-containers.ts';
import {untilWell} from './until-well.ts';

export type Stopping<Value> = {
  readonly services: readonly string[];
  /** Those of them that are started again also where the work is done: nothing takes their place. */
  readonly staying: readonly string[];
  readonly work: () => Promise<Value>;
};

const startSeconds = 180;

/**
 * Stops the containers of these services, does the work, and starts them again where it fails. A reboot meanwhile starts
 * none of them. Errors: what the work throws; undecided where they could not be started again.
 */
export const withWritersStopped = async <Value>(
  context: Context,
  deployment: Pick<Deployment, 'id' | 'folder' | 'project' | 'outages'>,
  {services, staying, work}: Stopping<Value>,
): Promise<Value> => {
  const {shell, reporter} = context;
  const {name, place} = deployment.project;
  const running = (await statesOfProject(shell, name)).filter(
    ({service, status, oneOff}) =>
      services.includes(service) && oneOff !== 'True' && status === 'running',
  );
  let value: Value;
  try {
    reporter.step(`stopping ${services.map((service) => `'${service}'`).join(', ')}`);
    for (const one of running) {
      await noteAct(deployment, {
        ...{phase: 'switch', service: one.service, act: 'keeping', containers: [one.id]},
      });
      await shell.run(setRestartPolicy(place.docker, {id: one.id, policy: 'no'}));
    }
    for (const {service} of running) deployment.outages.begin(service, performance.now());
    if (running.length > 0)
      await stopAll(
        shell,
        running.map(({id}) => id),
      );
    value = await work();
  } catch (error) {
    const cause = context.signal.aborted ? context.signal.reason : error;
    await apartFrom(context, startSeconds, (calm) => startAgain(calm, place.docker, running)).catch(
      (problem: unknown) => {
        throw new OpsError(
          'undecided',
          `${cause instanceof Error ? cause.message : String(cause)}; and what was stopped for it could not be started again`,
          {hint: `docker start ${running.map((one) => one.name).join(' ')}`, cause: problem},
        );
      },
    );
    throw cause;
  }
  const stay = running.filter(({service}) => staying.includes(service));
  await serveAgain(context, deployment, stay);
  return value;
};

/** What nothing takes the place of. The work is done: what fails now is not taken back by itself. Errors: undecided. */
const serveAgain = async (
  context: Context,
  deployment: Pick<Deployment, 'project' | 'outages'>,
  stay: readonly ContainerState[],
): Promise<void> => {
  try {
    await startAgain(context, deployment.project.place.docker, stay);
    for (const service of new Set(stay.map((one) => one.service))) {
      const ids = stay.filter((one) => one.service === service).map(({id}) => id);
      const config = configOf(deployment, service);
      await untilWell(context, {service, ids, config, isJob: isJobOf(deployment, service)});
      deployment.outages.end(service, performance.now());
    }
  } catch (error) {
    throw asKind('undecided', context.signal.aborted ? context.signal.reason : error, {
      hint: 'the data have gone back; see `pgkeep deploy status` for what does not run',
    });
  }
};

const startAgain = async (
  {shell}: Context,
  docker: string,
  running: readonly ContainerState[],
): Promise<void> => {
  for (const {id, restartPolicy} of running)
    await shell.run(setRestartPolicy(docker, {id, policy: restartPolicy || 'no'}));
  if (running.length > 0)
    await startAll(
      shell,
      running.map(({id}) => id),
    );
};
