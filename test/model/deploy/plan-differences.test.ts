import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {pinnedDefinition} from '../../../lib/model/deploy/definition.ts';
import {type DeployPlan, isDone, type ServicePlan} from '../../../lib/model/deploy/deploy-plan.ts';
import {planDifferences} from '../../../lib/model/deploy/plan-differences.ts';

const it = suite('a plan that was read');

const web: ServicePlan = {
  ...{service: 'web', strategy: 'recreate', reason: 'r', replicas: 1, port: null},
  from: {
    ...{image: 'sha256:1', imageName: 'shop:v1', hash: 'h1', restart: 'always'},
    ...{containers: ['a'], running: ['a']},
  },
  to: {image: 'sha256:2', imageName: 'shop:v2', hash: 'h2'},
};
const plan: DeployPlan = {
  ...{version: 1, mode: 'full', project: 'shop', composeFiles: ['c.yml'], skew: null, sqlite: null},
  database: {service: 'postgres', name: 'app', isOfProject: true, isUp: true, bytes: 1},
  services: [web],
  migration: {service: 'web', command: ['migrate'], image: 'sha256:2', revision: '1', head: '2'},
  findings: [],
};

const rows: readonly (readonly [string, Partial<DeployPlan>, RegExp | undefined])[] = [
  ['nothing', {}, undefined],
  ['the size of the database', {database: {...plan.database, bytes: 2}}, undefined],
  ['the image', {services: [{...web, to: {...web.to, image: 'sha256:3'}}]}, /new image of 'web'/],
  ['the definition', {services: [{...web, to: {...web.to, hash: 'h3'}}]}, /definition of 'web'/],
  ['what serves', {services: [{...web, from: null}]}, /image that serves of 'web'/],
  ['a service more', {services: [web, {...web, service: 'x'}]}, /'x' has come/],
  ['a service less', {services: []}, /'web' has gone/],
  [
    'the revision',
    {migration: {...plan.migration, revision: '0'} as never},
    /revision of the schema/,
  ],
  ['the command', {migration: {...plan.migration, command: ['rm']} as never}, /command of the mig/],
  ['the mode', {mode: 'migrate-only'}, /the mode/],
  ['a file to bring', {sqlite: '/a.db'}, /SQLite/],
];

for (const [name, given, expected] of rows)
  it(`is ${expected ? 'refused' : 'carried out'} where ${name} has changed`, () => {
    const differences = planDifferences(plan, {...plan, ...given}).join('; ');
    if (expected) assert.match(differences, expected);
    else assert.is(differences, '');
  });

it('is done where everything is as it is wanted', () => {
  const services = [{...web, strategy: 'leave' as const}];
  const migration = {...plan.migration, revision: '2'} as DeployPlan['migration'];
  assert.ok(isDone({...plan, services, migration}));
  assert.ok(isDone({...plan, services, migration: null}));
  assert.ok(isDone({...plan, mode: 'migrate-only', migration}));
  assert.not.ok(isDone({...plan, services}));
  assert.not.ok(isDone({...plan, migration}));
  assert.not.ok(isDone({...plan, services, migration, sqlite: '/a.db'}));
  assert.not.ok(isDone({...plan, services, migration: {...migration, head: null} as never}));
});

it('goes back to images by their ids, and builds nothing', () => {
  const rendered = {
    name: 'shop',
    services: {web: {image: 'shop:v1', build: {}}, db: {image: 'pg'}},
  };
  assert.equal(JSON.parse(pinnedDefinition(JSON.stringify(rendered), {web: 'sha256:1'})), {
    name: 'shop',
    services: {web: {image: 'sha256:1', pull_policy: 'never'}, db: {image: 'pg'}},
  });
  assert.throws(() => pinnedDefinition('{"password": "canary', {}), /can not be read/);
});

it.run();
