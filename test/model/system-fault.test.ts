import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {asOpsError} from '../../lib/model/errors.ts';

const it = suite('system faults');

const failed = (code: string, more: object = {syscall: 'open'}) =>
  Object.assign(new Error(`${code}: it failed`), {code}, more);

const rows: readonly [what: string, error: unknown, kind: string, hint: RegExp][] = [
  ['a full disk', failed('ENOSPC'), 'toolFailed', /free some space/],
  ['a broken disk', failed('EIO'), 'toolFailed', /dmesg/],
  ['too many files', failed('EMFILE'), 'toolFailed', /ulimit -n/],
  ['a read-only disk', failed('EROFS'), 'toolFailed', /read-only/],
  ['a file that is not there', failed('ENOENT'), 'unexpected', /bug/],
  ['a code of another origin', failed('EIO', {}), 'unexpected', /bug/],
  ['a mistake', new TypeError('x is undefined'), 'unexpected', /bug/],
  ['a text', 'thrown', 'unexpected', /bug/],
];

for (const [what, error, kind, hint] of rows)
  it(`takes ${what} for ${kind}`, () => {
    const fault = asOpsError(error);
    assert.is(fault.kind, kind);
    assert.match(fault.hint ?? '', hint);
    assert.is(fault.cause, error);
  });

it.run();
