import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {parseBaseline, serialiseBaseline} from '../../lib/model/baseline.ts';

const it = suite('baseline');

it('reads what it wrote', () => {
  const baseline = new Map([
    [
      '7000000000000000000',
      {
        id: '20261120T031500Z',
        marks: [
          {what: 'rows', id: '20261119T031500Z', amount: 12},
          {what: 'custom gzip 1', id: '20261120T031500Z', amount: 9_000},
        ],
      },
    ],
    ['unknown [["tables",["a b"]]]', {id: '20261119T031500Z', marks: []}],
  ]);
  assert.equal(parseBaseline(serialiseBaseline(baseline)), baseline);
});

for (const text of [
  ...['', '{', '[]', '{"a": 1}', '{"a": "20261120T031500Z"}', '{"a": {"id": "20261120T031500Z"}}'],
  ...['yesterday', '20260231T000000Z'].map((id) => `{"a": {"id": "${id}", "marks": []}}`),
])
  it(`takes nothing from '${text}'`, () => assert.is(parseBaseline(text).size, 0));

it.run();
