/** How things are: what runs, what the journal says, and what an operator can do about it. Touches nothing. */
import {existingLockFile, readDeploys} from '../../io/deploy-folder.ts';
import {tryFlock} from '../../io/flock.ts';
import {holderOf as lockHolder} from '../../io/lock.ts';
import type {ContainerState} from '../../model/deploy/container-state.ts';
import {
  type DeployState,
  deployStates,
  hasTouched,
  openDeploy,
} from '../../model/deploy/deploy-state.ts';
import {strayServices, strays} from '../../model/deploy/judge-around.ts';
import {isWanted, ofService} from '../../model/deploy/plan-services.ts';
import {asOpsError} from '../../model/errors.ts';
import {withServerSession} from '../connect.ts';
import type {Context} from '../context.ts';
import {revisionIn} from '../revision.ts';
import {choices} from './after-failure.ts';
import {look, type Scene} from './look.ts';
import {oneOffsOf} from './one-off.ts';
import {whereItStands} from './open-deploys.ts';

export type ContainerRole = 'new' | 'old' | 'other';

export type DeployStatus = {
  readonly project: string;
  /** Whether another process has the lock, and what it says of itself. */
  readonly atWork: string | undefined;
  readonly last: DeployState | undefined;
  readonly containers: readonly (ContainerState & {readonly role: ContainerRole})[];
  readonly database: {
    readonly isUp: boolean;
    readonly revision: string | null;
    readonly problem: string | undefined;
  };
  /** Containers of migrations that are still there. */
  readonly migrations: readonly ContainerState[];
  /** What to do, a sentence each. */
  readonly advice: readonly string[];
};

/** Errors: settings, unavailable where docker or the project can't be read. */
export const status = async (context: Context): Promise<DeployStatus> => {
  const states = deployStates(await readDeploys(context.settings));
  const last = openDeploy(states) ?? states.at(-1);
  const scene = await look(context, {mayLackDatabase: true});
  const {project, containers} = scene;
  const atWork = await whoIsAtWork(context);
  const migrations = await oneOffsOf(context, project.name);
  const left = strays(project.config, containers);
  const own = Object.keys(project.config.services).flatMap((service) =>
    ofService(containers, service),
  );
  return {
    ...{project: project.name, atWork, last, migrations},
    containers: [...own, ...left].map((one) => ({...one, role: roleOf(one, last)})),
    database: await databaseNow(context, scene),
    advice: [
      ...adviceFor({atWork, last, migrations}),
      ...strayServices(left).map(({service, what, hint}) => `'${service}' ${what}: ${hint}`),
    ],
  };
};

/** Undefined where the lock is free. */
export const whoIsAtWork = async ({shell, settings}: Context): Promise<string | undefined> => {
  const file = existingLockFile(settings);
  if (file === undefined) return undefined;
  const lock = await tryFlock(shell, file);
  if (!lock) return (await lockHolder(file)) || ': nobody knows who';
  lock.release();
  return undefined;
};

const roleOf = (one: ContainerState, last: DeployState | undefined): ContainerRole => {
  const plan = last?.facts.plan?.services.find(({service}) => service === one.service);
  if (!plan) return 'other';
  // What was put back serves: it is kept for nothing.
  const isKept = last?.closed === undefined || last.closed.outcome === 'held';
  if (plan.from?.containers.includes(one.id))
    return plan.strategy === 'leave' || !isKept ? 'new' : 'old';
  return isWanted(one, plan) ? 'new' : 'other';
};

const databaseNow = async (
  context: Context,
  {server}: Scene,
): Promise<DeployStatus['database']> => {
  if (!server) return {isUp: false, revision: null, problem: undefined};
  const {revisionSql} = context.settings;
  return withServerSession(context, server, (session) => revisionIn(session, revisionSql)).then(
    (revision) => ({isUp: true, revision, problem: undefined}),
    (error: unknown) => ({isUp: true, revision: null, problem: asOpsError(error).message}),
  );
};

type Known = Pick<DeployStatus, 'atWork' | 'last' | 'migrations'>;

const adviceFor = ({atWork, last, migrations}: Known): readonly string[] => {
  if (atWork !== undefined) return [`a deploy is at work${atWork}: wait for it`];
  const running = migrations
    .filter(({status: how}) => how === 'running')
    .map(
      ({name, deploy}) =>
        `the migration of the deploy ${deploy} still runs in '${name}': \`pgkeep deploy resume\` waits for it, \`rollback\` ends it`,
    );
  if (!last) return running;
  if (last.closed === undefined)
    return [
      ...running,
      hasTouched(last)
        ? `the ${last.verb} ${last.deploy} was killed ${whereItStands(last)}: \`pgkeep deploy resume\` goes on, \`rollback\` goes back`
        : `the ${last.verb} ${last.deploy} was killed before it touched anything: nothing is to be done`,
    ];
  return last.closed.outcome === 'held' ? [...running, choices] : running;
};
