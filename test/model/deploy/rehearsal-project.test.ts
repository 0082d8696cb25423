/** What of a project is started against a copy of its database, and what must not be. */
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {ServiceConfig} from '../../../lib/model/deploy/compose-config.ts';
import {leftOut, rehearsalProject} from '../../../lib/model/deploy/rehearsal-project.ts';
import {preloadedLibraries} from '../../../lib/model/deploy/server-command.ts';

const it = suite('rehearsal project');

type Loose = ServiceConfig & Readonly<Record<string, unknown>>;

const made = (web: Loose, {isChecked = true, binds = [] as readonly string[]} = {}) => {
  const text = rehearsalProject({
    config: {
      ...{name: 'shop', services: {web, postgres: {image: 'postgres:15'}}},
      ...{networks: {front: {name: 'shop_front'}}, volumes: {data: {name: 'shop_data'}}},
      ...{secrets: {key: {file: '/srv/key'}}},
    },
    ...{name: 'copy', network: 'copy', labels: {whose: 'ours'}, isChecked},
    ...{services: [{service: 'web', image: 'sha256:1'}], binds: new Set(binds)},
  });
  return JSON.parse(text);
};

it('has the services asked for and no other, on one network that is there already', () => {
  const {name, services, networks, volumes} = made({});
  assert.equal([name, Object.keys(services)], ['copy', ['web']]);
  assert.equal(networks, {default: {name: 'copy', external: true}});
  assert.is(volumes, undefined);
});

it('pins the image by its id, pulls nothing, restarts nothing', () => {
  const {web} = made({image: 'shop:v2', pull_policy: 'always', restart: 'always'}).services;
  assert.equal([web.image, web.pull_policy, web.restart], ['sha256:1', 'never', 'no']);
  assert.equal(web.networks, {default: null});
});

const harmful: readonly (readonly [key: string, value: unknown])[] = [
  ['ports', [{target: 80, published: '80'}]],
  ['depends_on', {postgres: {condition: 'service_healthy'}}],
  ['container_name', 'shop'],
  ['network_mode', 'host'],
  ['pid', 'host'],
  ['ipc', 'host'],
  ['privileged', true],
  ['cap_add', ['SYS_ADMIN']],
  ['devices', [{source: '/dev/sda', target: '/dev/sda'}]],
  ['extra_hosts', ['postgres=10.0.0.5']],
  ['links', ['postgres']],
  ['external_links', ['shop-postgres-1:postgres']],
  ['volumes_from', ['container:shop-postgres-1']],
  ['logging', {driver: 'gelf'}],
  ['build', {context: '.'}],
  ['profiles', ['tools']],
  ['scale', 3],
  ['deploy', {replicas: 3}],
  ['dns', ['10.0.0.1']],
];

for (const [key, value] of harmful)
  it(`leaves out ${key}`, () => {
    const {web} = made({[key]: value}).services;
    assert.is(web[key], undefined);
  });

it('has labels of its own alone: a proxy or a watcher of production goes by those of the service', () => {
  const {web} = made({labels: {'traefik.enable': 'true'}}).services;
  assert.equal(web.labels, {whose: 'ours'});
});

it('keeps what the application is: command, values, user, secrets', () => {
  const config = {
    ...{command: ['serve', '$$HOME'], entrypoint: ['with'], user: '1000', working_dir: '/app'},
    ...{environment: {A: 'p$$w', B: null}, secrets: [{source: 'key'}], tmpfs: ['/tmp']},
  };
  const definition = made(config);
  const {command, entrypoint, user, working_dir, environment, secrets, tmpfs} =
    definition.services.web;
  assert.equal({command, entrypoint, user, working_dir, environment, secrets, tmpfs}, config);
  assert.equal(definition.secrets, {key: {file: '/srv/key'}});
});

it('asks a server without TLS for none', () => {
  const environment = {
    URL: 'postgres://app@db/app?sslmode=verify-full&x=1',
    PGSSLMODE: 'require',
    OTHER: 'https://example.com?sslmode=allow',
  };
  assert.equal(made({environment}).services.web.environment, {
    URL: 'postgres://app@db/app?sslmode=prefer&x=1',
    PGSSLMODE: 'prefer',
    OTHER: 'https://example.com?sslmode=allow',
  });
});

it('gives an empty volume for each of production, and mounts of this host to be read where they do no harm', () => {
  const volumes = [
    {type: 'volume', source: 'data', target: '/data'},
    {type: 'bind', source: '/srv/config', target: '/config'},
    {type: 'bind', source: '/var/run/docker.sock', target: '/docker.sock'},
    {type: 'tmpfs', target: '/tmp'},
  ];
  assert.equal(made({volumes}, {binds: ['/srv/config']}).services.web.volumes, [
    {type: 'volume', target: '/data'},
    {
      ...{type: 'bind', source: '/srv/config', target: '/config', read_only: true},
      bind: {create_host_path: false},
    },
    {type: 'volume', target: '/docker.sock'},
    {type: 'tmpfs', target: '/tmp'},
  ]);
});

it('says which mounts it leaves out', () => {
  const volumes = ['/srv/config', '/run/docker.sock'].map((source) => ({
    ...{type: 'bind', source, target: '/x'},
  }));
  const [first, ...others] = leftOut(
    {name: 'shop', services: {web: {volumes}, postgres: {volumes}}},
    ['web'],
    new Set(['/srv/config']),
  );
  assert.match(first ?? '', /^'web' has an empty folder at \/x: '\/run\/docker\.sock' /);
  assert.equal(others, []);
});

const checks: readonly (readonly [
  title: string,
  given: ServiceConfig['healthcheck'],
  made: unknown,
])[] = [
  [
    'asks more often, and as long as before',
    {test: ['CMD', 'x'], interval: '30s', retries: 4},
    {test: ['CMD', 'x'], interval: '2s', retries: 60},
  ],
  [
    'takes one that asks often as it is',
    {test: ['CMD', 'x'], interval: '1s', retries: 4},
    {test: ['CMD', 'x'], interval: '1s', retries: 4},
  ],
  ["asks the image's own check more often", undefined, {interval: '2s', retries: 45}],
  ['leaves one disabled that is', {disable: true}, {disable: true}],
  ['leaves NONE disabled', {test: ['NONE']}, {disable: true}],
];

for (const [title, healthcheck, expected] of checks)
  it(`health check: ${title}`, () => {
    assert.equal(made({healthcheck}).services.web.healthcheck, expected);
  });

it('has no health check where a command runs alone', () => {
  const {web} = made({healthcheck: {test: ['CMD', 'x']}}, {isChecked: false}).services;
  assert.equal(web.healthcheck, {disable: true});
});

const commands: readonly (readonly [
  words: readonly string[] | undefined,
  expected: string | undefined,
])[] = [
  [undefined, undefined],
  [['postgres'], undefined],
  [['postgres', '-c', 'shared_preload_libraries=pg_cron,timescaledb'], 'pg_cron,timescaledb'],
  [['postgres', '-cshared_preload_libraries=pg_cron'], 'pg_cron'],
  [['postgres', '--shared-preload-libraries=pg_cron'], 'pg_cron'],
  [['postgres', '-c', 'max_connections=200', '-c', 'shared_preload_libraries = a'], 'a'],
  [['-c', 'shared_preload_libraries=a', '-c', 'shared_preload_libraries=b'], 'b'],
];

for (const [words, expected] of commands)
  it(`reads ${expected ?? 'no'} libraries of ${words?.join(' ') ?? 'no command'}`, () => {
    assert.is(preloadedLibraries(words), expected);
  });

it.run();
