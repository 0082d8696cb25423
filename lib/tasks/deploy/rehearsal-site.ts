/** Where a rehearsal takes place, and how services are started there. */
import type {ComposePlace} from '../../commands/compose.ts';
import {scratchLabel} from '../../commands/docker.ts';
import {scratchOwner} from '../../io/containers.ts';
import {rehearsalProject} from '../../model/deploy/rehearsal-project.ts';
import type {Copy} from './rehearsal-copy.ts';
import type {Image, Stage} from './rehearsal-stage.ts';

export type Site = {readonly stage: Stage; readonly network: string; readonly copy: Copy};

/** Compose, and the definition of some services for its input. */
export const composeOn = (
  {stage: {project, binds}, network}: Pick<Site, 'stage' | 'network'>,
  services: readonly Image[],
  {isChecked}: {readonly isChecked: boolean},
): {readonly place: ComposePlace; readonly input: string} => ({
  place: {...project.place, files: ['-'], envFile: undefined, name: network, env: {}},
  input: rehearsalProject({
    ...{config: project.config, name: network, network, services, binds, isChecked},
    labels: {[scratchLabel]: scratchOwner()},
  }),
});
