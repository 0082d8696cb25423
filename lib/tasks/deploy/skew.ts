/** Where the version that is to serve and the schema that is there would not fit together. */
import type {DeployPlan} from '../../model/deploy/deploy-plan.ts';
import type {Facts} from '../../model/deploy/deploy-state.ts';
import type {Finding} from '../../model/deploy/finding.ts';
import {OpsError} from '../../model/errors.ts';

const flag = '--allow-skew goes on all the same';

/** What a plan alone tells: in the mode without migrations the schema must be what the new image expects. */
export const skewOf = (
  {mode, skew}: DeployPlan,
  {allowsSkew}: {readonly allowsSkew: boolean},
): readonly Finding[] => {
  if (mode !== 'skip-migration' || skew === null || skew.head === skew.revision) return [];
  return [
    {
      ...{level: allowsSkew ? 'warning' : 'fault', rule: 'skew', where: 'the schema'},
      what: `the new image expects the revision '${skew.head}', and the database has '${skew.revision ?? 'none'}'`,
      hint: allowsSkew ? 'you said that it may go on' : `deploy with --mode full; or ${flag}`,
    },
  ];
};

/** In the mode that migrates alone the old version has to live with the new schema. Errors: usage. */
export const refuseSkew = (
  {mode, services}: DeployPlan,
  {verdict, why, pending}: Facts,
  {allowsSkew}: {readonly allowsSkew: boolean},
): void => {
  const serves = services.some(({from}) => (from?.running.length ?? 0) > 0);
  if (mode !== 'migrate-only' || allowsSkew || !serves || pending !== true || verdict === 'safe')
    return;
  throw new OpsError(
    'usage',
    `the version that serves may not live with the new schema: ${verdict ?? 'unknown'}${why === undefined ? '' : `, ${why}`}`,
    {
      hint: `nothing was touched; rehearse it (--rehearse require), deploy with --mode full, or ${flag}`,
    },
  );
};
