import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {createOutages, outageLines} from '../../../lib/model/deploy/outages.ts';

const it = suite('outages');

type Step = readonly ['begin' | 'end', string, number];

const rows: readonly (readonly [title: string, steps: readonly Step[], Record<string, number>])[] =
  [
    ['tells none where none was', [], {}],
    [
      'tells how long one lasted',
      [
        ['begin', 'web', 10.4],
        ['end', 'web', 30.2],
      ],
      {web: 20},
    ],
    ['tells nothing of one that goes on', [['begin', 'web', 10]], {}],
    [
      'takes the first beginning',
      [
        ['begin', 'web', 10],
        ['begin', 'web', 20],
        ['end', 'web', 30],
      ],
      {web: 20},
    ],
    ['takes no end without a beginning', [['end', 'web', 30]], {}],
    [
      'adds up those of one service, and keeps services apart',
      [
        ['begin', 'web', 0],
        ['end', 'web', 5],
        ['begin', 'job', 6],
        ['begin', 'web', 10],
        ['end', 'web', 12],
        ['end', 'job', 7],
      ],
      {web: 7, job: 1},
    ],
    [
      'takes an end that was before its beginning for none',
      [
        ['begin', 'web', 10],
        ['end', 'web', 8],
      ],
      {web: 0},
    ],
  ];

for (const [title, steps, expected] of rows)
  it(title, () => {
    const outages = createOutages();
    for (const [what, service, now] of steps) outages[what](service, now);
    assert.equal(outages.lasted(), expected);
  });

it('says it of those alone that did not serve', () => {
  assert.equal(outageLines({web: 3_200, job: 0}), ["'web' did not serve for 3.2 s"]);
});

it.run();
