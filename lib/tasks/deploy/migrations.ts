/**
 * Phase 7: the new image's migrations, in a container of its own. They have succeeded where it ended with 0 *and*
 * the database says so: the expected revision, and no index left unfinished.
 */
import {setTimeout as pause} from 'node:timers/promises';
import type {DeployPlan} from '../../model/deploy/deploy-plan.ts';
import type {Facts} from '../../model/deploy/deploy-state.ts';
import {OpsError} from '../../model/errors.ts';
import type {Context} from '../context.ts';
import type {Deployment} from './deployment.ts';
import {lookAtSchema} from './look.ts';
import {attemptMigration, type Outcome, type Work} from './migration-attempt.ts';
import {oneOffsOf} from './one-off.ts';

const attempts = 3;
const firstDelaySeconds = 2;

/**
 * Errors: toolFailed where production is what it was (exit 7); undecided where it is neither that nor what it was to
 * be (exit 9); what ended the run from outside, where nothing was changed.
 */
export const migrationsPhase = async (
  context: Context,
  deployment: Deployment,
  {server, migration}: Pick<Work, 'server' | 'migration'>,
): Promise<Facts> => {
  const before = deployment.facts.schemaBefore ?? (await lookAtSchema(context, server));
  const head = deployment.facts.head ?? migration.head;
  const work: Work = {deployment, migration, server, before, head};
  const [left] = (await oneOffsOf(context, deployment.project.name)).filter(
    (one) => one.deploy === deployment.id,
  );
  for (let attempt = 1; ; attempt += 1) {
    const outcome = await attemptMigration(context, work, attempt === 1 ? left?.id : undefined);
    const {verdict, after, cutShort} = outcome;
    if (verdict.kind === 'done' && cutShort === undefined)
      return {
        migrated: after.word !== before.word || after.revision !== before.revision,
        ...{revisionBefore: before.revision, revisionAfter: after.revision, head},
        schemaAfter: after,
      };
    if (verdict.kind === 'partial') throw undecided(deployment.plan, verdict.why, outcome.log);
    if (cutShort !== undefined) throw cutShort;
    if (verdict.kind !== 'retry' || attempt === attempts) throw unchanged(deployment.plan, outcome);
    const seconds = firstDelaySeconds * 2 ** (attempt - 1);
    context.reporter.step(
      `the migration gave up on a lock and changed nothing: again in ${seconds} s (${attempt + 1} of ${attempts})`,
    );
    await pause(seconds * 1_000, undefined, {signal: context.signal}).catch(() => {});
    context.signal.throwIfAborted();
  }
};

const undecided = (plan: DeployPlan, why: string, {path, tail}: Outcome['log']): OpsError =>
  new OpsError('undecided', `the migration is neither done nor undone: ${why}`, {
    hint: `${stillThere(plan, 'runs; ')}choose: correct the migration and deploy again, or take the data back with \`pgkeep deploy rollback --data\`. The migration's log: ${path}`,
    cause: new Error(tail || 'it printed nothing'),
  });

const unchanged = (plan: DeployPlan, {verdict, log: {path, tail}}: Outcome): OpsError => {
  const why =
    verdict.kind === 'unchanged' ? verdict.why : `it did not get its lock in ${attempts} attempts`;
  return new OpsError('toolFailed', `the migration failed and changed nothing: ${why}`, {
    hint: `${stillThere(plan, 'serves; ')}the migration's log: ${path}`,
    cause: new Error(tail || 'it printed nothing'),
  });
};

/** Of a first deploy there is no old version. */
const stillThere = ({services}: DeployPlan, what: string): string =>
  services.some(({from}) => from !== null) ? `the old version still ${what}` : '';
