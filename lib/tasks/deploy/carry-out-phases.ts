/** Phases 5 to 11: what changes production. A resume begins again with the first that has not ended. */

import type {MigrationPlan} from '../../model/deploy/deploy-plan.ts';
import type {Facts} from '../../model/deploy/deploy-state.ts';
import {type PhaseName, phasesFor} from '../../model/deploy/phases.ts';
import type {Server} from '../connect.ts';
import type {Context} from '../context.ts';
import {backupPhase} from './backup-phase.ts';
import {bringData} from './bring-data.ts';
import {databasePhase} from './database-phase.ts';
import {type Deployment, inPhaseOf} from './deployment.ts';
import {finish} from './finish.ts';
import {lookAtSchema, reachDatabase} from './look.ts';
import {migrationsPhase} from './migrations.ts';
import {switchServices} from './switch-services.ts';
import {verifyDeploy} from './verify-deploy.ts';

/** Errors: PhaseError with what broke it. What phases have left is in `deployment.facts` at every moment. */
export const carryOutPhases = async (
  context: Context,
  deployment: Deployment,
  {ended}: {readonly ended: readonly PhaseName[]},
): Promise<void> => {
  let server: Server | undefined;
  const reached = async () => {
    server ??= await reachDatabase(context);
    return server;
  };
  for (const {name, changes} of phasesFor(deployment.plan.mode)) {
    if (!changes || ended.includes(name)) continue;
    const own = {phase: name, factsOf: (facts: Facts) => facts};
    const facts = await inPhaseOf(context, deployment, own, async () => {
      if (name === 'database') {
        const found = await databasePhase(context, deployment);
        server = found.server;
        return found.facts;
      }
      return workOf(context, deployment, name, await reached());
    });
    Object.assign(deployment.facts, facts);
  }
};

const workOf = async (
  context: Context,
  deployment: Deployment,
  phase: PhaseName,
  server: Server,
): Promise<Facts> => {
  const {plan, lock} = deployment;
  const {migration, sqlite} = plan;
  switch (phase) {
    case 'backup': {
      const {manifest} = await backupPhase(context, {plan, server});
      return {set: manifest.id, schemaBefore: await lookAtSchema(context, server)};
    }
    case 'migrations':
      if (migration !== null && isPending(migration)) {
        await lock.assertHeld();
        return migrationsPhase(context, deployment, {server, migration});
      }
      context.reporter.step(
        migration === null
          ? '  no command is configured (DEPLOY_MIGRATE_COMMAND)'
          : `  nothing is pending: the schema is at '${migration.revision}' already`,
      );
      return notMigrated(migration);
    case 'data':
      if (sqlite !== null) {
        await lock.assertHeld();
        return bringData(context, {file: sqlite, server});
      }
      context.reporter.step('  nothing to bring');
      return {};
    case 'switch':
      await lock.assertHeld();
      return switchServices(context, deployment);
    case 'verify':
      // In the mode that migrates alone the old ones serve on.
      await verifyDeploy(context, deployment, {
        ...{server, serving: plan.mode === 'migrate-only' ? 'before' : 'planned'},
      });
      return {};
    default:
      await finish(context, deployment);
      return {};
  }
};

/** Where the schema is what the new image expects, its command is not run: it may do more than was rehearsed. */
const isPending = ({head, revision}: MigrationPlan): boolean => head === null || head !== revision;

const notMigrated = (migration: MigrationPlan | null): Facts =>
  migration === null
    ? {}
    : {
        ...{migrated: false, head: migration.head},
        ...{revisionBefore: migration.revision, revisionAfter: migration.revision},
      };
