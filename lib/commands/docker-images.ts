/** What is said to docker about images. */
import type {Command} from '../model/command.ts';
import {say} from './docker.ts';

/** The id of an image; fails where it is not here. */
export const imageId = (docker: string, name: string): Command =>
  say(docker, ['image', 'inspect', '--format={{.Id}}', '--', name]);

/** https://docs.docker.com/reference/cli/docker/image/pull/ */
export const pullImage = (docker: string, name: string): Command =>
  say(docker, ['pull', '--quiet', '--', name]);

/** One more name for an image: it keeps `docker image prune --all` from taking it away. */
export const tagImage = (docker: string, {image, tag}: {image: string; tag: string}): Command =>
  say(docker, ['tag', image, tag]);

/** A name taken off an image; the image stays while it has others. */
export const untagImage = (docker: string, tag: string): Command =>
  say(docker, ['rmi', '--no-prune', '--', tag]);

/** The names of images that match a pattern. */
export const imageTags = (docker: string, pattern: string): Command =>
  say(docker, ['image', 'ls', '--no-trunc', '--format={{.Repository}}:{{.Tag}}', pattern]);
