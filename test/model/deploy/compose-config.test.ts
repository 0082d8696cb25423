import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {
  hasHealthcheck,
  imageOf,
  parseComposeConfig,
  profilesOf,
  replicasOf,
} from '../../../lib/model/deploy/compose-config.ts';
import {OpsError} from '../../../lib/model/errors.ts';

const it = suite('a compose project');

const configOf = (services: object) => parseComposeConfig(JSON.stringify({name: 'shop', services}));

const profiles: readonly (readonly [services: object, expected: string])[] = [
  [{}, ''],
  [{web: {image: 'shop:1'}}, ''],
  [{web: {image: 'shop:1', profiles: ['all', 'web']}, job: {profiles: ['all']}}, 'all,web'],
];

for (const [services, expected] of profiles)
  it(`has all its services under the profiles '${expected}'`, () =>
    assert.is(profilesOf(configOf(services)), expected));

const replicas: readonly (readonly [service: object, expected: number])[] = [
  [{}, 1],
  [{deploy: {replicas: 3}}, 3],
  [{scale: 2, deploy: {replicas: 3}}, 2],
];

for (const [service, expected] of replicas)
  it(`has ${expected} containers of ${JSON.stringify(service)}`, () =>
    assert.is(replicasOf(configOf({web: service}).services['web'] ?? {}), expected));

it('names the image of a service that is built', () => {
  const config = configOf({web: {build: {context: '.'}}, job: {image: 'shop:1'}});
  assert.equal([imageOf(config, 'web'), imageOf(config, 'job')], ['shop-web', 'shop:1']);
});

const checks: readonly (readonly [healthcheck: object | null, expected: boolean])[] = [
  [null, false],
  [{test: ['CMD', 'check']}, true],
  [{test: ['NONE']}, false],
  [{disable: true, test: ['CMD', 'check']}, false],
];

for (const [healthcheck, expected] of checks)
  it(`${expected ? 'has' : 'has no'} health check by ${JSON.stringify(healthcheck)}`, () =>
    assert.is(hasHealthcheck(configOf({web: {healthcheck}}).services['web'] ?? {}), expected));

for (const answer of ['', 'no JSON: hunter2', '{"name": "shop", "services": {"web": "hunter2"}}'])
  it(`says nothing of what it can't read: ${JSON.stringify(answer)}`, () => {
    assert.throws(
      () => parseComposeConfig(answer),
      (error: OpsError) =>
        error instanceof OpsError &&
        error.kind === 'unavailable' &&
        error.cause === undefined &&
        !error.message.includes('hunter2'),
    );
  });

it.run();
