import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {ContainerState} from '../../../lib/model/deploy/container-state.ts';
import {
  type Judgement,
  judge,
  longestStart,
  secondsOf,
} from '../../../lib/model/deploy/wellness.ts';

const it = suite('whether a new version is well');

const state = (given: Partial<ContainerState>): ContainerState => ({
  ...{
    id: 'c',
    name: 'web-2',
    service: 'web',
    project: 'shop',
    oneOff: '',
    image: '',
    imageName: '',
    hash: '',
  },
  ...{number: '2', status: 'running', health: 'healthy', exitCode: 0, restarts: 0, startedAt: ''},
  ...{restartPolicy: 'no', addresses: {}, deploy: '', phase: ''},
  ...given,
});

type Given = Partial<ContainerState> & {
  readonly seconds?: number;
  readonly sick?: number;
  readonly isJob?: boolean;
};

const rows: readonly (readonly [string, Given, Exclude<Judgement, object> | RegExp])[] = [
  ['healthy', {}, 'well'],
  ['running without a check', {health: ''}, 'well'],
  ['starting', {health: 'starting'}, 'wait'],
  ['created', {status: 'created', health: ''}, 'wait'],
  ['starting for too long', {health: 'starting', seconds: 61}, /is starting after 61 s/],
  ['ended', {status: 'exited', exitCode: 255}, /ended with exit code 255/],
  ['ended with 0', {status: 'exited'}, /ended with exit code 0/],
  ['being restarted', {status: 'restarting', exitCode: 3}, /' ended, and was started again/],
  ['restarted and healthy again', {restarts: 1}, /^'web-2' ended, and was started again$/],
  ['unhealthy since a moment ago', {health: 'unhealthy', seconds: 8, sick: 1}, 'wait'],
  [
    'unhealthy for ten seconds',
    {health: 'unhealthy', seconds: 13, sick: 10},
    /unhealthy after 13 s/,
  ],
  // A slow start is called unhealthy too: as long again as it took docker to say so.
  ['unhealthy early, after a long check', {health: 'unhealthy', seconds: 40, sick: 15}, 'wait'],
  ['unhealthy as long again', {health: 'unhealthy', seconds: 50, sick: 25}, /unhealthy after 50 s/],
  ['a job at work', {isJob: true, health: ''}, 'wait'],
  ['a job that is done', {isJob: true, status: 'exited'}, 'well'],
  ['a job that failed', {isJob: true, status: 'exited', exitCode: 4}, /exit code 4/],
];

for (const [name, {seconds = 5, sick = 0, isJob = false, ...given}, expected] of rows)
  it(`judges one that is ${name}`, () => {
    const watch = {seconds, unhealthySeconds: sick};
    const judgement = judge([state({}), state(given)].slice(isJob ? 1 : 0), {
      ...{watch, isJob, longest: 60},
    });
    if (expected instanceof RegExp) {
      assert.type(judgement, 'object');
      assert.match((judgement as {failure: string}).failure, expected);
    } else assert.is(judgement, expected);
  });

it('gives a service the time that its definition gives it, and some', () => {
  const healthcheck = {interval: '2s', timeout: '1s', retries: 5, start_period: '1m0s'};
  assert.is(longestStart({healthcheck}, false), 60 + 15 + 30);
  assert.is(longestStart({}, false), 3 * 60 + 30);
  assert.equal(['1m30s', '500ms', '2h', '0s'].map(secondsOf), [90, 0.5, 7_200, 0]);
});

it.run();
