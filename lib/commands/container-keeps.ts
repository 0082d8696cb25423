/** What a container keeps for itself: volumes without a name, which nobody else finds again. */
import type {Command} from '../model/command.ts';

/** `id`, then the mounts, one JSON object a line. */
export const containerMounts = (docker: string, ids: readonly string[]): Command => ({
  file: docker,
  args: [
    ...['inspect', '--type=container', '--format={"id":{{json .ID}},"mounts":{{json .Mounts}}}'],
    ...ids,
  ],
  env: {},
});

/** A container alone: what it has in volumes stays, also where they have no name. */
export const removeKeeping = (docker: string, id: string): Command => ({
  file: docker,
  args: ['rm', '--force', id],
  env: {},
});
