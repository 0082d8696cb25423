import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {
  type ComposeContainer,
  connectionInService,
  type ServiceNetwork,
  serviceContainer,
} from '../../lib/model/compose-service.ts';
import {toolPlace} from '../../lib/model/setting-kinds.ts';
import {faultOf} from '../support/fault.ts';

const it = suite('services of compose');

const here = (service: string, more: Partial<ComposeContainer> = {}): ComposeContainer => ({
  ...{id: `id-${service}`, state: 'running', service, project: 'shop', folder: '/srv/shop'},
  ...{oneOff: 'False', dependsOn: ''},
  ...more,
});
const project = {name: undefined, folders: ['/srv/shop', '/data/shop']};
const there = [
  here('web'),
  here('db', {id: 'once', oneOff: 'True'}),
  here('db', {id: 'old', state: 'exited'}),
  here('db'),
  here('db', {id: 'other', project: 'other', folder: '/srv/other'}),
  here('cache', {state: 'exited'}),
];

it('finds the running container of the project, by folder or by name', () => {
  assert.is(serviceContainer(there, {service: 'db', project}).id, 'id-db');
  const named = {name: 'other', folders: ['/srv/shop']};
  assert.is(serviceContainer(there, {service: 'db', project: named}).id, 'other');
  const linked = {name: undefined, folders: ['/link', '/srv/shop']};
  assert.is(serviceContainer(there, {service: 'db', project: linked}).id, 'id-db');
});

const missing: readonly [string, string, string | undefined, RegExp, RegExp][] = [
  ['stopped', 'cache', undefined, /'cache' is not running: exited/, /docker compose up -d cache/],
  [
    'not there',
    'postgres',
    undefined,
    /no container of a service 'postgres'/,
    /are cache, db, web/,
  ],
  ['of no project', 'db', 'ghost', /project 'ghost' has no container/, /DEPLOY_PROJECT/],
];
for (const [what, service, name, message, hint] of missing)
  it(`says what to do about a service that is ${what}`, async () => {
    const fault = await faultOf(
      () => serviceContainer(there, {service, project: {...project, name}}),
      'unavailable',
    );
    assert.match(fault.message, message);
    assert.match(fault.hint ?? '', hint);
  });

const network: ServiceNetwork = {
  ports: {'5432/tcp': [{HostPort: '15432'}, {HostPort: '15433'}], '9/udp': null},
  networkMode: 'shop_default',
};
const inside = (libpq: Record<string, string>, more: Partial<ServiceNetwork> = {}) =>
  connectionInService({libpq, source: 'test'}, {service: 'db', network: {...network, ...more}})
    .libpq;

it('reaches the same server from inside', () => {
  assert.equal(inside({PGUSER: 'a'}), {PGUSER: 'a'}, "no host is the service's own socket");
  for (const host of ['db', 'db.example.com', '10.1.2.3', 'one,two'])
    assert.equal(inside({PGHOST: host, PGPORT: '5432'}), {PGHOST: host, PGPORT: '5432'});
  for (const host of ['localhost', '127.0.0.1', '::1'])
    for (const port of ['15432', '15433'])
      assert.equal(inside({PGHOST: host, PGPORT: port}), {PGHOST: 'localhost', PGPORT: '5432'});
  assert.equal(inside({PGHOST: 'db.example.com', PGHOSTADDR: '127.0.0.1', PGPORT: '15432'}), {
    ...{PGHOST: 'db.example.com', PGPORT: '5432'},
  });
  const own = {PGHOST: 'localhost', PGPORT: '5432'};
  assert.equal(inside(own, {networkMode: 'host'}), own);
});

it('refuses what is not there inside, and says what would do', async () => {
  const port = await faultOf(() => inside({PGHOST: '127.0.0.1'}), 'unavailable');
  assert.match(port.message, /'db' does not publish port 5432/);
  await faultOf(() => inside({PGHOST: 'localhost', PGPORT: '15432'}, {ports: null}), 'unavailable');
  const socket = await faultOf(() => inside({PGHOST: '/run/postgresql'}), 'unavailable');
  assert.match(socket.message, /socket in '\/run\/postgresql'/);
  for (const name of ['PGPASSFILE', 'PGSERVICE', 'PGSERVICEFILE', 'PGSSLROOTCERT', 'PGSSLKEY']) {
    const fault = await faultOf(() => inside({PGHOST: 'db', [name]: '/x'}), 'settings');
    assert.match(fault.message, new RegExp(`^${name} is a file of this host`));
  }
  assert.is(inside({PGHOST: 'db', PGSSLROOTCERT: 'system'})['PGSSLROOTCERT'], 'system');
});

const {parse} = toolPlace();
it('reads where tools run', () => {
  assert.equal(parse('auto', '/'), {kind: 'auto'});
  assert.equal(parse('compose:my-db_1', '/'), {kind: 'compose', service: 'my-db_1'});
  assert.equal(parse('image:registry:5000/a/postgres:17@sha256:0f', '/'), {
    ...{kind: 'image', image: 'registry:5000/a/postgres:17@sha256:0f'},
  });
});
for (const text of [
  ...['compose:', 'image:', 'compose:db;id', 'compose:db id', 'compose:-v', 'compose:$(id)'],
  ...[
    'compose:a/b',
    'compose:db\n',
    'image:--privileged',
    'image:a b',
    'image:;id',
    'docker',
    'Auto',
    '',
  ],
])
  it(`refuses ${JSON.stringify(text)} as a place for tools`, () =>
    assert.is(parse(text, '/'), undefined));

it.run();
