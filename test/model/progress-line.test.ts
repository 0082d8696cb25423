import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {inBytes, inCount, inTime} from '../../lib/model/amounts.ts';
import {fitted, type ProgressState, progressLine} from '../../lib/model/progress-line.ts';

const it = suite('progress line');

const rows: readonly [string, number, ProgressState['amount'], string][] = [
  ['nothing known yet', 3, undefined, 'dump  3.0 s'],
  [
    'bytes of a known total',
    10,
    {done: 1_200_000_000, total: 3_600_000_000, unit: 'bytes'},
    'dump  1.2 GB of 3.6 GB  33%  120 MB/s  20 s left',
  ],
  [
    'bytes of an unknown total',
    10,
    {done: 500_000_000, unit: 'bytes'},
    'dump  500 MB  50 MB/s  10 s',
  ],
  ['rows', 100, {done: 1_234_567, unit: 'rows'}, 'dump  1,234,567 rows  12,346 rows/s  1 min 40 s'],
  [
    'slow tables',
    10,
    {done: 5, total: 15, unit: 'tables'},
    'dump  5 tables of 15 tables  33%  0.5 tables/s  20 s left',
  ],
  [
    'the end',
    10,
    {done: 100, total: 100, unit: 'rows'},
    'dump  100 rows of 100 rows  100%  10 rows/s  10 s',
  ],
  [
    'more than was expected',
    10,
    {done: 150, total: 100, unit: 'rows'},
    'dump  150 rows of 100 rows  100%  15 rows/s  10 s',
  ],
  ['a total of nothing', 2, {done: 0, total: 0, unit: 'rows'}, 'dump  0 rows  2.0 s'],
  ['no move yet', 2, {done: 0, total: 9, unit: 'rows'}, 'dump  0 rows of 9 rows  0%  2.0 s'],
  [
    'too early for a rate',
    0.5,
    {done: 5, total: 9, unit: 'rows'},
    'dump  5 rows of 9 rows  55%  0.5 s',
  ],
];

for (const [what, elapsedSeconds, amount, line] of rows) {
  it(`tells ${what}`, () => assert.is(progressLine({phase: 'dump', elapsedSeconds, amount}), line));
}

it('says times with the two units that matter', () => {
  const times: readonly [number, string][] = [
    [0, '0.0 s'],
    [9.94, '9.9 s'],
    [9.96, '10 s'],
    [59.6, '1 min 00 s'],
    [245, '4 min 05 s'],
    [3_599.7, '1 h 00 min'],
    [7_620, '2 h 07 min'],
    [86_399, '23 h 59 min'],
    [273_600, '3 d 04 h'],
  ];
  for (const [seconds, text] of times) assert.is(inTime(seconds), text);
});

it('says sizes in powers of ten and counts with separators', () => {
  assert.equal([0, 999, 1_340_000_000].map(inBytes), ['0 B', '999 B', '1.34 GB']);
  assert.is(inCount(1_234_567), '1,234,567');
});

it('cuts a line that would wrap', () => {
  assert.is(fitted('12345', 6), '12345');
  assert.is(fitted('123456', 6), '1234…');
  assert.is(fitted('123456', 0), '…');
});

it.run();
