import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {parseBaseline, serialiseBaseline} from '../../lib/model/baseline.ts';

const it = suite('baseline');

it('reads what it wrote', () => {
  const baseline = new Map([
    ['7000000000000000000', '20261120T031500Z'],
    ['unknown [["tables",["a b"]]]', '20261119T031500Z'],
  ]);
  assert.equal(parseBaseline(serialiseBaseline(baseline)), baseline);
});

for (const text of ['', '{', '[]', '{"a": 1}', '{"a": "yesterday"}', '{"a": "20260231T000000Z"}'])
  it(`takes nothing from '${text}'`, () => assert.is(parseBaseline(text).size, 0));

it.run();
