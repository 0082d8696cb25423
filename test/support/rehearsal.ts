/** The plan of a project's next version and the newest set of its database, for tests that rehearse without the door. */
import {readFile} from 'node:fs/promises';
import {join} from 'node:path';
import {openProject, type Project} from '../../lib/io/compose-project.ts';
import {statesOfProject} from '../../lib/io/container-states.ts';
import {readShelf, shelfFolder} from '../../lib/io/store.ts';
import type {DeployPlan} from '../../lib/model/deploy/deploy-plan.ts';
import {planServices} from '../../lib/model/deploy/plan-services.ts';
import {parseEnvFile} from '../../lib/model/env-file.ts';
import type {Context} from '../../lib/tasks/context.ts';
import {imagesOf} from '../../lib/tasks/deploy/look.ts';
import type {RehearseOptions} from '../../lib/tasks/deploy/rehearse.ts';
import {testContext} from './context.ts';
import type {DeployPlace} from './deploy.ts';

export type SceneOptions = {
  readonly env?: Readonly<Record<string, string>>;
  readonly signal?: AbortSignal;
  /** What the test has otherwise. */
  readonly change?: (found: RehearseOptions) => RehearseOptions;
};

export type RehearsalScene = {readonly context: Context; readonly options: RehearseOptions};

/** What `rehearse` is handed. */
export const rehearsalScene = async (
  {project: folder, envFile, composeFile}: Pick<DeployPlace, 'project' | 'envFile' | 'composeFile'>,
  {env = {}, signal, change = (found) => found}: SceneOptions = {},
): Promise<RehearsalScene> => {
  const text = await readFile(envFile, 'utf8');
  const {values} = parseEnvFile(text);
  const given = Object.fromEntries([...values].map(([key, {value}]) => [key, value]));
  const context = testContext(folder, {...given, ...env}, signal ? {signal} : {});
  const project = await openProject(context.shell, {
    ...context.settings,
    ...{project: folder, composeFile, envFile, composeProject: undefined, environment: {}},
  });
  const {sets} = await readShelf(shelfFolder(join(folder, 'backups'), 'app'));
  const set = sets.at(-1);
  if (!set) throw new Error('there is no set to rehearse with');
  return {context, options: change({project, set, plan: await planOf(context, project)})};
};

const planOf = async (context: Context, project: Project): Promise<DeployPlan> => {
  const {config, hashes, name} = project;
  const {settings, shell} = context;
  const databaseService = settings.databaseService;
  const containers = await statesOfProject(shell, name);
  const images = await imagesOf(context, project);
  const services = planServices({
    ...{config, hashes, images, containers, databaseService},
    ...{services: undefined, hasProxy: false},
  });
  const command = settings.migrateCommand;
  return {
    ...{version: 1, mode: 'full', project: name, composeFiles: [], services},
    database: {service: databaseService, name: 'app', isOfProject: true, isUp: true, bytes: null},
    migration: command ? {service: 'web', command, image: null, revision: null, head: null} : null,
    ...{skew: null, sqlite: null, findings: []},
  };
};
