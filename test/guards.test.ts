/** Each guard of `npm run guards` can still be taken away: what it edits stands where it says. */
import {existsSync, readFileSync} from 'node:fs';
import {join} from 'node:path';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {guards, without} from './fixtures/guards.ts';
import {repository} from './support/door.ts';

const it = suite('guards');

for (const guard of guards)
  it(`finds the guard: ${guard.title}`, () => {
    const source = readFileSync(join(repository, guard.file), 'utf8');
    assert.is.not(without(guard, source), source);
    assert.ok(existsSync(join(repository, guard.test)));
  });

it('complains where a guard is not where it was', () => {
  const [guard] = guards;
  assert.ok(guard);
  assert.throws(() => without(guard, 'another text'), /is not where it was/);
});

it.run();
