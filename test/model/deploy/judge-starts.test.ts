import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {parseComposeConfig} from '../../../lib/model/deploy/compose-config.ts';
import {judgeStarts} from '../../../lib/model/deploy/judge-starts.ts';

const it = suite('how long services take to start');

const checked = {test: ['CMD', 'check'], interval: '2s', start_period: '10s', retries: 5};

const rows: readonly (readonly [
  title: string,
  healthcheck: object | undefined,
  starts: Record<string, number>,
  says: RegExp | undefined,
])[] = [
  ['has enough time', checked, {web: 16_000}, undefined],
  [
    'was almost called unhealthy',
    checked,
    {web: 16_100},
    /^it took 16 s to become well in its last deploy, and is called unhealthy after 20 s$/,
  ],
  ["goes by docker's own times", {test: ['CMD', 'check']}, {web: 73_000}, /after 1 min 30 s/],
  [
    'passes its first and only check',
    {test: ['CMD', 'check'], interval: '10s', retries: 1},
    {web: 10_300},
    undefined,
  ],
  [
    "leaves docker's own number of tries",
    {test: ['CMD', 'check'], interval: '0s', retries: 0},
    {web: 73_000},
    /after 1 min 30 s/,
  ],
  ['was never started by a deploy', checked, {}, undefined],
  ['is in the file no more', checked, {mailer: 90_000}, undefined],
  ['has no health check', undefined, {web: 90_000}, undefined],
  ['has its health check off', {disable: true}, {web: 90_000}, undefined],
];

for (const [title, healthcheck, starts, says] of rows)
  it(`${says ? 'warns of' : 'says nothing of'} a service that ${title}`, () => {
    const service = {image: 'shop:1', ...(healthcheck ? {healthcheck} : {})};
    const config = parseComposeConfig(JSON.stringify({name: 'shop', services: {web: service}}));
    const found = judgeStarts(config, starts);
    assert.is(found.length, says ? 1 : 0);
    if (!says) return;
    assert.match(found[0]?.what ?? '', says);
    assert.is(found[0]?.level, 'warning');
    assert.is(found[0]?.where, "service 'web'");
  });

it.run();
