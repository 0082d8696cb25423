/** A definition that was kept, with its images by their ids: what a rollback goes back to. */
import {OpsError} from '../errors.ts';

/** By service. */
export type Pins = Readonly<Record<string, string>>;

/**
 * The text of `docker compose config`, these services' images replaced: by name they may be others by now. Nothing is
 * pulled or built. Errors: notIntact for what is no such text.
 */
export const pinnedDefinition = (rendered: string, pins: Pins): string => {
  try {
    const definition = JSON.parse(rendered) as {services: Record<string, Record<string, unknown>>};
    const services = Object.entries(definition.services).map(([name, service]) => {
      const image = pins[name];
      const {build: _, ...rest} = service;
      return [name, image === undefined ? service : {...rest, image, pull_policy: 'never'}];
    });
    return JSON.stringify({...definition, services: Object.fromEntries(services)});
  } catch (cause) {
    throw new OpsError('notIntact', 'the definition that was kept of that deploy can not be read', {
      hint: 'go back by hand: the images are named in `pgkeep deploy history`',
      cause: cause instanceof SyntaxError ? undefined : cause,
    });
  }
};
