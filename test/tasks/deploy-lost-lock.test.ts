/** What is answered where the lock of a deploy has been lost: nothing is put back, whoever may be at work by now. */
import {mkdir} from 'node:fs/promises';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {deployFolder, note} from '../../lib/io/deploy-folder.ts';
import type {Facts} from '../../lib/model/deploy/deploy-state.ts';
import type {PhaseName} from '../../lib/model/deploy/phases.ts';
import {answerFailure} from '../../lib/tasks/deploy/after-failure.ts';
import {LockLostError} from '../../lib/tasks/deploy/deploy-lock.ts';
import type {Deployment} from '../../lib/tasks/deploy/deployment.ts';
import {testContext} from '../support/context.ts';
import {withTempFolder} from '../support/temp-folder.ts';

const it = suite('a lock that was lost');

const deploy = '20260101T000000Z';

const rows: readonly (readonly [
  title: string,
  given: {readonly phase: PhaseName; readonly facts: Facts; readonly hasSwitched: boolean},
  outcome: string,
  exit: number,
  says: RegExp,
])[] = [
  [
    'before the migrations: production is what it was',
    {phase: 'migrations', facts: {}, hasSwitched: false},
    'unchanged',
    7,
    /^it was lost$/,
  ],
  [
    'before the switch, the schema as it was',
    {phase: 'switch', facts: {migrated: false, verdict: 'safe'}, hasSwitched: false},
    'unchanged',
    7,
    /^it was lost$/,
  ],
  [
    'before the switch, where going back would be safe',
    {phase: 'switch', facts: {migrated: true, verdict: 'safe'}, hasSwitched: false},
    'held',
    9,
    /^it was lost; the schema has been migrated already$/,
  ],
  [
    'before a switch that had begun and is resumed',
    {phase: 'switch', facts: {migrated: false}, hasSwitched: true},
    'held',
    9,
    /^it was lost; services have been switched already$/,
  ],
];

for (const [title, {phase, facts, hasSwitched}, outcome, exit, says] of rows)
  it(title, () =>
    withTempFolder(async (project) => {
      const context = testContext(project);
      const folder = await deployFolder(context.settings);
      const owner = {host: 'here', user: 'app', pid: 1};
      await note(folder, {deploy, event: 'opened', verb: 'deploy', mode: 'full', ...owner});
      if (hasSwitched)
        await note(folder, {
          ...{deploy, event: 'acted', phase: 'switch', service: 'web', act: 'made'},
          containers: ['a'],
        });
      // Nothing but these is looked at: there are no services to put back.
      const deployment = {id: deploy, folder, facts} as unknown as Deployment;
      const error = new LockLostError('toolFailed', 'it was lost', {hint: 'look around'});
      const answer = await answerFailure(context, deployment, {phase, error});
      assert.is(answer.outcome, outcome);
      assert.is(answer.error.exit, exit);
      assert.match(answer.error.message, says);
      assert.is(answer.error.hint, 'look around');
    }),
  );

it('with a journal that can not be read: held, since it may tell of a switch', () =>
  withTempFolder(async (project) => {
    const context = testContext(project);
    const folder = await deployFolder(context.settings);
    await mkdir(join(folder, 'deploys.jsonl'));
    const deployment = {id: deploy, folder, facts: {}} as unknown as Deployment;
    const error = new LockLostError('toolFailed', 'it was lost', {hint: 'look around'});
    const answer = await answerFailure(context, deployment, {phase: 'switch', error});
    assert.equal([answer.outcome, answer.error.exit], ['held', 9]);
  }));

it.run();
