/** Phase 4: the migration on a restored copy, where there is one to run and something to run it on. */
import type {DeployPlan} from '../../model/deploy/deploy-plan.ts';
import type {Facts} from '../../model/deploy/deploy-state.ts';
import {OpsError} from '../../model/errors.ts';
import type {Context} from '../context.ts';
import {setToRehearse} from './backup-phase.ts';
import type {Scene} from './look.ts';
import {rehearse} from './rehearse.ts';

export const rehearsals = ['auto', 'require', 'off'] as const;
export type Rehearsing = (typeof rehearsals)[number];

/**
 * Errors: toolFailed where the migration or the new version fails on the copy; unavailable where it can't be rehearsed and has
 * to be; production is untouched.
 */
export const rehearsalPhase = async (
  context: Context,
  scene: Scene,
  {plan, rehearsing}: {readonly plan: DeployPlan; readonly rehearsing: Rehearsing},
): Promise<Facts> => {
  const {migration} = plan;
  if (migration === null || (migration.head !== null && migration.head === migration.revision))
    return {pending: false, verdict: 'safe', why: 'no migration is pending'};
  const head = migration.head;
  if (rehearsing === 'off') return {...unknown('it was not rehearsed, as you said'), head};
  const {server, project} = scene;
  if (server === undefined) {
    const why = 'there is no database to rehearse with yet';
    if (rehearsing === 'require')
      throw new OpsError('unavailable', why, {hint: 'leave --rehearse out'});
    context.reporter.step(`  ${why}`);
    return {...unknown(why), head};
  }
  try {
    const set = await setToRehearse(context, {plan, server});
    const rehearsal = await rehearse(context, {project, plan, set});
    const {verdict, why, revisionAfter} = rehearsal;
    return {pending: true, rehearsal, verdict, why, head: head ?? revisionAfter};
  } catch (error) {
    context.signal.throwIfAborted();
    if (rehearsing === 'require' || !(error instanceof OpsError) || error.kind !== 'unavailable')
      throw error;
    context.reporter.warn(`it could not be rehearsed: ${error.message}`);
    return {...unknown(`it could not be rehearsed: ${error.message}`), head};
  }
};

const unknown = (why: string) => ({pending: true, verdict: 'unknown', why}) as const;
