import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {wordsOf} from '../../lib/model/words.ts';

const it = suite('the words of a command');

const rows: readonly (readonly [string, readonly string[] | undefined])[] = [
  ['alembic upgrade head', ['alembic', 'upgrade', 'head']],
  ['  a   b  ', ['a', 'b']],
  ["sh -c 'a && b; c'", ['sh', '-c', 'a && b; c']],
  [String.raw`a "b \"c\" d" e\ f`, ['a', 'b "c" d', 'e f']],
  [`--x='y z'"w"v`, ['--x=y zwv']],
  [`a '' b`, ['a', '', 'b']],
  ['a --b=c:d/e,f@g%h+i', ['a', '--b=c:d/e,f@g%h+i']],
  ['', undefined],
  ['   ', undefined],
  ["a 'b", undefined],
  ['a "b', undefined],
  ['a && b', undefined],
  ['a | b', undefined],
  ['a; b', undefined],
  ['a $B', undefined],
  ['a "$B"', undefined],
  ['a `b`', undefined],
  ['a >b', undefined],
  ['a *', undefined],
  ['~/a', undefined],
  ['a # b', undefined],
];

for (const [text, words] of rows)
  it(words ? `reads ${JSON.stringify(text)}` : `refuses ${JSON.stringify(text)}`, () =>
    assert.equal(wordsOf(text), words),
  );

it.run();
