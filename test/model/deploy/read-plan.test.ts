import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {DeployPlan} from '../../../lib/model/deploy/deploy-plan.ts';
import {parsePlan} from '../../../lib/model/deploy/read-plan.ts';

const it = suite('a plan read from a file');

const plan: DeployPlan = {
  ...{version: 1, mode: 'full', project: 'shop', composeFiles: ['c.yml'], sqlite: null},
  skew: {revision: null, head: '2'},
  database: {service: 'postgres', name: 'app', isOfProject: true, isUp: true, bytes: null},
  services: [
    {
      ...{service: 'web', strategy: 'recreate', reason: 'r', replicas: 1, port: null},
      from: {
        ...{image: 'sha256:1', imageName: 'shop:v1', hash: 'h1', restart: 'on-failure:3'},
        ...{containers: ['a'], running: ['a']},
      },
      to: {image: null, imageName: 'shop:v2', hash: 'h2'},
    },
    {
      ...{service: 'new', strategy: 'new', reason: 'r', replicas: 2, port: 8_000, from: null},
      to: {image: 'sha256:2', imageName: 'shop:v2', hash: 'h2'},
    },
  ],
  migration: {service: 'web', command: ['migrate'], image: 'sha256:2', revision: '1', head: null},
  findings: [{level: 'warning', rule: 'r', where: 'w', what: 'w', hint: 'h'}],
};

it('is what was written', () => {
  assert.equal(parsePlan(JSON.stringify(plan)), plan);
  const bare = {...plan, services: [], migration: null, skew: null, sqlite: '/a.db'};
  assert.equal(parsePlan(JSON.stringify(bare)), bare);
});

const garbage: readonly (readonly [string, unknown])[] = [
  ['nothing', null],
  ['a list', []],
  ['an older or newer version', {...plan, version: 2}],
  ['services that are none', {...plan, services: [{}]}],
  ['a service that is null', {...plan, services: [null]}],
  ['a service without what it is to be', {...plan, services: [{...plan.services[0], to: null}]}],
  ['a command that is one text', {...plan, migration: {...plan.migration, command: 'rm'}}],
  ['a mode that nobody knows', {...plan, mode: 'half'}],
  ['a database that is a name', {...plan, database: 'app'}],
  ['findings that are none', {...plan, findings: {}}],
];

for (const [what, content] of garbage)
  it(`refuses ${what}`, () => assert.throws(() => parsePlan(JSON.stringify(content))));

it('refuses what is no JSON', () => assert.throws(() => parsePlan('{"version": 1,')));

it.run();
