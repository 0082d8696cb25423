/** Names for the images that a rollback needs: no `docker image prune` takes what has one. */
import {imageTags, tagImage, untagImage} from '../../commands/docker-images.ts';
import type {Project} from '../../io/compose-project.ts';
import type {Context} from '../context.ts';
import type {Deployment} from './deployment.ts';

type Role = 'before' | 'deploy';

/** `pgkeep/shop/web:deploy-20261130t101112z`: no project's name has a slash, so none is taken for another's. */
const tagOf = (deployment: Deployment, service: string, role: Role): string =>
  `pgkeep/${deployment.project.name}/${service}:${role}-${deployment.id}`.toLowerCase();

/** Of what serves now, before it is stopped: by its own name it may be another by then, and then nobody holds it. */
export const keepOldImages = (context: Context, deployment: Deployment): Promise<void> =>
  tagAll(context, deployment, 'before');

/** Of what serves from now on. */
export const keepNewImages = (context: Context, deployment: Deployment): Promise<void> =>
  tagAll(context, deployment, 'deploy');

const tagAll = async ({shell}: Context, deployment: Deployment, role: Role): Promise<void> => {
  const {plan, project} = deployment;
  for (const {service, from, to} of plan.services) {
    const image = role === 'before' || plan.mode === 'migrate-only' ? from?.image : to.image;
    if (image == null) continue;
    const tag = tagOf(deployment, service, role);
    await shell.run(tagImage(project.place.docker, {image, tag}));
  }
};

/** Takes the names of all deploys off but those of these. */
export const forgetImages = async (
  {shell}: Context,
  {name, place}: Project,
  kept: readonly string[],
): Promise<void> => {
  const {stdout} = await shell.run(imageTags(place.docker, `pgkeep/${name}/*`));
  for (const tag of stdout.split('\n').filter(Boolean)) {
    const [, deploy = ''] = /:(?:before|deploy)-(\d{8}t\d{6}z)$/.exec(tag) ?? [];
    if (deploy !== '' && !kept.includes(deploy.toUpperCase()))
      await shell.run(untagImage(place.docker, tag));
  }
};
