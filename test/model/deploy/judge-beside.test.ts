import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {ServiceConfig} from '../../../lib/model/deploy/compose-config.ts';
import type {ServicePlan, Strategy} from '../../../lib/model/deploy/deploy-plan.ts';
import {judgeBeside, type Mounted} from '../../../lib/model/deploy/judge-beside.ts';

const it = suite('what a second container would lose');

const plan = (strategy: Strategy): ServicePlan => ({
  ...{service: 'cache', strategy, reason: '', replicas: 1, port: null},
  from: {
    ...{image: 'sha256:1', imageName: 'cache:1', hash: 'h', restart: 'no'},
    ...{containers: ['c1'], running: ['c1']},
  },
  to: {image: 'sha256:2', imageName: 'cache:2', hash: 'h'},
});
const anonymous = {Type: 'volume', Name: 'ab'.repeat(32), Destination: '/data'};
const mounted = (...mounts: Mounted['mounts']): readonly Mounted[] => [{id: 'c1', mounts}];

const rows: readonly (readonly [
  string,
  Strategy,
  readonly Mounted[],
  ServiceConfig,
  RegExp | undefined,
])[] = [
  [
    'a volume without a name',
    'recreate',
    mounted(anonymous),
    {},
    /keeps \/data in a volume without a name/,
  ],
  ['the same, rolled', 'roll', mounted(anonymous), {}, /keeps \/data/],
  ['the same, left alone', 'leave', mounted(anonymous), {}, undefined],
  ['the same, of another service', 'recreate', [{id: 'c2', mounts: [anonymous]}], {}, undefined],
  ['a named volume', 'recreate', mounted({...anonymous, Name: 'shop_data'}), {}, undefined],
  [
    'a folder of this host',
    'recreate',
    mounted({Type: 'bind', Destination: '/data'}),
    {},
    undefined,
  ],
  ['a fixed name', 'recreate', mounted(), {container_name: 'cache'}, /fixed container_name/],
  ['a fixed name, new', 'new', mounted(), {container_name: 'cache'}, undefined],
];

for (const [name, strategy, mounts, config, expected] of rows)
  it(`${expected ? 'refuses' : 'lets through'} ${name}`, () => {
    const [found] = judgeBeside(
      {name: 'shop', services: {cache: config}},
      [plan(strategy)],
      mounts,
    );
    if (expected) assert.match(found?.what ?? '', expected);
    else assert.is(found, undefined);
  });

it.run();
