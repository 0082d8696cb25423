/**
 * What `docker compose config --format json` says of a project, as far as a deploy goes by it. The text
 * itself holds every value of the environment in clear: it is read, handed on, and never printed.
 * https://docs.docker.com/reference/cli/docker/compose/config/
 */
import * as v from 'valibot';
import {OpsError} from '../errors.ts';

const text = v.string();
const optional = <Schema extends v.GenericSchema>(schema: Schema) => v.optional(v.nullable(schema));

const serviceSchema = v.looseObject({
  image: optional(text),
  build: optional(v.unknown()),
  container_name: optional(text),
  command: optional(v.array(text)),
  environment: optional(v.record(text, v.nullable(text))),
  healthcheck: optional(
    v.looseObject({
      disable: optional(v.boolean()),
      test: optional(v.array(text)),
      interval: optional(text),
      timeout: optional(text),
      retries: optional(v.number()),
      start_period: optional(text),
    }),
  ),
  ports: optional(
    v.array(
      v.looseObject({
        target: v.number(),
        published: optional(text),
        host_ip: optional(text),
        protocol: optional(text),
      }),
    ),
  ),
  expose: optional(v.array(text)),
  volumes: optional(
    v.array(
      v.looseObject({
        type: text,
        source: optional(text),
        target: text,
        read_only: optional(v.boolean()),
      }),
    ),
  ),
  networks: optional(v.record(text, v.nullable(v.looseObject({})))),
  network_mode: optional(text),
  depends_on: optional(v.record(text, v.looseObject({condition: text}))),
  deploy: optional(v.looseObject({replicas: optional(v.number())})),
  scale: optional(v.number()),
  pull_policy: optional(text),
  restart: optional(text),
  labels: optional(v.record(text, text)),
  profiles: optional(v.array(text)),
});

const configSchema = v.looseObject({
  name: text,
  services: v.record(text, serviceSchema),
  networks: optional(v.record(text, v.nullable(v.looseObject({name: optional(text)})))),
  volumes: optional(v.record(text, v.nullable(v.looseObject({name: optional(text)})))),
});

export type ComposeConfig = v.InferOutput<typeof configSchema>;
export type ServiceConfig = v.InferOutput<typeof serviceSchema>;

/** Errors: unavailable for what is not the answer of a compose that pgkeep knows. */
export const parseComposeConfig = (answer: string): ComposeConfig => {
  try {
    return v.parse(configSchema, JSON.parse(answer));
  } catch {
    // What did not fit may be a secret: no cause.
    throw new OpsError('unavailable', 'docker compose config does not answer as pgkeep knows it', {
      hint: 'pgkeep needs compose 2.20 or newer: see docker compose version',
    });
  }
};

/** How many containers of a service there are to be. */
export const replicasOf = ({scale, deploy}: ServiceConfig): number =>
  scale ?? deploy?.replicas ?? 1;

/** What COMPOSE_PROFILES has to say for all services of a definition to count: it has those alone that did when it was read. */
export const profilesOf = ({services}: ComposeConfig): string =>
  [...new Set(Object.values(services).flatMap(({profiles}) => profiles ?? []))].join(',');

/** What compose calls the image of a service that has a `build` and names none. */
export const imageOf = (config: ComposeConfig, service: string): string =>
  config.services[service]?.image ?? `${config.name}-${service}`;

/** Whether docker can tell if a container of it is well. An image may bring a check of its own. */
export const hasHealthcheck = ({healthcheck}: ServiceConfig): boolean =>
  healthcheck != null && healthcheck.disable !== true && healthcheck.test?.[0] !== 'NONE';
