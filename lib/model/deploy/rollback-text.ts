/** What a rollback says of itself before it is confirmed. */
import {shortId} from './container-state.ts';
import type {DeployPlan, ServicePlan} from './deploy-plan.ts';
import type {DeployState} from './deploy-state.ts';
import type {Verdict} from './rehearsal.ts';

export type Rollback = {
  readonly of: DeployState;
  readonly way: 'containers' | 'definition';
  readonly isExact: boolean;
  readonly isMigrated: boolean;
  readonly verdict: Verdict;
  readonly added: readonly string[];
  readonly plan: Pick<DeployPlan, 'services'>;
};

/** From what serves now to what is to serve: by the old containers that is the deploy the other way round. */
export const rolledServices = ({
  way,
  plan,
}: Pick<Rollback, 'way' | 'plan'>): readonly ServicePlan[] =>
  way === 'definition'
    ? plan.services
    : plan.services.flatMap((service) => (service.from === null ? [] : [turned(service)]));

const turned = (plan: ServicePlan): ServicePlan => {
  const {from, to, strategy, replicas} = plan;
  const back = {
    image: from?.image ?? null,
    imageName: from?.imageName ?? '',
    hash: from?.hash ?? '',
  };
  if (strategy === 'leave') return {...plan, to: back, reason: 'it was not switched'};
  const now = {
    ...{image: to.image ?? '', imageName: to.imageName, hash: to.hash, restart: 'no'},
    ...{containers: [], running: Array.from({length: replicas}, () => '')},
  };
  return {...plan, from: now, to: back, reason: 'it is still there'};
};

/**
 * The operator's files still name what was taken back, and his next `docker compose up` would bring it again: what they
 * say, and what they have to say.
 */
export const leftToDo = (rollback: Pick<Rollback, 'way' | 'plan'>): readonly string[] => {
  const lines = rolledServices(rollback).flatMap(({service, strategy, from, to}) => {
    if (strategy === 'leave' || from === null) return [];
    if (from.image === to.image)
      return [`the definition of '${service}' has to become what it was`];
    return [
      from.imageName === to.imageName
        ? `${to.imageName} is another image by now: what serves is ${shortId(to.image ?? '')}`
        : `${nameOf(from)} has to become ${nameOf(to)}`,
    ];
  });
  return [...new Set(lines)];
};

/** A container that was made by an image's id has no name for it. */
const nameOf = ({image, imageName}: {image: string | null; imageName: string}): string =>
  imageName === '' || imageName.startsWith('sha256:')
    ? `the image ${shortId(image ?? imageName)}`
    : imageName;

export const rollbackLines = ({
  of,
  way,
  isExact,
  isMigrated,
  verdict,
  added,
}: Rollback): readonly string[] => [
  `rollback   of the deploy ${of.deploy} of ${of.openedAt} by ${of.user}@${of.host}`,
  way === 'containers'
    ? 'by         the containers from before, which are still there'
    : `by         the images from before, ${isExact ? 'with the definition that was deployed then' : 'with the definition of today: pgkeep did not deploy them'}`,
  `schema     ${isMigrated ? `migrated since; going back by image alone is ${verdict}` : 'as it was before the deploy'}`,
  ...(added.length > 0 ? [`away       ${added.join(', ')}: came with the deploy`] : []),
];
