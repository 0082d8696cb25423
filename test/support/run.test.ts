import {execFile} from 'node:child_process';
import {join} from 'node:path';
import {setTimeout} from 'node:timers/promises';
import {suite} from 'uvu';
import * as assert from 'uvu/assert';
import {loaderFlags, repository} from './door.ts';
import {type FileResult, runFiles} from './runner.ts';

const it = suite('runner');

const run = async (
  names: readonly string[],
  {timeoutSeconds = 60, atOnce = 2} = {},
): Promise<{results: readonly FileResult[]; said: string}> => {
  const files = names.map((name) => join(repository, 'test/fixtures/runner', `${name}.ts`));
  let said = '';
  const say = (text: string) => {
    said += text;
  };
  const results = await runFiles(files, {atOnce, timeoutSeconds, environment: process.env, say});
  return {results, said};
};

const rows: readonly [
  file: string,
  counts: readonly [number, number, number],
  fault: RegExp | undefined,
][] = [
  ['passing', [2, 0, 1], undefined],
  ['skipping', [0, 0, 1], undefined],
  ['failing', [1, 1, 0], /1 of 2 tests did not pass/],
  ['empty', [0, 1, 0], /it has no tests/],
  ['forgotten', [0, 1, 0], /it printed no total: no suite was run.*the suite 'it' is never run/s],
  ['half-forgotten', [1, 1, 0], /the suite 'they' is never run/],
  ['throwing-hook', [0, 1, 0], /1 of 1 tests did not pass/],
  ['broken', [0, 1, 0], /it ended with exit code 1/],
];

for (const [file, [passed, failed, skipped], fault] of rows)
  it(`judges a file: ${file}`, async () => {
    const {results, said} = await run([file]);
    assert.equal(
      results.map((r) => [r.passed, r.failed, r.skipped]),
      [[passed, failed, skipped]],
    );
    const faults = results.flatMap((result) => result.faults).join('\n');
    if (fault) assert.match(faults, fault);
    else assert.is(faults, '');
    assert.match(said, fault ? /^FAILED test\/fixtures/ : /^ok {5}test\/fixtures/);
  });

it('shows all that a failing file printed, and one line of a passing one', async () => {
  const {said} = await run(['failing', 'passing'], {atOnce: 1});
  assert.match(said, /\| .*FAIL .*"adds wrongly"/);
  assert.is(said.split('\n').filter((line) => line.includes('passing')).length, 1);
});

it('ends a file that hangs, and one that leaves something open', async () => {
  const {results} = await run(['hanging', 'left-open'], {timeoutSeconds: 4});
  for (const {faults, failed, seconds} of results) {
    assert.match(faults.join(), /it had not ended after 4 seconds/);
    assert.is(failed, 1);
    assert.ok(seconds < 10);
  }
});

it('ends what a file left running', async () => {
  const {results} = await run(['orphan']);
  const pid = Number(/orphan (\d+)/.exec(results[0]?.output ?? '')?.[1]);
  assert.is(results[0]?.failed, 0);
  for (let waits = 0; waits < 100 && isAlive(pid); waits += 1) await setTimeout(20);
  assert.not.ok(isAlive(pid));
});

it('fails where nothing matches, and ends with the counts alone on the line', async () => {
  const {code, stdout} = await door(['no-such-file']);
  assert.is(code, 1);
  assert.match(stdout, /\n0 passed, 0 failed\n$/);
});

it('refuses a flag that it does not know', async () => {
  assert.is((await door(['--covrage'])).code, 2);
});

const isAlive = (pid: number): boolean => {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
};

const door = (args: readonly string[]): Promise<{code: number | null; stdout: string}> =>
  new Promise((resolve) => {
    const words = [...loaderFlags, join(repository, 'test/run.ts'), ...args];
    const child = execFile(process.execPath, words, (_error, stdout) =>
      resolve({code: child.exitCode, stdout}),
    );
  });

it.run();
