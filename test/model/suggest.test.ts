import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {suggest} from '../../lib/model/suggest.ts';

const it = suite('a suggestion');

const known = ['--retention-days', '--retry', '--format', '--jobs', '--quiet'];

const rows: readonly [typed: string, meant: string | undefined][] = [
  ['--formt', '--format'],
  ['--FORMAT', '--format'],
  ['--retantion', '--retention-days'],
  ['--retention', '--retention-days'],
  ['--retention-dasy', '--retention-days'],
  ['--xyzzy', undefined],
  ['--parallel', undefined],
];
for (const [typed, meant] of rows)
  it(`for '${typed}' is ${meant ?? 'none'}`, () => {
    assert.is(suggest(typed, known), meant);
  });

it.run();
