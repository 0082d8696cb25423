/** What is needed before a rehearsal begins: images, names, and what of this host may be seen in it. */
import {imageId, pullImage} from '../../commands/docker-images.ts';
import {harmlessBinds} from '../../io/bind-sources.ts';
import type {Project} from '../../io/compose-project.ts';
import {statesOfProject} from '../../io/container-states.ts';
import {dockerProgram} from '../../io/containers.ts';
import type {Shell} from '../../io/shell.ts';
import {imageOf, type ServiceConfig} from '../../model/deploy/compose-config.ts';
import {databaseHostsOf, whyNotReached} from '../../model/deploy/database-hosts.ts';
import type {DeployPlan} from '../../model/deploy/deploy-plan.ts';
import {ofService} from '../../model/deploy/plan-services.ts';
import {OpsError} from '../../model/errors.ts';
import type {Context} from '../context.ts';

export type Image = {readonly service: string; readonly image: string};

export type Stage = {
  readonly project: Project;
  readonly plan: DeployPlan;
  readonly databaseImage: string;
  /** The names that the copy answers to. */
  readonly aliases: readonly string[];
  /** What serves now; undefined: nothing does. */
  readonly old: readonly Image[] | undefined;
  readonly next: readonly Image[];
  readonly migration: Image | undefined;
  /** Services that are configured with the database. */
  readonly users: readonly string[];
  readonly binds: ReadonlySet<string>;
};

/** Errors: unavailable for an image that is not here, and for an application that looks for its database where no copy can be. */
export const setStage = async (
  context: Context,
  {project, plan}: {readonly project: Project; readonly plan: DeployPlan},
): Promise<Stage> => {
  const {shell} = context;
  const {services} = project.config;
  const migrating = plan.migration?.service;
  if (migrating !== undefined) assertReached(services[migrating], migrating);
  const aliases = aliasesOf(project, plan);
  // The copy stands in for a pooler too.
  const started = plan.services.filter(({service}) => !aliases.includes(service));
  const newImage = async (service: string): Promise<Image> => ({
    service,
    image:
      plan.services.find((each) => each.service === service)?.to.image ??
      (await imageHere(shell, imageOf(project.config, service))),
  });
  const old = started.flatMap(({service, from}) =>
    from === null ? [] : [{service, image: from.image}],
  );
  return {
    ...{project, plan, aliases},
    databaseImage: await databaseImageOf(context, {project, plan}),
    old: old.length === 0 ? undefined : old,
    next:
      plan.mode === 'migrate-only'
        ? []
        : await Promise.all(started.map(({service}) => newImage(service))),
    migration: migrating === undefined ? undefined : await newImage(migrating),
    users: Object.keys(services).filter((name) => isUser(services[name], plan.database.service)),
    binds: harmlessBinds(project.config),
  };
};

const assertReached = (config: ServiceConfig | undefined, service: string): void => {
  const why = databaseHostsOf(config ?? {})
    .map(whyNotReached)
    .find((each) => each !== undefined);
  if (why === undefined) return;
  throw new OpsError('unavailable', `no rehearsal is possible: in '${service}' ${why}`, {
    hint: "let the application reach its database by the service's name at port 5432, or deploy with --rehearse=off",
  });
};

/** Every name that the application may know its database by. */
const aliasesOf = ({config, name}: Project, {database}: DeployPlan): readonly string[] => {
  const service = config.services[database.service];
  const networks = Object.values(service?.networks ?? {}) as readonly ({
    aliases?: readonly string[] | null;
  } | null)[];
  const given = [
    ...(service ? [database.service, `${name}-${database.service}-1`] : []),
    ...(service?.container_name ? [service.container_name] : []),
    ...networks.flatMap((network) => network?.aliases ?? []),
  ];
  const asked = Object.values(config.services)
    .flatMap(databaseHostsOf)
    .filter((each) => whyNotReached(each) === undefined)
    .map(({host}) => host);
  return [...new Set([...given, ...asked])];
};

const isUser = (config: ServiceConfig | undefined, database: string): boolean =>
  config !== undefined &&
  (databaseHostsOf(config).length > 0 || Object.keys(config.depends_on ?? {}).includes(database));

/** What production's database runs, else what it would be started from, else the operator's choice. */
const databaseImageOf = async (
  {shell, settings}: Context,
  {project, plan}: {readonly project: Project; readonly plan: DeployPlan},
): Promise<string> => {
  const {service} = plan.database;
  const states = ofService(await statesOfProject(shell, project.name), service);
  const running = states.find(({status}) => status === 'running');
  if (running) return running.image;
  if (project.config.services[service]) return imageHere(shell, imageOf(project.config, service));
  if (settings.tools.kind === 'image') return settings.tools.image;
  throw new OpsError(
    'unavailable',
    "the database is no service of the project, so the rehearsal does not know its server's image",
    {hint: 'name one of the same major: PGKEEP_TOOLS=image:postgres:15'},
  );
};

/** The id of an image, which is pulled where it is not here. Errors: unavailable. */
const imageHere = async (shell: Shell, name: string): Promise<string> => {
  const docker = dockerProgram(shell);
  const look = async () => (await shell.run(imageId(docker, name))).stdout.trim();
  try {
    return await look();
  } catch {
    shell.signal.throwIfAborted();
  }
  try {
    await shell.run(pullImage(docker, name));
    return await look();
  } catch (error) {
    shell.signal.throwIfAborted();
    throw new OpsError('unavailable', `the image '${name}' is not on this host`, {
      hint: 'build it, or let docker pull it, then run again',
      cause: error instanceof OpsError ? error.cause : error,
    });
  }
};
