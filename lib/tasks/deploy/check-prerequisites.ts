/** Phase 1: whether this host has what a deploy needs. All that is wrong at once; nothing is changed. */
import type {Project} from '../../io/compose-project.ts';
import {readDeploys} from '../../io/deploy-folder.ts';
import * as host from '../../io/docker-facts.ts';
import {freeBytesNear} from '../../io/folder-size.ts';
import type {StoredSet} from '../../io/store.ts';
import {imageOf} from '../../model/deploy/compose-config.ts';
import {deployStates} from '../../model/deploy/deploy-state.ts';
import type {Finding} from '../../model/deploy/finding.ts';
import {judgeNames, servicesToDeploy} from '../../model/deploy/judge-names.ts';
import {judgePorts, wantedPorts} from '../../model/deploy/judge-ports.ts';
import {judgeClock, judgeRoom} from '../../model/deploy/judge-room.ts';
import {type HostImages, judgeServices} from '../../model/deploy/judge-services.ts';
import {judgeStarts} from '../../model/deploy/judge-starts.ts';
import {judgeTools} from '../../model/deploy/judge-tools.ts';
import {judgeVersions} from '../../model/deploy/judge-versions.ts';
import {OpsError} from '../../model/errors.ts';
import {timeOf} from '../../model/set-id.ts';
import type {Context} from '../context.ts';
import {readShelves} from '../find-set.ts';
import {checkMajor, type DatabaseData} from './check-major.ts';

/** Errors: none but an end from outside; what can't be asked is a finding too. */
export const checkPrerequisites = async (
  context: Context,
  project: Project,
): Promise<readonly Finding[]> => {
  const {shell, settings} = context;
  const {config} = project;
  const asked = {
    ...{config, ...settings},
    databaseHost: settings.connection?.libpq['PGHOST'],
  };
  const names = judgeNames(asked);
  const versions = await host.dockerVersionsOf(shell).catch((error: unknown) => {
    shell.signal.throwIfAborted();
    return error instanceof OpsError ? error : Promise.reject(error);
  });
  if (versions instanceof OpsError) return [...names, noAnswer(versions)];
  const services = [...new Set([...servicesToDeploy(asked), ...others(context, project)])];
  const images = await host.imagesOnHost(shell, [
    ...new Set(services.map((name) => imageOf(config, name))),
  ]);
  const {findings, data} = await checkMajor(context, {project, images});
  return [
    ...names,
    ...judgeVersions(versions),
    ...judgeServices(config, {
      ...{services, images},
      engineMajor: Number.parseInt(versions.engine, 10),
    }),
    ...judgeStarts(config, await lastStarts(context)),
    ...(await portFindings(context, {project, services})),
    ...findings,
    ...(await toolFindings(context, {project, data})),
    ...(await roomFindings(context, {images, data})),
  ];
};

/** Besides those that are switched. */
const others = ({settings}: Context, {config}: Project): readonly string[] =>
  [settings.migrateService, settings.databaseService].filter(
    (name): name is string => name !== undefined && config.services[name] !== undefined,
  );

const noAnswer = ({message, hint, cause}: OpsError): Finding => ({
  ...{level: 'fault', rule: 'docker', where: 'this host'},
  what: cause instanceof Error ? `${message}: ${cause.message}` : message,
  hint: hint ?? 'docker version and docker compose version have to answer',
});

/** Of each service the last time that a deploy has measured. */
const lastStarts = async ({settings}: Context): Promise<Readonly<Record<string, number>>> =>
  Object.assign(
    {},
    ...deployStates(await readDeploys(settings)).map(({facts}) => facts.starts ?? {}),
  );

type Wanted = {readonly project: Project; readonly services: readonly string[]};

/** On an engine elsewhere the ports of this host say nothing. */
const portFindings = async (
  {shell, environment}: Context,
  {project, services}: Wanted,
): Promise<readonly Finding[]> => {
  const isElsewhere = /^(tcp|ssh|https?):/.test(environment['DOCKER_HOST'] ?? '');
  const wanted = isElsewhere ? [] : wantedPorts(project.config, services);
  if (wanted.length === 0) return [];
  const published = await host.publishedOnHost(shell);
  return judgePorts(wanted, {
    ...{published, project: project.name},
    taken: await host.takenPorts(wanted),
  });
};

/** A host without any client has none of a major. */
const toolFindings = async (
  {settings, shell, tools, signal}: Context,
  {project, data}: {readonly project: Project; readonly data: DatabaseData | undefined},
): Promise<readonly Finding[]> => {
  const place = settings.tools;
  const local =
    place.kind !== 'local'
      ? []
      : await tools.local().catch(() => {
          signal.throwIfAborted();
          return [];
        });
  const images = place.kind === 'image' ? await host.imagesOnHost(shell, [place.image]) : {};
  return judgeTools({
    ...{tools: place, local: local.map(({version}) => version.major), server: data?.major},
    services: Object.keys(project.config.services),
    isImageHere: Object.values(images).some((image) => image !== undefined),
  });
};

const roomFindings = async (
  context: Context,
  {images, data}: {readonly images: HostImages; readonly data: DatabaseData | undefined},
): Promise<readonly Finding[]> => {
  const {settings, shell, now} = context;
  const {backups, connection} = settings;
  const newest = await newestSet(context, connection?.libpq['PGDATABASE']);
  const room = await host.engineRoom(shell);
  const there = Object.values(images).flatMap((image) => image ?? []);
  return [
    ...judgeClock(now, newest && new Date(timeOf(newest.manifest.id))),
    ...judgeRoom({
      ...{backups, backupsFree: await freeBytesNear(backups)},
      newestSetBytes: newest?.manifest.files.reduce((sum, {bytes}) => sum + bytes, 0),
      dataBytes: data?.bytes,
      ...{root: room?.root, rootFree: room?.free},
      missingImages: Object.keys(images).length - there.length,
      largestImageBytes: Math.max(0, ...there.map(({bytes}) => bytes)),
    }),
  ];
};

/** What can't be read of the sets is for the backup to tell. */
const newestSet = async (
  context: Context,
  database: string | undefined,
): Promise<StoredSet | undefined> => {
  const shelves = database === undefined ? [] : await readShelves(context, database);
  return shelves.flatMap(({sets}) => sets).at(-1);
};
