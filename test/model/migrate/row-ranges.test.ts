import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {compareShown, mergeLooks, unseen} from '../../../lib/model/migrate/merge-looks.ts';
import type {Shown} from '../../../lib/model/migrate/profile.ts';
import {type RowRange, rowRanges} from '../../../lib/model/migrate/row-ranges.ts';

const it = suite('large tables in parts');

const least = -(2n ** 63n);
const greatest = 2n ** 63n - 1n;

const tables: readonly (readonly [
  title: string,
  edges: Parameters<typeof rowRanges>[0],
  most: number,
  ranges: readonly RowRange[],
])[] = [
  ['an empty table is one part', undefined, 4, [{}]],
  ['a small table is one part', {least: 1n, greatest: 99_999n}, 4, [{}]],
  [
    'a large one is as many as there are readers',
    {least: 1n, greatest: 1_000_000n},
    2,
    [{before: 500_001n}, {from: 500_001n}],
  ],
  [
    'no part is smaller than what is worth it',
    {least: -50_000n, greatest: 99_999n},
    9,
    [{before: 0n}, {from: 0n, before: 50_000n}, {from: 50_000n}],
  ],
  ['one reader reads all', {least, greatest}, 1, [{}]],
  ['the ends of all integers are never written', {least, greatest}, 2, [{before: 0n}, {from: 0n}]],
];

for (const [title, edges, most, ranges] of tables)
  it(title, () => {
    assert.equal(rowRanges(edges, {most}), ranges);
  });

/** In SQLite's own order. */
const inOrder: readonly Shown[] = [
  {storage: 'null', text: ''},
  {storage: 'real', text: '-Inf'},
  {storage: 'integer', text: '-9223372036854775808'},
  {storage: 'real', text: '-1.5'},
  {storage: 'integer', text: '9'},
  {storage: 'integer', text: '10'},
  {storage: 'real', text: '10.5'},
  {storage: 'integer', text: '9007199254740992'},
  {storage: 'integer', text: '9007199254740993'},
  {storage: 'real', text: '1.0e+300'},
  {storage: 'real', text: 'Inf'},
  {storage: 'text', text: ''},
  {storage: 'text', text: '10'},
  {storage: 'text', text: '9'},
  {storage: 'text', text: '\u{ffff}'},
  {storage: 'text', text: '\u{10000}'},
  {storage: 'blob', text: ''},
  {storage: 'blob', text: '00'},
];

it('compares what is shown as SQLite compares the values', () => {
  for (const [at, one] of inOrder.entries())
    for (const [place, other] of inOrder.entries())
      assert.is(
        Math.sign(compareShown(one, other)),
        Math.sign(at - place),
        `${one.storage} ${one.text}, ${other.storage} ${other.text}`,
      );
});

it('puts together what parts have shown, those without a value too', () => {
  const of = (values: number, low: string, high: string) => ({
    values,
    least: {storage: 'integer', text: low} as const,
    greatest: {storage: 'integer', text: high} as const,
  });
  assert.equal(mergeLooks([]), unseen);
  assert.equal(
    mergeLooks([unseen, of(2, '3', '30'), unseen, of(3, '20', '100')]),
    of(5, '3', '100'),
  );
});

it.run();
