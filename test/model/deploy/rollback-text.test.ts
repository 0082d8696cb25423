import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import type {ServicePlan} from '../../../lib/model/deploy/deploy-plan.ts';
import {leftToDo, rolledServices} from '../../../lib/model/deploy/rollback-text.ts';

const it = suite('what a rollback leaves to do');

const version = (image: string, imageName: string) => ({
  image,
  imageName,
  hash: `hash of ${image}`,
});

/** As a deploy has switched it. */
const switched = (service: string, from: string, to: string, more = {}): ServicePlan => ({
  ...{service, strategy: 'recreate', reason: 'no proxy', replicas: 1, port: null},
  from: {
    ...version(`sha256:old-${service}`, from),
    ...{containers: ['a'], running: ['a'], restart: 'always'},
  },
  to: version(`sha256:new-${service}`, to),
  ...more,
});

const rows: readonly (readonly [
  title: string,
  services: readonly ServicePlan[],
  lines: readonly string[],
])[] = [
  ['nothing', [], []],
  ['a tag', [switched('web', 'shop:1', 'shop:2')], ['shop:2 has to become shop:1']],
  [
    'a tag of two services once',
    [switched('web', 'shop:1', 'shop:2'), switched('job', 'shop:1', 'shop:2')],
    ['shop:2 has to become shop:1'],
  ],
  [
    'a tag that was moved',
    [switched('web', 'shop:latest', 'shop:latest')],
    ['shop:latest is another image by now: what serves is old-web'],
  ],
  [
    'the definition where the image is the same',
    [
      switched('web', 'shop:1', 'shop:1', {
        to: {...version('sha256:old-web', 'shop:1'), hash: 'b'},
      }),
    ],
    ["the definition of 'web' has to become what it was"],
  ],
  [
    'an image that has no name',
    [switched('web', 'sha256:0123456789abcdef', 'shop:3')],
    ['shop:3 has to become the image old-web'],
  ],
  [
    'nothing of a service that was not switched, or came with the deploy',
    [
      switched('web', 'shop:1', 'shop:2', {strategy: 'leave'}),
      switched('mailer', '', 'mail:1', {from: null}),
    ],
    [],
  ],
];

for (const [title, services, lines] of rows)
  it(`names ${title}, whichever way it went`, () => {
    assert.equal(leftToDo({way: 'containers', plan: {services}}), lines);
    // By definition the plan is the other way round already.
    const turned = rolledServices({way: 'containers', plan: {services}});
    assert.equal(leftToDo({way: 'definition', plan: {services: turned}}), lines);
  });

it.run();
