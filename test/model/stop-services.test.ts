import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {ComposeContainer} from '../../lib/model/compose-service.ts';
import {chooseServices, startOrder} from '../../lib/model/stop-services.ts';
import {faultOf} from '../support/fault.ts';

const it = suite('services to stop');

const here = (service: string, more: Partial<ComposeContainer> = {}): ComposeContainer => ({
  ...{id: `id-${service}`, state: 'running', service, project: 'shop', folder: '/srv/shop'},
  ...{oneOff: 'False', dependsOn: ''},
  ...more,
});
const containers = [
  here('db'),
  here('web', {dependsOn: 'api:service_started:false,db:service_healthy:true'}),
  here('api', {dependsOn: 'db:service_healthy:true,migrate:service_completed_successfully:false'}),
  here('api', {id: 'id-api-2'}),
  here('api', {id: 'once', oneOff: 'True'}),
  here('migrate', {state: 'exited'}),
  here('loop', {state: 'restarting'}),
  here('web', {id: 'elsewhere', folder: '/srv/other', project: 'other'}),
];
const project = {name: undefined, folders: ['/srv/shop']};
const chosen = (names?: readonly string[], more = {}) =>
  chooseServices(containers, {project, own: ['db'], names, ...more});

it('takes all that run but the database, every container of them, and nothing of other projects', () => {
  assert.equal(
    chosen().map(({service, ids}) => [service, ids]),
    [
      ['api', ['id-api', 'id-api-2']],
      ['loop', ['id-loop']],
      ['web', ['id-web']],
    ],
  );
  const other = {name: 'other', folders: []};
  assert.equal(
    chosen(undefined, {project: other}).map(({ids}) => ids),
    [['elsewhere']],
  );
});

it('takes those that are named, as far as they run', () => {
  assert.equal(
    chosen(['web', 'migrate']).map(({service}) => service),
    ['web'],
  );
});

for (const [name, says, hint] of [
  ['db', /'db' is the database's own/, /name the services that use the database/],
  ['migrte', /no container of a service 'migrte'/, /did you mean migrate\?/],
  ['elsewhere', /no container of a service 'elsewhere'/, /its services are api, db, loop/],
] as const)
  it(`refuses to stop '${name}'`, async () => {
    const fault = await faultOf(async () => chosen([name]));
    assert.is(fault.kind, 'usage');
    assert.match(fault.message, says);
    assert.match(fault.hint ?? '', hint);
  });

it('starts what is needed first, and ends where services need each other', () => {
  const names = (order: ReturnType<typeof startOrder>) =>
    order.map((layer) => layer.map(({service}) => service));
  assert.equal(names(startOrder(chosen())), [['api', 'loop'], ['web']]);
  const both = [
    {service: 'a', ids: ['1'], needs: ['b']},
    {service: 'b', ids: ['2'], needs: ['a', 'b']},
  ];
  assert.equal(names(startOrder(both)), [['a', 'b']]);
});

it.run();
