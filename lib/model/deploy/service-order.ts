/** In which order services are switched: what one needs comes before it. */
import type {ComposeConfig} from './compose-config.ts';

/** These services, each after those that it depends on; alphabetical where nothing says otherwise. */
export const inOrder = (config: ComposeConfig, services: readonly string[]): readonly string[] => {
  const ordered: string[] = [];
  const visit = (service: string, path: readonly string[]) => {
    // compose refuses circles; a definition is still only a text.
    if (path.includes(service) || ordered.includes(service)) return;
    const needs = Object.keys(config.services[service]?.depends_on ?? {}).sort();
    for (const needed of needs) visit(needed, [...path, service]);
    ordered.push(service);
  };
  for (const service of [...services].sort()) visit(service, []);
  return ordered.filter((service) => services.includes(service));
};

/** All that a service depends on, near and far. */
export const needsOf = (config: ComposeConfig, service: string): readonly string[] => {
  const found = new Set<string>();
  const visit = (name: string) => {
    for (const needed of Object.keys(config.services[name]?.depends_on ?? {})) {
      if (found.has(needed)) continue;
      found.add(needed);
      visit(needed);
    }
  };
  visit(service);
  found.delete(service);
  return [...found].sort();
};

/** Whether a service is there to run once and to end: somebody waits for its success. */
export const isJob = (config: ComposeConfig, service: string): boolean =>
  Object.values(config.services).some(
    ({depends_on}) => depends_on?.[service]?.condition === 'service_completed_successfully',
  );
