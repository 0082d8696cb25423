import type {Settings} from '../lib/model/settings.ts';

/** How many jobs were asked for; undefined where nobody has, and the processors decide. */
export const jobsGiven = ({
  provenance,
  jobs,
}: Pick<Settings, 'provenance' | 'jobs'>): number | undefined =>
  provenance.find(({name}) => name === 'jobs')?.source === 'default' ? undefined : jobs;
