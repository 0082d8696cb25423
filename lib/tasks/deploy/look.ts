/** What a deploy finds: the project as it is defined, what runs of it, and the database where that is up. Touches nothing. */
import * as catalog from '../../commands/deploy-catalog.ts';
import {imageId} from '../../commands/docker-images.ts';
import {openProject, type Project, projectFrom} from '../../io/compose-project.ts';
import {statesOfProject} from '../../io/container-states.ts';
import {imageOf} from '../../model/deploy/compose-config.ts';
import type {ContainerState} from '../../model/deploy/container-state.ts';
import type {SchemaState} from '../../model/deploy/migration-end.ts';
import {ofService} from '../../model/deploy/plan-services.ts';
import {asOpsError, OpsError} from '../../model/errors.ts';
import {printable} from '../../model/redact.ts';
import {reach, type Server, withServerSession} from '../connect.ts';
import type {Context} from '../context.ts';
import {revisionIn} from '../revision.ts';

export type Scene = {
  readonly project: Project;
  readonly containers: readonly ContainerState[];
  /** Of every service, by name; undefined: not on this host. */
  readonly images: Readonly<Record<string, string | undefined>>;
  readonly isDatabaseOfProject: boolean;
  /** Undefined while the database's container does not run. */
  readonly server: Server | undefined;
};

export type LookOptions = {
  /** A database that runs and does not answer is no error. */
  readonly mayLackDatabase?: boolean;
  /** What stands in for files that compose refuses; undefined where nothing does. */
  readonly definition?: () => Promise<string | undefined>;
};

/** Errors: settings, unavailable. */
export const look = async (
  context: Context,
  {mayLackDatabase = false, definition}: LookOptions = {},
): Promise<Scene> => {
  const {shell, settings} = context;
  const project = await projectOf(context, definition);
  const containers = await statesOfProject(shell, project.name);
  const {databaseService} = settings;
  const isDatabaseOfProject = project.config.services[databaseService] !== undefined;
  const isUp =
    !isDatabaseOfProject ||
    ofService(containers, databaseService).some(({status}) => status === 'running');
  return {
    ...{project, containers, isDatabaseOfProject},
    images: await imagesOf(context, project),
    server: isUp ? await reached(context, {mayLackDatabase}) : undefined,
  };
};

const projectOf = async (
  {shell, settings, environment, reporter, redact}: Context,
  definition: LookOptions['definition'],
): Promise<Project> => {
  try {
    return await openProject(shell, {...settings, environment});
  } catch (error) {
    const kept =
      error instanceof OpsError && error.kind === 'settings' ? await definition?.() : undefined;
    if (kept === undefined) throw error;
    const {message, cause} = asOpsError(error);
    const [why = ''] = redact(cause instanceof Error ? cause.message : '').split('\n');
    reporter.warn(`${message}: going by the definition that was deployed last (${printable(why)})`);
    return projectFrom(shell, settings.project, kept);
  }
};

const reached = async (
  context: Context,
  {mayLackDatabase}: {readonly mayLackDatabase: boolean},
): Promise<Server | undefined> => {
  if (!mayLackDatabase) return reachDatabase(context);
  const settings = {...context.settings, connectAttempts: 1};
  return reachDatabase({...context, settings}).catch((error: unknown) => {
    context.signal.throwIfAborted();
    context.reporter.warn(`the database does not answer: ${asOpsError(error).message}`);
    return undefined;
  });
};

/** The ids of the images of all services. */
export const imagesOf = async (
  {shell}: Context,
  {place, config}: Project,
): Promise<Scene['images']> => {
  const names = [...new Set(Object.keys(config.services).map((name) => imageOf(config, name)))];
  const ids = await Promise.all(names.map((name) => imageIdOf(shell, place.docker, name)));
  return Object.fromEntries(names.map((name, index) => [name, ids[index]]));
};

/** Of an image by name or id; undefined where it is not on this host. */
export const imageIdOf = (
  shell: Context['shell'],
  docker: string,
  name: string,
): Promise<string | undefined> =>
  shell.run(imageId(docker, name)).then(
    ({stdout}) => stdout.trim(),
    () => {
      shell.signal.throwIfAborted();
      return undefined;
    },
  );

/** Errors: settings where none is configured; unavailable. */
export const reachDatabase = (context: Context): Promise<Server> => {
  const {connection, missingConnection} = context.settings;
  if (connection) return reach(context, connection);
  const {message = 'no database is configured', hint = 'set DATABASE_URL'} =
    missingConnection ?? {};
  throw new OpsError('settings', message, {hint});
};

/** Errors: settings for a query of the revision that the server refuses; toolFailed. */
export const lookAtSchema = (context: Context, server: Server): Promise<SchemaState> =>
  withServerSession(context, server, async (session) => {
    const [word = ''] = await session.query<string>(catalog.schemaWord);
    return {
      revision: await revisionIn(session, context.settings.revisionSql),
      word,
      invalidIndexes: await session.query<string>(catalog.invalidIndexes),
    };
  });
