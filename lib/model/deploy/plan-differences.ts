/** What has changed between the plan that somebody has read and the plan that would be carried out now. */
import type {DeployPlan, ServicePlan} from './deploy-plan.ts';

/** A sentence each; empty where the same would be done. Findings and sizes do not count. */
export const planDifferences = (read: DeployPlan, now: DeployPlan): readonly string[] => [
  ...differing('the mode', read.mode, now.mode),
  ...differing('the project', read.project, now.project),
  ...differing('the database', read.database.name, now.database.name),
  ...differing('whether the database runs', read.database.isUp, now.database.isUp),
  ...serviceDifferences(read.services, now.services),
  ...differing('the revision of the schema', read.migration?.revision, now.migration?.revision),
  ...differing('the image that migrates', read.migration?.image, now.migration?.image),
  ...differing('the revision to come to', read.migration?.head, now.migration?.head),
  ...differing(
    'the command of the migrations',
    read.migration?.command.join(' '),
    now.migration?.command.join(' '),
  ),
  ...differing('the SQLite file to bring', read.sqlite, now.sqlite),
];

const serviceDifferences = (
  read: readonly ServicePlan[],
  now: readonly ServicePlan[],
): readonly string[] => {
  const names = [...new Set([...read, ...now].map(({service}) => service))].sort();
  return names.flatMap((name) => {
    const [before, after] = [read, now].map((plans) => plans.find(({service}) => service === name));
    if (!before || !after) return [`the service '${name}' ${after ? 'has come' : 'has gone'}`];
    const what = (part: string) => `${part} of '${name}'`;
    return [
      ...differing(what('the new image'), before.to.image, after.to.image),
      ...differing(what('the definition'), before.to.hash, after.to.hash),
      ...differing(what('the way'), before.strategy, after.strategy),
      ...differing(what('the number of containers'), before.replicas, after.replicas),
      ...differing(what('the image that serves'), before.from?.image, after.from?.image),
      ...differing(
        what('the containers that serve'),
        before.from?.running.join(' '),
        after.from?.running.join(' '),
      ),
    ];
  });
};

const differing = (what: string, read: unknown, now: unknown): readonly string[] =>
  read === now || (read == null && now == null) ? [] : [`${what} is another`];
