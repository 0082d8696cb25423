import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {ComposeConfig, ServiceConfig} from '../../../lib/model/deploy/compose-config.ts';
import type {ContainerState} from '../../../lib/model/deploy/container-state.ts';
import {fromBefore, planServices} from '../../../lib/model/deploy/plan-services.ts';
import {inOrder, isJob, needsOf} from '../../../lib/model/deploy/service-order.ts';

const it = suite('the plan of services');

const container = (given: Partial<ContainerState>): ContainerState => ({
  ...{
    id: 'c1',
    name: 'shop-web-1',
    service: 'web',
    oneOff: 'False',
    image: 'sha256:1',
    project: 'shop',
  },
  ...{imageName: 'shop:v1', hash: 'h1', number: '1', status: 'running', health: 'healthy'},
  ...{exitCode: 0, restarts: 0, startedAt: '', restartPolicy: 'always', addresses: {}},
  ...{deploy: '', phase: ''},
  ...given,
});

type Given = {
  readonly web?: ServiceConfig;
  readonly containers?: readonly Partial<ContainerState>[];
  readonly image?: string;
  readonly hash?: string;
  readonly hasProxy?: boolean;
};

const planOf = ({
  web = {},
  containers = [],
  image = 'sha256:1',
  hash = 'h1',
  hasProxy = false,
}: Given) => {
  const [plan] = planServices({
    config: {name: 'shop', services: {web: {image: 'shop:v2', ...web}, postgres: {}}},
    hashes: {web: hash, postgres: 'p'},
    images: {'shop:v2': image},
    containers: containers.map(container),
    ...{databaseService: 'postgres', services: undefined, hasProxy},
  });
  if (!plan) throw new Error('no plan');
  return plan;
};

const other = {image: 'sha256:2'};
const open = {expose: ['8000']};
const rolled = {...other, hasProxy: true, containers: [{}]};

const rows: readonly (readonly [string, Given, string, RegExp])[] = [
  ['a service without a container', {}, 'new', /no container/],
  [
    'one that a deploy made and never started',
    {containers: [{status: 'created'}]},
    'new',
    /no container/,
  ],
  ['one that runs as it is wanted', {containers: [{}]}, 'leave', /as it is wanted/],
  ['one that is starting', {containers: [{health: 'starting'}]}, 'leave', /as it is wanted/],
  [
    'one that runs as it is wanted and is sick',
    {containers: [{health: 'unhealthy'}]},
    'recreate',
    /proxy/,
  ],
  ['one that has been stopped', {containers: [{status: 'exited'}]}, 'recreate', /proxy/],
  ['another image', {...other, containers: [{}]}, 'recreate', /no proxy/],
  ['another definition', {hash: 'h2', containers: [{}]}, 'recreate', /no proxy/],
  ['more containers than are wanted', {containers: [{}, {id: 'c2'}]}, 'recreate', /no proxy/],
  ['fewer than are wanted', {web: {scale: 2}, containers: [{}]}, 'recreate', /no proxy/],
  ['as many as are wanted', {web: {scale: 2}, containers: [{}, {id: 'c2'}]}, 'leave', /wanted/],
  ['a container of compose run', {containers: [{oneOff: 'True'}]}, 'new', /no container/],
  ['a proxy and a port', {...rolled, web: open}, 'roll', /changes over/],
  ['a proxy and no port', rolled, 'recreate', /exposes no port/],
  ['a range of ports', {...rolled, web: {expose: ['8000-8010']}}, 'recreate', /exposes no port/],
  ['udp alone', {...rolled, web: {expose: ['53/udp']}}, 'recreate', /exposes no port/],
  [
    'a fixed name',
    {...rolled, web: {...open, container_name: 'shop'}},
    'recreate',
    /container_name/,
  ],
  [
    'a port of this host',
    {...rolled, web: {...open, ports: [{target: 80, published: '8080'}]}},
    ...(['recreate', /fixed port 8080/] as const),
  ],
  ['any port of this host', {...rolled, web: {...open, ports: [{target: 80}]}}, 'roll', /over/],
  ["this host's network", {...rolled, web: {...open, network_mode: 'host'}}, 'recreate', /network/],
  [
    'a volume that it writes to',
    {...rolled, web: {...open, volumes: [{type: 'volume', source: 'files', target: '/f'}]}},
    ...(['recreate', /writes to files/] as const),
  ],
  [
    'a volume that it reads',
    {
      ...rolled,
      web: {...open, volumes: [{type: 'bind', source: '/c', target: '/c', read_only: true}]},
    },
    ...(['roll', /over/] as const),
  ],
  [
    'nothing that runs',
    {...rolled, web: open, containers: [{status: 'exited'}]},
    'recreate',
    /runs/,
  ],
];

for (const [name, given, strategy, reason] of rows)
  it(`plans ${strategy} for ${name}`, () => {
    const plan = planOf(given);
    assert.is(plan.strategy, strategy);
    assert.match(plan.reason, reason);
  });

it('remembers of what serves all that the way back needs', () => {
  const {from, to} = planOf({
    ...other,
    containers: [
      {},
      {id: 'c0', status: 'exited', image: 'sha256:0'},
      {id: 'c9', status: 'created'},
    ],
  });
  assert.equal(from, {
    ...{image: 'sha256:1', imageName: 'shop:v1', hash: 'h1', restart: 'always'},
    ...{containers: ['c1', 'c0'], running: ['c1']},
  });
  assert.equal(to, {image: 'sha256:2', imageName: 'shop:v2', hash: 'h1'});
});

it('goes back behind a deploy that is held, as long as what served before it is there', () => {
  const sick = planOf({...other, containers: [{id: 'sick'}, {id: 'old', status: 'exited'}]});
  const good = planOf({...other, containers: [{id: 'old', image: 'sha256:0'}]});
  const there = ['sick', 'old'].map((id) => container({id}));
  const plan = fromBefore(sick, {served: [good], containers: there});
  assert.equal(plan.from, {...good.from, containers: ['sick', 'old']});
  assert.is(plan.strategy, sick.strategy);
  assert.equal(fromBefore(sick, {served: [good], containers: there.slice(0, 1)}), sick);
  assert.equal(fromBefore(sick, {served: undefined, containers: there}), sick);
});

const config: ComposeConfig = {
  name: 'shop',
  services: {
    web: {
      depends_on: {
        api: {condition: 'service_healthy'},
        seed: {condition: 'service_completed_successfully'},
      },
    },
    api: {depends_on: {postgres: {condition: 'service_healthy'}}},
    seed: {depends_on: {postgres: {condition: 'service_healthy'}}},
    postgres: {},
    alone: {},
  },
};

it('puts what a service needs before it', () => {
  assert.equal(inOrder(config, ['web', 'api', 'alone']), ['alone', 'api', 'web']);
  assert.equal(inOrder(config, ['web', 'seed', 'api']), ['api', 'seed', 'web']);
  assert.equal(needsOf(config, 'web'), ['api', 'postgres', 'seed']);
  assert.equal(needsOf(config, 'alone'), []);
});

it('takes circles for what they are, a text', () => {
  const services = {
    a: {depends_on: {b: {condition: 'service_started'}}},
    b: {depends_on: {a: {condition: 'service_started'}}},
  };
  assert.equal(inOrder({name: 'x', services}, ['a', 'b']), ['b', 'a']);
  assert.equal(needsOf({name: 'x', services}, 'a'), ['b']);
});

it('knows a job by who waits for its success', () => {
  assert.ok(isJob(config, 'seed'));
  assert.not.ok(isJob(config, 'api'));
  const [seed] = planServices({
    ...{config, hashes: {seed: 'h1'}, images: {'shop-seed': 'sha256:1'}, hasProxy: false},
    ...{databaseService: 'postgres', services: ['seed']},
    containers: [container({service: 'seed', status: 'exited'})],
  });
  assert.is(seed?.strategy, 'leave');
});

it.run();
