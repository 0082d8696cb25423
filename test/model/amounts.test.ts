import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {inPlural} from '../../lib/model/amounts.ts';

const it = suite('amounts');

for (const [count, said] of [
  [0, '0 rows'],
  [1, '1 row'],
  [2, '2 rows'],
  [1_234_567, '1,234,567 rows'],
] as const)
  it(`are told with the right ending: ${said}`, () => assert.is(inPlural(count, 'row'), said));

it.run();
