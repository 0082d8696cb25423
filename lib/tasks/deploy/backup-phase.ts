/** Phase 6: a proven set of what is there, before anything of it changes. The same sets are what a rehearsal restores. */
import {readDeploys} from '../../io/deploy-folder.ts';
import type {StoredSet} from '../../io/store.ts';
import type {DeployPlan} from '../../model/deploy/deploy-plan.ts';
import {type DeployState, deployStates, hasTouched} from '../../model/deploy/deploy-state.ts';
import {standingOf} from '../../model/proof.ts';
import {backup} from '../backup.ts';
import {type Server, withServerSession} from '../connect.ts';
import type {Context} from '../context.ts';
import {readShelves} from '../find-set.ts';
import {identify} from '../identify.ts';
import {revisionIn} from '../revision.ts';
import {asKind} from './deployment.ts';

const freshMinutes = 15;

/** A whole, proven set that is less than 15 minutes old, or one taken now. Errors: toolFailed (exit 7). */
export const backupPhase = async (
  context: Context,
  {plan, server}: {readonly plan: DeployPlan; readonly server: Server},
): Promise<StoredSet> => {
  const [newest] = await wholeSets(context, server);
  const revision = await revisionOf(context, server);
  if (newest && (await isOfNow(context, newest, revision))) {
    context.reporter.step(
      `the set ${newest.manifest.id} is ${Math.round(ageMinutes(context, newest))} minutes old: taken`,
    );
    return newest;
  }
  return takeNow(context, {plan, server}).catch((error: unknown) => {
    throw asKind('toolFailed', context.signal.aborted ? context.signal.reason : error, {
      message: 'the backup before the deploy failed: nothing was changed',
      hint: 'see why with `pgkeep backup`; the old version still serves',
    });
  });
};

/** What a rehearsal restores: the newest set that has the revision of production, else one taken now. */
export const setToRehearse = async (
  context: Context,
  {plan, server}: {readonly plan: DeployPlan; readonly server: Server},
): Promise<StoredSet> => {
  const revision = plan.migration?.revision ?? null;
  const [newest] = await wholeSets(context, server);
  const isSame = revision !== null && newest?.manifest.app.migrationHead === revision;
  if (newest && (isSame || (await isOfNow(context, newest, revision)))) return newest;
  return takeNow(context, {plan, server});
};

/** Whether a set is what is there: young, of the same revision, and no deploy has changed anything since. */
const isOfNow = async (
  context: Context,
  set: StoredSet,
  revision: string | null,
): Promise<boolean> => {
  const {startedAt, app} = set.manifest;
  if (ageMinutes(context, set) >= freshMinutes || app.migrationHead !== revision) return false;
  const states = deployStates(await readDeploys(context.settings));
  return !states.some((state) => hasTouched(state) && lastMoment(state) > Date.parse(startedAt));
};

const lastMoment = ({openedAt, phases, closed}: DeployState): number =>
  Date.parse(closed?.at ?? phases.at(-1)?.startedAt ?? openedAt);

const revisionOf = (context: Context, server: Server): Promise<string | null> =>
  withServerSession(context, server, (session) =>
    revisionIn(session, context.settings.revisionSql),
  );

/** Of this database and this server, nothing left out, read to its end at least; the newest first. */
const wholeSets = async (context: Context, server: Server): Promise<readonly StoredSet[]> => {
  const shelves = await readShelves(context, server.facts.database);
  const {system} = await identify(context, server.connection);
  return shelves
    .flatMap(({sets}) => sets)
    .filter(({manifest, proofs}) => {
      const {schema, table, excludeTable, excludeTableData} = manifest.settings;
      const isWhole = [schema, table, excludeTable, excludeTableData].every(
        (left) => !Array.isArray(left) || left.length === 0,
      );
      const {proven} = standingOf(proofs);
      const isHere = system === undefined || manifest.server.systemIdentifier === system;
      const isPast = Date.parse(manifest.startedAt) <= nowOf(context).getTime();
      return isWhole && isHere && isPast && (proven === 'archive' || proven === 'restore');
    })
    .toReversed();
};

const takeNow = async (
  context: Context,
  {plan, server}: {readonly plan: DeployPlan; readonly server: Server},
): Promise<StoredSet> => {
  const {settings} = context;
  const images = plan.services.flatMap(({service, from}) =>
    from ? [`${service}=${from.imageName}@${from.image}`] : [],
  );
  const {set} = await backup({...context, now: nowOf(context)}, server.connection, {
    ...{reason: 'before-deploy', format: 'custom', compression: settings.compress, jobs: 1},
    ...{fingerprint: 'content', verify: 'archive', rolePasswords: false},
    filters: {schemas: [], tables: [], excludeTables: [], excludeTableData: []},
    images,
  });
  return set;
};

/** A deploy lasts: the moment of its start, and the time since. */
const nowOf = ({now}: Context): Date => new Date(now.getTime() + performance.now());

const ageMinutes = (context: Context, {manifest}: StoredSet): number =>
  (nowOf(context).getTime() - Date.parse(manifest.startedAt)) / 60_000;
