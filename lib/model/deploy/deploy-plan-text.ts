/** The plan of a deploy as its operator reads it. */
import {inBytes} from '../amounts.ts';
import {shortId} from './container-state.ts';
import type {DeployPlan, ServicePlan} from './deploy-plan.ts';
import {phasesFor} from './phases.ts';

/** Pairs of a word and what it says. */
export const deployPlanLines = (plan: DeployPlan): readonly (readonly [string, string])[] => [
  ['deploy', `project '${plan.project}', mode ${plan.mode}`],
  ['files', plan.composeFiles.join(', ') || 'as compose finds them'],
  ['database', databaseText(plan)],
  ['schema', schemaText(plan)],
  ...(plan.sqlite === null ? [] : [['data', `${plan.sqlite} is brought, once`] as const]),
  [
    'phases',
    phasesFor(plan.mode)
      .map(({number, name}) => `${number} ${name}`)
      .join(', '),
  ],
];

const databaseText = ({database}: DeployPlan): string => {
  const {service, name, isOfProject, isUp, bytes} = database;
  const where = isOfProject ? `service '${service}'` : 'a server outside the project';
  const how = isUp ? (bytes === null ? 'up' : `up, ${inBytes(bytes)}`) : 'is started';
  return `'${name}' in ${where}: ${how}${isOfProject && isUp ? ', left as it is' : ''}`;
};

const schemaText = ({mode, migration, skew}: DeployPlan): string => {
  if (mode === 'skip-migration')
    return skew === null
      ? 'not migrated'
      : `not migrated: '${skew.revision ?? 'none'}', and the new image expects '${skew.head}'`;
  if (migration === null) return 'no migrations are configured (DEPLOY_MIGRATE_COMMAND)';
  const {revision, head, service, command} = migration;
  if (head !== null && head === revision) return `'${revision}' already, nothing is pending`;
  const to = head === null ? 'what the new image brings' : `'${head}'`;
  return `from ${revision === null ? 'none' : `'${revision}'`} to ${to}: ${command.join(' ')} (image of '${service}')`;
};

/** A row per service: name, way, from, to, why. */
export const serviceRows = ({
  services,
}: Pick<DeployPlan, 'services'>): readonly (readonly string[])[] =>
  services.map((plan) => [plan.service, plan.strategy, fromText(plan), toText(plan), plan.reason]);

export const serviceHead = ['service', 'way', 'now', 'then', 'why'] as const;

const fromText = ({from}: ServicePlan): string =>
  from === null ? '-' : `${nameOf(from.imageName)} ${shortId(from.image)} x${from.running.length}`;

const toText = ({to, replicas}: ServicePlan): string =>
  `${nameOf(to.imageName)} ${to.image === null ? '(is pulled)' : shortId(to.image)} x${replicas}`;

/** An image that was pinned by its id has no other name. */
const nameOf = (imageName: string): string => (imageName.startsWith('sha256:') ? '' : imageName);
