/** One attempt at a migration: started, followed to its end or ended, and judged by what the database says afterwards. */
import {stopContainers} from '../../commands/docker.ts';
import type {MigrationPlan} from '../../model/deploy/deploy-plan.ts';
import {
  judgeMigration,
  type MigrationVerdict,
  type SchemaState,
} from '../../model/deploy/migration-end.ts';
import {OpsError} from '../../model/errors.ts';
import {type Server, withServerSession} from '../connect.ts';
import type {Context} from '../context.ts';
import {apartFrom} from './apart.ts';
import type {Deployment} from './deployment.ts';
import {lookAtSchema} from './look.ts';
import {endSessions, sessionsOf} from './migration-sessions.ts';
import {logOf, removeOneOff, startOneOff, stateOf, untilEnded} from './one-off.ts';
import {watchLocks} from './watch-locks.ts';

export type Work = {
  readonly deployment: Deployment;
  readonly migration: MigrationPlan;
  readonly server: Server;
  readonly before: SchemaState;
  readonly head: string | null;
};

export type Outcome = {
  readonly verdict: MigrationVerdict;
  readonly after: SchemaState;
  readonly log: {readonly path: string; readonly tail: string};
  /** What ended it before its time: Ctrl-C, the time limit. */
  readonly cutShort?: unknown;
};

const stopSeconds = 120;

/**
 * `left` is the container of an attempt that a killed deploy had begun: it is followed, and none is started. Errors:
 * undecided where nobody can say how far it came; toolFailed where it could not be started.
 */
export const attemptMigration = async (
  context: Context,
  work: Work,
  left?: string,
): Promise<Outcome> => {
  const {deployment, migration, server} = work;
  const application = `pgkeep-deploy-${deployment.id}`;
  const {deployLockTimeoutSeconds: lock} = context.settings;
  const env = {PGAPPNAME: application, PGOPTIONS: `-c lock_timeout=${Math.round(lock * 1_000)}`};
  const run = {service: migration.service, words: migration.command, env};
  const container = left ?? (await startOneOff(context, deployment, run));
  const following: Following = {deployment, container, server, application};
  try {
    const ended = await followed(context, following);
    return await outcomeOf(context, work, {container, ...ended});
  } catch (error) {
    const cutShort = context.signal.aborted ? context.signal.reason : error;
    // What is ended from outside is ended wholly before anybody is told how things are.
    return apartFrom(context, stopSeconds, async (calm) => {
      await endedNow(calm, following);
      return {...(await outcomeOf(calm, work, {container, gaveUpOnLock: false})), cutShort};
    }).catch((cause: unknown) => {
      throw unknownEnd(container, cause);
    });
  }
};

type Following = {
  readonly deployment: Deployment;
  readonly container: string;
  readonly server: Server;
  readonly application: string;
};

/** Until it has ended by itself. Errors: toolFailed for the time limit; what ended the run. */
const followed = async (
  context: Context,
  {deployment, container, server, application}: Following,
): Promise<{exitCode: number; gaveUpOnLock: boolean}> => {
  const {migrateTimeoutSeconds} = context.settings;
  const startedAt = performance.now();
  const progress = context.reporter.progress('schema migrations');
  try {
    return await withServerSession(context, server, async (session) => {
      const watch = watchLocks(context, session);
      const end = await untilEnded(context, container, async (state) => {
        await watch.look(sessionsOf(state, application));
        if (performance.now() - startedAt > migrateTimeoutSeconds * 1_000)
          throw tooLong(migrateTimeoutSeconds);
      });
      const {text} = await logOf(context, deployment, container);
      const gaveUpOnLock = watch.hasCancelled() || /lock timeout|\b55P03\b/i.test(text);
      return {exitCode: end.exitCode, gaveUpOnLock};
    });
  } finally {
    progress.end();
  }
};

const endedNow = (
  context: Context,
  {deployment, container, server, application}: Following,
): Promise<void> =>
  withServerSession(context, server, async (session) => {
    const state = await stateOf(context, container);
    context.reporter.step(`ending the migration in the container '${state.name}'`);
    await endSessions(session, sessionsOf(state, application), async () => {
      const {docker} = deployment.project.place;
      if (state.status === 'running') await context.shell.run(stopContainers(docker, [container]));
    });
  });

type Ended = {
  readonly container: string;
  /** Undefined where it was ended from outside. */
  readonly exitCode?: number;
  readonly gaveUpOnLock: boolean;
};

const outcomeOf = async (
  context: Context,
  {deployment, server, before, head}: Work,
  {container, exitCode, gaveUpOnLock}: Ended,
): Promise<Outcome> => {
  const log = await logOf(context, deployment, container);
  const after = await lookAtSchema(context, server);
  const verdict = judgeMigration({before, after, exitCode, head, gaveUpOnLock});
  const {docker} = deployment.project.place;
  await removeOneOff(context, docker, await stateOf(context, container));
  return {verdict, after, log};
};

const tooLong = (seconds: number): OpsError =>
  new OpsError('toolFailed', `the migration was not done within ${seconds} s, and was ended`, {
    hint: 'see what it waits for; DEPLOY_MIGRATE_TIMEOUT gives it longer',
  });

const unknownEnd = (container: string, cause: unknown): OpsError =>
  new OpsError(
    'undecided',
    `nobody can say how far the migration came: its container ${container.slice(0, 12)} or the database does not answer`,
    {hint: '`pgkeep deploy status` looks again; then `pgkeep deploy resume` or `rollback`', cause},
  );
