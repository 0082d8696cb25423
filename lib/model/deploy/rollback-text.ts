/** What a rollback says of itself before it is confirmed. */
import type {DeployState} from './deploy-state.ts';
import type {Verdict} from './rehearsal.ts';

export type Rollback = {
  readonly of: DeployState;
  readonly way: 'containers' | 'definition';
  readonly isExact: boolean;
  readonly isMigrated: boolean;
  readonly verdict: Verdict;
  readonly added: readonly string[];
};

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
    ? 'by         the old containers, which are still there'
    : `by         the images from before, ${isExact ? 'with the definition that was deployed then' : 'with the definition of today: pgkeep did not deploy them'}`,
  `schema     ${isMigrated ? `migrated since; going back by image alone is ${verdict}` : 'as it was before the deploy'}`,
  ...(added.length > 0 ? [`away       ${added.join(', ')}: came with the deploy`] : []),
];
