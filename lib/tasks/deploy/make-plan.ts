/** Decides a deploy from what was found; touches nothing. */

import {containerMounts} from '../../commands/container-keeps.ts';
import * as catalog from '../../commands/migrate-staging.ts';
import {askDocker} from '../../io/containers.ts';
import {readDeploys} from '../../io/deploy-folder.ts';
import {imageOf} from '../../model/deploy/compose-config.ts';
import type {DeployPlan, MigrationPlan, ServicePlan} from '../../model/deploy/deploy-plan.ts';
import {deployStates, lastSucceeded} from '../../model/deploy/deploy-state.ts';
import type {Finding} from '../../model/deploy/finding.ts';
import {hasBrought, originOf} from '../../model/deploy/going-back.ts';
import {judgeBeside, type Mounted} from '../../model/deploy/judge-beside.ts';
import type {Mode} from '../../model/deploy/phases.ts';
import {fromBefore, planServices} from '../../model/deploy/plan-services.ts';
import {OpsError} from '../../model/errors.ts';
import {runNoteIn} from '../../model/migrate/run-note.ts';
import {withServerSession} from '../connect.ts';
import type {Context} from '../context.ts';
import type {RunSchema} from '../migrate/left.ts';
import {revisionIn} from '../revision.ts';
import {headOf} from './head.ts';
import type {Scene} from './look.ts';

/** Errors: settings for a mode that asks for what is not configured; unavailable. */
export const makePlan = async (
  context: Context,
  scene: Scene,
  {mode, findings}: {readonly mode: Mode; readonly findings: readonly Finding[]},
): Promise<DeployPlan> => {
  const {settings} = context;
  const {project, containers, images, server, isDatabaseOfProject} = scene;
  const {deployServices: services, databaseService} = settings;
  const served = originOf(deployStates(await readDeploys(settings)))?.held.facts.plan?.services;
  const planned = planServices({
    ...{config: project.config, hashes: project.hashes, images, containers},
    ...{databaseService, services, hasProxy: settings.proxyFile !== undefined},
  }).map((plan) => fromBefore(plan, {served, containers}));
  const migration = mode === 'skip-migration' ? null : await planMigration(context, scene, planned);
  if (mode === 'migrate-only' && migration === null && settings.deploySqlitePath === undefined)
    throw new OpsError('settings', 'there is nothing to migrate: no command is configured', {
      hint: 'set DEPLOY_MIGRATE_COMMAND, such as alembic upgrade head',
    });
  const beside = judgeBeside(project.config, planned, await mountsOf(context, scene, planned));
  return {
    version: 1,
    ...{mode, project: project.name, composeFiles: project.place.files},
    database: {
      ...{service: databaseService, isOfProject: isDatabaseOfProject, isUp: server !== undefined},
      name: server?.facts.database ?? settings.connection?.libpq['PGDATABASE'] ?? '',
      bytes: server?.facts.databaseBytes ?? null,
    },
    services: mode === 'migrate-only' ? planned.map(leftAlone) : planned,
    migration,
    skew: mode === 'skip-migration' ? await skewIn(context, scene, planned) : null,
    sqlite: mode === 'skip-migration' ? null : await sqliteToBring(context, scene),
    findings: mode === 'migrate-only' ? findings : [...findings, ...beside],
  };
};

const mountsOf = async (
  {shell}: Context,
  {project}: Scene,
  plans: readonly ServicePlan[],
): Promise<readonly Mounted[]> => {
  const ids = plans.flatMap(({from}) => from?.containers ?? []);
  return ids.length === 0
    ? []
    : askDocker<Mounted>(shell, containerMounts(project.place.docker, ids));
};

/** What a service is to become is what the migration and the rehearsal go by; it does not become it now. */
const leftAlone = (plan: ServicePlan): ServicePlan => ({
  ...plan,
  strategy: 'leave',
  reason: 'this mode leaves the services alone',
});

const planMigration = async (
  context: Context,
  scene: Scene,
  planned: readonly ServicePlan[],
): Promise<MigrationPlan | null> => {
  const {migrateCommand: command} = context.settings;
  if (command === undefined) return null;
  const service = migratingService(context, scene, planned);
  const revision = await revisionNow(context, scene);
  const head =
    (await headOf(context, scene, service)) ?? (await headBefore(context, scene, service));
  const image = scene.images[imageOf(scene.project.config, service)] ?? null;
  return {service, command, image, revision, head};
};

/** Where nothing is migrated: whether the schema is what the new image expects, where a command tells that. */
const skewIn = async (
  context: Context,
  scene: Scene,
  planned: readonly ServicePlan[],
): Promise<DeployPlan['skew']> => {
  if (context.settings.headCommand === undefined || scene.server === undefined) return null;
  const head = await headOf(context, scene, migratingService(context, scene, planned));
  return head === null ? null : {head, revision: await revisionNow(context, scene)};
};

const migratingService = (
  {settings}: Context,
  {project}: Scene,
  planned: readonly ServicePlan[],
): string => {
  const service = settings.migrateService ?? planned[0]?.service;
  if (service === undefined || project.config.services[service] === undefined)
    throw new OpsError('settings', 'there is no service whose image could run the migrations', {
      hint: 'name one of the project with DEPLOY_MIGRATE_SERVICE (a profile has to be on: COMPOSE_PROFILES)',
    });
  return service;
};

const revisionNow = async (context: Context, {server}: Scene): Promise<string | null> =>
  server
    ? withServerSession(context, server, (session) =>
        revisionIn(session, context.settings.revisionSql),
      )
    : null;

/** Without a command for it: the same image has been migrated with before, and left this revision. */
const headBefore = async (
  {settings}: Context,
  {project, images}: Scene,
  service: string,
): Promise<string | null> => {
  const image = images[imageOf(project.config, service)];
  const {facts} = lastSucceeded(deployStates(await readDeploys(settings))) ?? {};
  const before = facts?.plan?.services.find((one) => one.service === service);
  const isSame = image !== undefined && before?.to.image === image;
  return isSame && facts?.plan?.migration?.service === service
    ? (facts.revisionAfter ?? null)
    : null;
};

/** The file of phase 8 where it has not been brought yet: a migrate leaves a note in its target. */
const sqliteToBring = async (context: Context, {server}: Scene): Promise<string | null> => {
  const path = context.settings.deploySqlitePath;
  if (path === undefined) return null;
  const states = deployStates(await readDeploys(context.settings));
  if (hasBrought(states, path)) return null;
  if (server === undefined) return path;
  const schemas = await withServerSession(context, server, (session) =>
    session.query<RunSchema>(catalog.runSchemas),
  );
  const isBrought = schemas.some(({comment}) => {
    const note = runNoteIn(comment);
    return note?.role === 'before' && note.verb === 'migrate';
  });
  return isBrought ? null : path;
};
