/** One service of a project by itself, for a single command that reaches nothing. */
import type {ServiceConfig} from './compose-config.ts';

/**
 * A definition for compose's input: what the command needs of the service, its image by id, no network, no
 * volume, no port. Values of the environment pass as compose printed them.
 */
export const apartProject = (
  config: ServiceConfig & Readonly<Record<string, unknown>>,
  {name, image}: {readonly name: string; readonly image: string},
): string => {
  const {environment, entrypoint, user, working_dir} = config;
  const service = {environment, entrypoint, user, working_dir};
  return JSON.stringify({
    name,
    services: {
      apart: {
        ...Object.fromEntries(Object.entries(service).filter(([, value]) => value != null)),
        ...{image, pull_policy: 'never', network_mode: 'none', restart: 'no'},
      },
    },
  });
};
