/** A plan as `pgkeep deploy plan --out FILE` wrote it, read back from a file that anybody may have edited. */
import * as v from 'valibot';
import type {DeployPlan} from './deploy-plan.ts';
import {modes} from './phases.ts';

const text = v.string();
const orNull = <Schema extends v.GenericSchema>(schema: Schema) => v.nullable(schema);

const serviceSchema = v.object({
  service: text,
  strategy: v.picklist(['new', 'roll', 'recreate', 'leave']),
  reason: text,
  from: orNull(
    v.object({
      ...{image: text, imageName: text, hash: text, restart: text},
      ...{containers: v.array(text), running: v.array(text)},
    }),
  ),
  to: v.object({image: orNull(text), imageName: text, hash: text}),
  replicas: v.number(),
  port: orNull(v.number()),
});

const planSchema: v.GenericSchema<unknown, DeployPlan> = v.object({
  version: v.literal(1),
  mode: v.picklist(modes),
  project: text,
  composeFiles: v.array(text),
  database: v.object({
    ...{service: text, name: text, isOfProject: v.boolean(), isUp: v.boolean()},
    bytes: orNull(v.number()),
  }),
  services: v.array(serviceSchema),
  migration: orNull(
    v.object({
      ...{service: text, command: v.array(text), image: orNull(text)},
      ...{revision: orNull(text), head: orNull(text)},
    }),
  ),
  skew: orNull(v.object({revision: orNull(text), head: text})),
  sqlite: orNull(text),
  findings: v.array(
    v.object({
      level: v.picklist(['fault', 'warning']),
      ...{rule: text, where: text, what: text, hint: text},
    }),
  ),
});

/** Errors: SyntaxError for what is no JSON; ValiError naming what does not fit. */
export const parsePlan = (content: string): DeployPlan => v.parse(planSchema, JSON.parse(content));
