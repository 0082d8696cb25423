/** Whether the image of the database and its data are of the same major of PostgreSQL. */
import type {Project} from '../../io/compose-project.ts';
import {statesOfProject} from '../../io/container-states.ts';
import {
  type DataFacts,
  dataInContainer,
  isPlaceThere,
  majorOfData,
  majorOfImage,
} from '../../io/docker-facts.ts';
import {imageOf} from '../../model/deploy/compose-config.ts';
import type {Finding} from '../../model/deploy/finding.ts';
import {dataPlaceOf, judgeMajor, majorByName} from '../../model/deploy/judge-major.ts';
import type {HostImages} from '../../model/deploy/judge-services.ts';
import {ofService} from '../../model/deploy/plan-services.ts';
import type {Context} from '../context.ts';

export type DatabaseData = DataFacts;

type Look = {readonly project: Project; readonly images: HostImages};

/** What was found of the data besides; undefined where the database is no service of the project, or there are none. */
export const checkMajor = async (
  context: Context,
  look: Look,
): Promise<{readonly findings: readonly Finding[]; readonly data: DatabaseData | undefined}> => {
  const {shell, settings} = context;
  const {project, images} = look;
  const service = settings.databaseService;
  if (project.config.services[service] === undefined) return {findings: [], data: undefined};
  const image = imageOf(project.config, service);
  const here = images[image];
  const states = await statesOfProject(shell, project.name);
  const running = ofService(states, service).find(({status}) => status === 'running');
  const data = running
    ? await dataInContainer(shell, running.id)
    : await dataInVolume(context, look);
  // What runs already serves its data.
  if (running && here?.id === running.image) return {findings: [], data};
  const wanted = here ? await majorOfImage(shell, here.id) : majorByName(image);
  const findings = judgeMajor({
    ...{service, image, wanted, data: data?.major},
    hasData: running !== undefined || data !== undefined,
  });
  return {findings, data};
};

/** Read through any image of the project that is here; undefined where there is no volume yet. */
const dataInVolume = async (
  {shell, settings}: Context,
  {project, images}: Look,
): Promise<DatabaseData | undefined> => {
  const {config} = project;
  const place = dataPlaceOf(config, settings.databaseService);
  if (place === undefined || !(await isPlaceThere(shell, place))) return undefined;
  const own = images[imageOf(config, settings.databaseService)];
  const [image] = [own, ...Object.values(images)].flatMap((each) => each ?? []);
  const major = image && (await majorOfData(shell, {image: image.id, place}));
  // An empty volume is as good as none.
  return major === undefined && image ? undefined : {major, bytes: undefined};
};
