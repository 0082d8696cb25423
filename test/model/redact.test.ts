import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {printable, redactor} from '../../lib/model/redact.ts';

const it = suite('redact');

const secret = 'p@ss w/ü%';
const forms: readonly [string, string][] = [
  ['as it is', secret],
  ['percent-encoded', encodeURIComponent(secret)],
  ['encoded as a whole address', encodeURI(secret)],
  ['in base64', Buffer.from(secret).toString('base64')],
];

for (const [what, form] of forms) {
  it(`masks a secret ${what}`, () => {
    assert.is(redactor([secret])(`a ${form} b ${form}`), 'a *** b ***');
  });
}

it('masks the longer of two secrets that begin alike, whole', () => {
  assert.is(redactor(['secret', 'secret-of-mine'])('secret-of-mine'), '***');
});

it('takes secrets literally, not as patterns', () => {
  assert.is(redactor(['a.c$&'])('abc a.c$& '), 'abc *** ');
});

it('leaves a text alone where there is no secret, or one that is hardly any', () => {
  for (const secrets of [[], [''], ['x'], ['ab']]) {
    assert.is(redactor(secrets)('ab x and so on'), 'ab x and so on');
  }
});

const visible: readonly [string, string, string][] = [
  ['an escape sequence', '\u001b[31mred', '\\u001b[31mred'],
  ['a carriage return', 'done\rfail', '\\u000d'],
  ['a line feed', 'a\nb', 'a\\nb'],
  ['a tab', 'a\tb', 'a\\tb'],
  ['a C1 control', '\u009b31m', '\\u009b31m'],
  ['a bidirectional override', 'a\u202eb', 'a\\u202eb'],
  ['a delete', '\u007f', '\\u007f'],
];

for (const [what, text, shown] of visible) {
  it(`makes ${what} visible`, () => assert.ok(printable(text).includes(shown)));
}

it('keeps line feeds and tabs of a message where they are wanted, and letters of all languages', () => {
  assert.is(printable('a\n\tb', {keepLines: true}), 'a\n\tb');
  assert.is(printable('a\r\n', {keepLines: true}), 'a\\u000d\n');
  assert.is(printable('größe 大小 🐘'), 'größe 大小 🐘');
});

it.run();
