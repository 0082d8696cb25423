/** Images that the plan needs and this host has not: fetched before anything is planned with them. */
import {pullImage} from '../../commands/docker-images.ts';
import {imageOf} from '../../model/deploy/compose-config.ts';
import {OpsError} from '../../model/errors.ts';
import type {Context} from '../context.ts';
import {inPhase} from '../in-phase.ts';
import {imagesOf, type Scene} from './look.ts';

/** The scene with all images. Errors: unavailable naming the image that can't be had. */
export const pullImages = async (context: Context, scene: Scene): Promise<Scene> => {
  const {settings, shell} = context;
  const {project, images} = scene;
  const {config, place} = project;
  const wanted = settings.deployServices ?? Object.keys(config.services);
  const services = [
    ...new Set([...wanted, ...(settings.migrateService ? [settings.migrateService] : [])]),
  ];
  const names = services.flatMap((service) => {
    const definition = config.services[service];
    if (!definition || service === settings.databaseService) return [];
    const name = imageOf(config, service);
    const isMissing = images[name] === undefined && definition.pull_policy !== 'never';
    return isMissing || definition.pull_policy === 'always' ? [name] : [];
  });
  if (names.length === 0) return scene;
  for (const name of new Set(names))
    await inPhase(context, `pulling ${name}`, () => shell.run(pullImage(place.docker, name))).catch(
      (cause: unknown) => {
        shell.signal.throwIfAborted();
        throw new OpsError('unavailable', `the image '${name}' can't be had`, {
          hint: 'see its name, the registry, and docker login; nothing was touched',
          cause: cause instanceof OpsError ? cause.cause : cause,
        });
      },
    );
  return {...scene, images: await imagesOf(context, project)};
};
